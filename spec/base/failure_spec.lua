-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"

describe("failure #short", function()
  it("makes the four results", function()
    local result, message, code, detail = failure("asking", "io", "it broke", { status = 1 })
    assert.is_nil(result)
    assert.equal("asking: it broke", message)
    assert.equal("io", code)
    assert.same({ status = 1 }, detail)
    assert.same({}, select(4, failure("asking", "io", "it broke")))
  end)

  it("keeps the message one line", function()
    assert.equal("a b: c d", select(2, failure("a\nb", "io", "c\r\n\0d")))
  end)

  it("knows no other code", function()
    assert.has_error(function() failure("asking", "unheard_of", "it broke") end)
  end)
end)

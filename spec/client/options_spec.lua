-- SPDX-License-Identifier: MIT
-- Arguments that a client and a container check alike: spec/faults/misuse_spec.lua has what raises.
local options = require "oneoff.client.options"

describe("client options #short", function()
  it("are a table where none were given", function()
    for _, name in ipairs { "poll", "attach", "wait" } do
      assert.same({}, options[name](1, nil))
    end
  end)

  it("make sizes whole numbers", function()
    local width, height = options.resize(1, 80.0, 24)
    assert.equal("80 24", ("%s %s"):format(width, height))
    assert.same({ width = 80, height = 24 }, options.attach(1, { width = 80, height = 24 }))
  end)

  it("take a source with the options of its upload", function()
    local checked, rest = options.upload(2, { data = "x", name = "a/b" }, { sha256 = true })
    assert.equal("b", checked.name)
    assert.same({ sha256 = true }, rest)
  end)
end)

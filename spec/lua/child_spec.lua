-- SPDX-License-Identifier: MIT
-- A local program as its binding takes it: how many words, and of what.
local core = require "oneoff.core"

local MOST_WORDS = 60

local function words(count)
  local list = { "echo" }
  for i = 2, count do list[i] = tostring(i) end
  return list
end

describe("core.child", function()
  it("takes as many words as it says, each as it is, and no more", function()
    local process = assert(core.child(words(MOST_WORDS)))
    assert.is_true(core.poll(process:status(), 20))
    assert.are.equal("0\n", core.read(process:status(), 16))
    assert.are.equal("2 3 4", core.read(process:output(), 5))
    process:close()
    assert.has_error(function() core.child(words(MOST_WORDS + 1)) end)
    assert.has_error(function() core.child {} end)
    assert.has_error(function() core.child { "echo", input = 1 } end)
  end)

  it("is closed but once, and used no more after it", function()
    local process = assert(core.child { "true" })
    process:close()
    process:close()
    assert.has_error(function() process:output() end)
  end)
end)

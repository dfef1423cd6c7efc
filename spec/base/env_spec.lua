-- SPDX-License-Identifier: MIT
local env = require "oneoff.base.env"

local values = { FULL = "x y", EMPTY = "" }

describe("env #short", function()
  local getenv = os.getenv

  before_each(function()
    os.getenv = function(name) return values[name] end -- luacheck: ignore 122
  end)

  after_each(function()
    os.getenv = getenv -- luacheck: ignore 122
  end)

  it("gives a value, and nil for what is empty or unset", function()
    assert.equal("x y", env("FULL"))
    assert.is_nil(env("EMPTY"))
    assert.is_nil(env("UNSET"))
  end)
end)

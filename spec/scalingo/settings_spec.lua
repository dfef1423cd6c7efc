-- SPDX-License-Identifier: MIT
local settings = require "oneoff.scalingo.settings"

describe("settings of an account #short", function()
  it("are the options, and the platform's where they are left out", function()
    local read = settings.read { token = "tk-us-x", region = "osc-secnum-fr1",
      auth_url = "https://auth.example.com/a/" }
    assert.equal("tk-us-x", read.token)
    assert.equal("api.osc-secnum-fr1.scalingo.com", read.api.host)
    assert.equal("", read.api.path)
    assert.equal("/a", read.auth.path)
  end)

  it("tell accounts apart by their addresses and tokens", function()
    local function key(more)
      local options = { token = "tk-us-x", api_url = "https://a.example", auth_url = "https://b" }
      for name, value in pairs(more) do options[name] = value end
      return settings.read(options).key
    end
    assert.equal(key {}, key { api_url = "https://a.example/" })
    assert.is_not.equal(key {}, key { token = "tk-us-y" })
    assert.is_not.equal(key {}, key { api_url = "https://c.example" })
  end)

  it("take no address that is none", function()
    assert.has_error(function() settings.read { token = "x", api_url = "example.com" } end)
  end)
end)

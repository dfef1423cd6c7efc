-- SPDX-License-Identifier: MIT
-- What an object of the module says of itself: its type's name is that of its metatable.
local core = require "oneoff.core"
local scheduler = require "oneoff.sched.scheduler"

local URL = "http://127.0.0.1:9/" -- nobody is asked: it is closed at once

local makers = {
  ["oneoff.engine"] = function() return core.engine() end,
  ["oneoff.private_socket"] = function() return core.private_socket() end,
  ["oneoff.child"] = function() return core.child { "true" } end,
  ["oneoff.watch"] = function(engine) return engine:watch(0, "w") end,
  ["oneoff.transfer"] = function(engine)
    return engine:request { url = URL, method = "GET", headers = {}, proxy = "" }
  end,
  ["oneoff.terminal"] = function(engine)
    return engine:attach { url = URL, head = "CONNECT / HTTP/1.1\r\n\r\n", proxy = "" }
  end,
}

describe("an object of the module #short", function()
  for name, make in pairs(makers) do
    it("says its type and whether it is open: " .. name, function()
      local object = assert(make(scheduler.engine()))
      assert.are.equal(name, debug.getmetatable(object).__name)
      assert.matches("^" .. name:gsub("%p", "%%%0") .. "{%l+}$", tostring(object))
      assert.is_nil(tostring(object):find("closed", 1, true))
      object:close()
      object:close()
      assert.are.equal(name .. "{closed}", tostring(object))
    end)
  end
end)

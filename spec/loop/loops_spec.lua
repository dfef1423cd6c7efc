-- SPDX-License-Identifier: MIT
-- The scenario in each host that is a program: plain Lua, luv, cqueues, copas, LuaSocket, Neovim.
local host = require "spec.support.host"

local root = require("lfs").currentdir()

local function has(words)
  return os.execute(words .. " >/dev/null 2>&1")
end

-- Runs a driver, and holds every line of its TAP against what it says at the end.
local function drive(own, file, interpreter, version, driver)
  local command = ("LUA_PATH='%s/?.lua;%s/lua/?.lua;%s/lua/?/init.lua;;' "
    .. "LUA_CPATH='%s/build/%s/?.so;;' "
    .. "SCALINGO_API_TOKEN=%s SCALINGO_API_URL=%s SCALINGO_AUTH_URL=%s SCENARIO_FILE=%s "
    .. "SCENARIO_SHA256=%s timeout -k 5 180 %s 2>&1"):format(root, root, root, root, version,
      own.token, own.url, own.url, file.path, file.sha256,
      interpreter:format("spec/loop/drive/" .. driver .. ".lua"))
  local text = host.capture(command)
  local planned, passed = 0, 0
  for line in text:gmatch("[^\r\n]+") do
    planned = planned + tonumber(line:match("^1%.%.(%d+)$") or 0)
    if line:find("^ok ") then passed = passed + 1 end
  end
  assert(planned > 0 and passed == planned and not text:find("not ok"), "\n" .. text)
end

describe("the scenario #hosts", function()
  local own, file

  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0.05" }
    file = { path = own.folder .. "/dump.bin" }
    os.execute(("head -c 3000000 /dev/urandom >%s"):format(file.path))
    file.sha256 = host.capture("sha256sum " .. file.path):match("%x+")
  end)

  teardown(function() own:stop() end)

  local hosts = {
    { "plain", "lua5.4 %s", "5.4" }, { "plain", "lua5.3 %s", "5.3" },
    { "plain", "luajit %s", "5.1" }, { "plain", "lua5.1 %s", "5.1" },
    { "luv", "lua5.4 %s", "5.4" }, { "luv", "luajit %s", "5.1" },
    { "cqueues", "lua5.4 %s", "5.4" }, { "cqueues", "lua5.3 %s", "5.3" },
    { "cqueues", "luajit %s", "5.1" },
    { "copas", "luajit %s", "5.1" },
    { "luasocket", "lua5.4 %s", "5.4" }, { "luasocket", "luajit %s", "5.1" },
  }
  for nvim in (os.getenv("ONEOFF_NVIMS") or "nvim"):gmatch("%S+") do
    hosts[#hosts + 1] = { "neovim", nvim .. " --headless -u NONE -c 'luafile %s' </dev/null",
      "5.1" }
  end

  for _, entry in ipairs(hosts) do
    local driver, interpreter, version = entry[1], entry[2], entry[3]
    it("works in " .. driver .. ", " .. interpreter:match("^%S+"), function()
      if not has("command -v " .. interpreter:match("^%S+")) then
        return pending(interpreter:match("^%S+") .. " is not installed")
      end
      drive(own, file, interpreter, version, driver)
    end)
  end
end)

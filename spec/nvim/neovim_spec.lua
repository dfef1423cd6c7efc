-- SPDX-License-Identifier: MIT
-- Neovim for real: headless drivers for each one of $ONEOFF_NVIMS, and once inside a terminal.
local host = require "spec.support.host"
local screen = require "spec.nvim.screen"

local root = require("lfs").currentdir()
local quote = host.quote

local function read(path)
  local file = io.open(path)
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text
end

-- A Neovim's command with the checkout on its runtime path, and nothing of the user's.
local function command_of(own, nvim, words)
  return ("env HOME=%s XDG_STATE_HOME=%s LANG=C.UTF-8 LUA_PATH=%s LUA_CPATH=';;' "
    .. "SCALINGO_API_TOKEN=%s SCALINGO_API_URL=%s "
    .. "SCALINGO_AUTH_URL=%s DRIVE_ROOT=%s DRIVE_FOLDER=%s DRIVE_OUT=%s "
    .. "DRIVE_PID=%d %s -u NONE -i NONE -n %s"):format(quote(own.folder), quote(own.folder),
    quote(root .. "/?.lua;;"), quote(own.token), own.url, own.url, quote(root), quote(own.folder),
    quote(own.folder .. "/out"), own.pid, nvim, words)
end

-- Runs a driver, and holds every line of its TAP against what it says at the end.
local function drive(own, nvim, driver, prepare)
  os.remove(own.folder .. "/out")
  local words = ("--headless --cmd %s -c %s"):format(
    quote(prepare or "set runtimepath^=" .. root),
    quote("luafile " .. root .. "/spec/nvim/" .. driver .. ".lua"))
  local pipe = io.popen("timeout -k 5 150 " .. command_of(own, nvim, words) .. " 2>&1 </dev/null")
  local printed = pipe:read("*a")
  pipe:close()
  local text, planned, passed = read(own.folder .. "/out"), 0, 0
  for line in text:gmatch("[^\n]+") do
    planned = planned + tonumber(line:match("^1%.%.(%d+)$") or 0)
    if line:find("^ok ") then passed = passed + 1 end
  end
  assert(planned > 0 and passed == planned and not text:find("not ok"),
    "\n" .. text .. "\n" .. printed)
end

local function is_there(program)
  local found = os.execute("command -v " .. quote(program) .. " >/dev/null 2>&1")
  return found == true or found == 0
end

for nvim in (os.getenv("ONEOFF_NVIMS") or "nvim"):gmatch("%S+") do
  describe("Neovim " .. nvim .. " #hosts", function()
    local own

    before_each(function()
      own = host.start { "--rate", "0", "--start-delay", "0.05" }
    end)

    after_each(function() own:stop() end)

    local function check(title, fn)
      it(title, function()
        if not is_there(nvim) then return pending(nvim .. " is not installed") end
        fn()
      end)
    end

    check("runs commands in the shape of vim.system", function() drive(own, nvim, "process") end)
    check("has the command :Oneoff", function() drive(own, nvim, "command") end)
    check("has terminal buffers", function() drive(own, nvim, "terminal") end)
    check("loads from a runtime path, and tells its health", function()
      drive(own, nvim, "loading")
    end)

    check("takes a container's host that dies for a failure", function()
      drive(own, nvim, "death")
    end)

    check("leaves no container behind when the answer to its request is lost", function()
      own:stop()
      own = host.start { "--rate", "0", "--start-delay", "0", "--fault", "run-lost" }
      drive(own, nvim, "lost")
      local account = own:account()
      for _, app in ipairs { "lost", "killed", "terminal" } do
        assert.same({}, own:living(account, app))
      end
      account:close()
    end)

    check("leaves no container behind when it quits", function()
      drive(own, nvim, "leave")
      local account = own:account()
      for _, app in ipairs { "running", "asked", "terminal", "restored" } do
        assert.same({}, own:living(account, app))
      end
      local commands = {}
      for _, request in ipairs(own:log()) do
        if request.stage == "run" then commands[#commands + 1] = request.path end
      end
      assert.equal(4, #commands)
      account:close()
    end)

    check("is typed into and resized in a real terminal", function()
      if not is_there("tmux") then return pending("tmux is not installed") end
      screen.check(own, command_of(own, nvim, ("--cmd %s -c %s -c %s"):format(
        quote("set runtimepath^=" .. root), quote('lua require("oneoff.nvim")'),
        quote("tab Oneoff terminal typed bash --norc"))))
      local account = own:account()
      assert.same({}, own:living(account, "typed"))
      account:close()
    end)
  end)
end

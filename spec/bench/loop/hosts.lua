-- The hosts of the benchmark: what each is called, what it needs, and the command that does a job.
-- SPDX-License-Identifier: MIT
--
-- A host is { label, driver, family, missing = function() -> reason | nil, command = function() ->
-- words }. nginx has no command: a request asks it.
local peers = require "bench.peers"
local server = require "bench.hosts.server"
local shell = require "bench.shell"

local DRIVERS = "spec/bench/loop/drive/"

local lua, luajit = peers.interpreters[1], peers.interpreters[2]

local function missing_module(interpreter, module)
  local missing = shell.missing_program(interpreter.program)
  if missing then return missing end
  local command = peers.interpreter_command(interpreter)
  table.insert(command, "-e")
  table.insert(command, "require '" .. module .. "'")
  if shell.succeeds(command) then return nil end
  return "no module " .. module .. " for " .. interpreter.label
end

--- A host that is a module of a Lua: its driver, and the module beside oneoff that it needs.
local function script(label, driver, interpreter, module)
  return {
    label = label,
    driver = driver,
    family = driver,
    missing = function() return missing_module(interpreter, module) end,
    command = function()
      local command = peers.interpreter_command(interpreter)
      table.insert(command, DRIVERS .. driver .. ".lua")
      return command
    end,
  }
end

local function version_of(program)
  return shell.output({ "sh", "-c", '"$1" --version 2>/dev/null', "sh", program })
    :match("NVIM v(%d[%w.]*)")
end

local function neovim(program)
  local version = version_of(program)
  return {
    label = "Neovim " .. (version or "(" .. program .. ")"),
    driver = "neovim",
    family = "neovim",
    missing = function() return not version and "no program " .. program or nil end,
    command = function()
      local command = peers.interpreter_command(luajit)
      command[#command] = program
      for _, word in ipairs { "--headless", "-n", "-u", "NONE", "-i", "NONE",
        "-c", "luafile " .. DRIVERS .. "neovim.lua" } do
        table.insert(command, word)
      end
      return command
    end,
  }
end

local nginx = {
  label = "nginx " .. (shell.output({ "sh", "-c", "nginx -v 2>&1" }):match("nginx/(%S+)") or ""),
  driver = "nginx",
  family = "nginx",
  missing = function() return not server.is_installed() and "no Lua module of nginx" or nil end,
}

local hosts = {
  script("Lua 5.4", "plain", lua, "socket"),
  script("LuaJIT", "plain", luajit, "socket"),
  script("luv, Lua 5.4", "luv", lua, "luv"),
  script("cqueues, Lua 5.4", "cqueues", lua, "cqueues"),
}
for program in (os.getenv("ONEOFF_NVIMS") or "nvim"):gmatch("%S+") do
  hosts[#hosts + 1] = neovim(program)
end
hosts[#hosts + 1] = nginx

return hosts

-- SPDX-License-Identifier: MIT
-- Runs the program as a child, as a person or a script does, in an environment of its own.
local host = require "spec.support.host"
local lfs = require "lfs"

local program = {}

local ROOT = lfs.currentdir()
local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d.%d")

local function quoted(words)
  local out = {}
  for i, word in ipairs(words) do out[i] = host.quote(word) end
  return table.concat(out, " ")
end

-- Nothing of who runs the specs: his own settings would be taken.
local function environment(env)
  local set = { "env", "-i" }
  local all = { PATH = os.getenv "PATH", LUA_PATH = os.getenv "LUA_PATH",
    LUA_CPATH = os.getenv "LUA_CPATH", LC_ALL = "C.UTF-8",
    ONEOFF_HOST = os.getenv "ONEOFF_HOST" or ROOT .. "/build/oneoff-host" }
  for name, value in pairs(env) do all[name] = value end
  for name, value in pairs(all) do set[#set + 1] = name .. "=" .. value end
  return quoted(set)
end

--- The environment in which it works with a host.
function program.env(own, more)
  local env = { SCALINGO_API_TOKEN = own.token, SCALINGO_API_URL = own.url,
    SCALINGO_AUTH_URL = own.url, HOME = own.folder }
  for name, value in pairs(more or {}) do env[name] = value end
  return env
end

--- The shell's command that runs it in a folder.
---@param words string[]
---@param options { env: table, folder: string?, input: string?, launcher: string?,
---  redirect: string? }
function program.command(words, options)
  return ("cd %s && %s %s %s %s %s %s"):format(host.quote(options.folder or "/"),
    options.launcher or "", environment(options.env), LUA,
    host.quote(ROOT .. "/lua/oneoff/cli/oneoff"), quoted(words), options.redirect or "")
end

--- Runs it to its end.
---@return integer status, string out, string err
function program.run(words, options)
  local folder = host.folder()
  if options.input then
    local file = assert(io.open(folder .. "/in", "wb"))
    file:write(options.input)
    file:close()
  end
  local command = ("(%s) <%s 2>%s/err; echo \"[$?]\""):format(program.command(words, options),
    options.input and folder .. "/in" or "/dev/null", folder)
  local out, status = host.capture(command):match("^(.*)%[(%d+)%]\n$")
  local file = assert(io.open(folder .. "/err", "rb"))
  local err = file:read("*a")
  file:close()
  host.remove(folder)
  return tonumber(status), out, err
end

return program

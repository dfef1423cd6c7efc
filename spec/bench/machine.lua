-- Says on what a benchmark was measured: the date, the machine, the version of each peer.
-- SPDX-License-Identifier: MIT

local peers = require "bench.peers"
local shell = require "bench.shell"

local function file_match(path, pattern)
  local file = io.open(path)
  if not file then return "unknown" end
  local text = file:read("*a")
  file:close()
  return text:match(pattern) or "unknown"
end

--- Processes that wanted a core in the last minute, and how many cores there are.
local function load_and_cores()
  return file_match("/proc/loadavg", "^%S+"), shell.output({ "nproc" }):match("%d+")
end

local function machine()
  local load, cores = load_and_cores()
  local memory = tonumber(file_match("/proc/meminfo", "MemTotal:%s*(%d+)")) or 0
  return table.concat({
    file_match("/proc/cpuinfo", "model name%s*: ([^\n]*)"),
    cores .. " cores",
    string.format("%.0f GiB", memory / 1024 / 1024),
    file_match("/etc/os-release", 'PRETTY_NAME="([^"]*)"'),
    "kernel " .. file_match("/proc/sys/kernel/osrelease", "[^\n]+"),
    "load before the run " .. load,
  }, ", ")
end

local function first_line_match(command, pattern)
  return shell.output({ "sh", "-c", shell.quote(command) .. " 2>&1" }):match(pattern)
end

--- A module's version: its package's, for some forget to raise their own, else what it says.
local function module_version(package, interpreter, expression)
  local version = shell.output {
    "sh", "-c", 'dpkg-query -Wf \'${Version}\' "$1" 2>/dev/null', "sh", package,
  }
  if version ~= "" then return version end
  local command = peers.interpreter_command(interpreter)
  table.insert(command, "-e")
  table.insert(command, "local ok, v = pcall(function() return " .. expression .. " end) "
    .. "io.write(ok and tostring(v) or '')")
  version = shell.output(command)
  if version ~= "" then return version end
end

--- What is installed, as "name version" texts; what is not is left out.
local function versions()
  local found = {}
  local function add(name, version)
    if version then table.insert(found, name == "" and version or name .. " " .. version) end
  end
  add("curl", first_line_match({ "curl", "--version" }, "^curl (%S+)"))
  add("", first_line_match({ "curl", "--version" }, "libcurl/%S+ .-(OpenSSL/%S+)"))
  add("socat", first_line_match({ "socat", "-V" }, "socat version (%S+)"))
  for _, interpreter in ipairs(peers.interpreters) do
    add("", first_line_match({ interpreter.program, "-v" }, "^(Lua%S* %d%S*)"))
  end
  local lua, luajit = peers.interpreters[1], peers.interpreters[2]
  add("oneoff", module_version("oneoff", lua, "require 'oneoff'.version"))
  add("LuaSocket", module_version("lua-socket", lua, "require 'socket'._VERSION:match('%d%S*')"))
  add("LuaSec", module_version("lua-sec", lua, "require 'ssl'._VERSION"))
  add("cqueues", module_version("lua-cqueues", lua, "require 'cqueues'.VERSION"))
  add("lua-http", module_version("lua-http", luajit, "require 'http.version'.version"))
  return table.concat(found, ", ")
end

return {
  --- Says so when others were at work; nil on a quiet machine.
  busy = function()
    local load, cores = load_and_cores()
    if (tonumber(load) or 0) < tonumber(cores) / 4 then return nil end
    return "the machine had other work (load " .. load .. "): the times say little"
  end,

  describe = function()
    return {
      os.date("!%Y-%m-%d %H:%M UTC"),
      machine(),
      versions(),
    }
  end,
}

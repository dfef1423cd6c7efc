-- The works of the benchmark, and for each the peers that do it: their needs and their commands.
-- SPDX-License-Identifier: MIT
--
-- A peer is { name, label, command = function(job) -> command [, input], missing = function() ->
-- reason | nil }; `job` has scheme, port, ca_file, amount and file. A peer named `oneoff` is the
-- one measured, `interpreter` is there where the bytes end in Lua strings.

local shell = require "bench.shell"

local SCRIPTS = "spec/bench/"

local interpreters = {
  { label = "Lua 5.4", program = "lua5.4", abi = "5.4" },
  { label = "LuaJIT", program = "luajit", abi = "5.1" },
}

--- The interpreter's command line with this tree's modules in front of the installed ones.
local function interpreter_command(interpreter)
  return {
    "env", "LUA_PATH=lua/?.lua;lua/?/init.lua;spec/?.lua;;",
    "LUA_CPATH=build/" .. interpreter.abi .. "/?.so;;", interpreter.program,
  }
end

local function missing_module(interpreter, modules)
  local missing = shell.missing_program(interpreter.program)
  for _, module in ipairs(modules) do
    if missing then break end
    local command = interpreter_command(interpreter)
    table.insert(command, "-e")
    table.insert(command, "require '" .. module .. "'")
    if not shell.succeeds(command) then
      missing = "no module " .. module .. " for " .. interpreter.label
    end
  end
  return missing
end

--- A peer that is a script of this folder; `modules` are what it needs besides, by scheme.
local function script(name, work, interpreter, modules)
  return {
    name = name,
    label = name .. ", " .. interpreter.label,
    interpreter = interpreter.label,
    missing = function(job)
      local needed = { modules[1], job.scheme == "https" and modules.https or nil }
      return missing_module(interpreter, needed)
    end,
    command = function(job)
      local command = interpreter_command(interpreter)
      local file = SCRIPTS .. "peer_" .. name:lower():gsub("%-", "") .. ".lua"
      for _, word in ipairs { file, work, job.scheme, job.port, job.ca_file, job.amount } do
        table.insert(command, tostring(word))
      end
      if job.file then table.insert(command, job.file) end
      return command
    end,
  }
end

local modules_of = {
  oneoff = { "oneoff" },
  LuaSocket = { "socket", https = "ssl" },
  cqueues = { "cqueues.socket", https = "openssl.ssl.context" },
  ["lua-http"] = { "http.request", https = "http.tls" },
}

--- The named peers under each interpreter, in the order of the names.
local function scripts(work, names)
  local peers = {}
  for _, name in ipairs(names) do
    for _, interpreter in ipairs(interpreters) do
      table.insert(peers, script(name, work, interpreter, modules_of[name]))
    end
  end
  return peers
end

local curl = {
  name = "curl",
  label = "curl --form",
  missing = function() return shell.missing_program("curl") end,
  command = function(job)
    return {
      "curl", "--silent", "--show-error", "--fail", "--cacert", job.ca_file,
      "--form", "file=@" .. job.file .. ";type=application/octet-stream",
      "--output", "/dev/null", "--write-out", '{"seconds": %{time_total}}\n',
      job.scheme .. "://127.0.0.1:" .. job.port .. "/upload/" .. job.amount .. "/files",
    }
  end,
}

--- socat has no clock to tell; the sink's line about a connection of /timed/N stands for it.
local function socat(label, buffer)
  return {
    name = label,
    label = label,
    timed_by_sink = true,
    missing = function() return shell.missing_program("socat") end,
    command = function(job)
      local command = { "socat", "-t", "0", "STDIN!!OPEN:/dev/null,wronly" }
      if buffer then
        table.insert(command, 2, "-b")
        table.insert(command, 3, buffer)
      end
      if job.scheme == "https" then
        local options = ",verify=1,cafile=" .. job.ca_file
        table.insert(command, "OPENSSL:127.0.0.1:" .. job.port .. options)
      else
        table.insert(command, "TCP:127.0.0.1:" .. job.port)
      end
      return command, "CONNECT /timed/" .. job.amount .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    end,
  }
end

local function concat(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, item in ipairs(list) do table.insert(all, item) end
  end
  return all
end

return {
  interpreters = interpreters,
  interpreter_command = interpreter_command,
  works = {
    {
      name = "upload",
      reference = "curl --form",
      peers = concat(scripts("upload", { "oneoff" }), { curl },
        scripts("upload", { "lua-http", "LuaSocket" })),
    },
    {
      name = "stream",
      reference = "socat -b 262144",
      peers = concat(scripts("stream", { "oneoff" }),
        { socat("socat -b 262144", "262144"), socat("socat", nil) },
        scripts("stream", { "cqueues", "LuaSocket" })),
    },
    {
      name = "echo",
      one_core = true,
      reference = "LuaSocket, Lua 5.4",
      peers = scripts("echo", { "oneoff", "LuaSocket", "cqueues" }),
    },
  },
}

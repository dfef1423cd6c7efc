-- `oneoff host`: runs oneoff-host, and prints the environment in which oneoff uses it.
-- SPDX-License-Identifier: MIT
local child = require "oneoff.child"
local definition = require "oneoff.cli.definition"
local json = require "oneoff.base.json"
local shell_quote = require "oneoff.base.shell_quote"
local shell_words = require "oneoff.cli.shell_words"

local host = {}

local READY = 30 -- seconds until it says so

local function program()
  local named = os.getenv("ONEOFF_HOST")
  if named and named ~= "" then return named end
  return child.has("oneoff-host") and "oneoff-host" or nil
end

local function environment(said)
  local lines = {}
  for _, pair in ipairs { { "SCALINGO_API_URL", said.url }, { "SCALINGO_AUTH_URL", said.url },
    { "SCALINGO_API_TOKEN", said.token } } do
    lines[#lines + 1] = ("export %s=%s\n"):format(pair[1], shell_quote(tostring(pair[2])))
  end
  return table.concat(lines)
end

local function tell(context, said)
  local url = tostring(said.url)
  return context.output:result({ command = "host", url = said.url, pid = said.pid, environment = {
    SCALINGO_API_URL = url, SCALINGO_AUTH_URL = url, SCALINGO_API_TOKEN = said.token } },
    environment(said))
end

-- What it says first: that it is ready, or help, or nothing.
local function first_words(process)
  local text = ""
  while not text:find("\n", 1, true) do
    local bytes, message, code = process:read(READY)
    if not bytes then return text, message, code end
    text = text .. bytes
  end
  local said = json.decode(text)
  return text, nil, nil, type(said) == "table" and said.ready and said or nil
end

-- It stays until it is told to end, by a signal that cancels this.
local function attend(context, process)
  local text, message, code, said = first_words(process)
  if said then
    tell(context, said)
    context.output:note("ready; Ctrl-C ends it")
  elseif message then
    return context.output:failure(message, code)
  else
    context.output:bytes(text)
  end
  local bytes
  repeat
    bytes, message, code = process:read()
    if bytes then context.output:bytes(bytes) end
  until not bytes
  if message then return context.output:failure("the host has ended", code) end
  local status, errors = process:wait()
  if errors and errors ~= "" then context.output:text(errors) end
  return status or definition.status.failure
end

-- Leaves it behind, in a session of its own; of ours it has the pipe that tells when it is ready.
local function leave(context, line)
  local pipe = io.popen(line .. " </dev/null 2>/dev/null &")
  local text = pipe and pipe:read("*l")
  if pipe then pipe:close() end
  local said = text and json.decode(text)
  if type(said) ~= "table" or not said.ready then
    return context.output:failure("the host did not start", "io")
  end
  context.output:note(("it runs until: kill %d"):format(said.pid))
  return tell(context, said)
end

--- What is left behind must not inherit that we have signals blocked.
function host.is_brief(given)
  return given.detached
end

--- Starts it.
---@return integer status
function host.start(context)
  local path = program()
  if not path then
    context.output:failure("there is no oneoff-host in PATH; ONEOFF_HOST may name it", "io")
    return definition.status.not_found
  end
  local command = { path }
  for _, flag in ipairs(context.given.FLAG) do command[#command + 1] = flag end
  if context.given.detached then
    table.insert(command, 1, "setsid")
    return leave(context, shell_words.line(command))
  end
  local process, message, code = child.start(command)
  if not process then return context.output:failure(message, code) end
  local status = attend(context, process)
  process:close()
  return status
end

return host

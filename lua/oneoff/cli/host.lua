-- `oneoff host`: runs oneoff-host, and prints the environment variables for it.
-- SPDX-License-Identifier: MIT
local child = require "oneoff.child"
local definition = require "oneoff.cli.definition"
local env = require "oneoff.base.env"
local json = require "oneoff.base.json"
local shell_quote = require "oneoff.base.shell_quote"
local shell_words = require "oneoff.cli.shell_words"

local host = {}

local READY = 30 -- seconds until it is ready

local function program()
  return env("ONEOFF_HOST") or child.has("oneoff-host") and "oneoff-host" or nil
end

local function environment(ready)
  local lines = {}
  for _, pair in ipairs { { "SCALINGO_API_URL", ready.url }, { "SCALINGO_AUTH_URL", ready.url },
    { "SCALINGO_API_TOKEN", ready.token } } do
    lines[#lines + 1] = ("export %s=%s\n"):format(pair[1], shell_quote(tostring(pair[2])))
  end
  return table.concat(lines)
end

local function print_environment(context, ready)
  local url = tostring(ready.url)
  return context.output:result({ command = "host", url = ready.url, pid = ready.pid, environment = {
    SCALINGO_API_URL = url, SCALINGO_AUTH_URL = url, SCALINGO_API_TOKEN = ready.token } },
    environment(ready))
end

-- Its first line: it is ready; or it prints a help text, or nothing.
local function first_line(process)
  local text = ""
  while not text:find("\n", 1, true) do
    local bytes, message, code = process:read(READY)
    if not bytes then return text, message, code end
    text = text .. bytes
  end
  local ready = json.decode(text)
  return text, nil, nil, type(ready) == "table" and ready.ready and ready or nil
end

-- Until a signal cancels this.
local function run_in_foreground(context, process)
  local text, message, code, ready = first_line(process)
  if ready then
    print_environment(context, ready)
    context.output:note("ready; press Ctrl-C to end it")
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
  if message then return context.output:failure("oneoff-host has ended", code) end
  local status, errors = process:wait()
  if errors and errors ~= "" then context.output:text(errors) end
  return status or definition.status.failure
end

-- In a session of its own. It has our pipe only to tell when it is ready.
local function run_in_background(context, line)
  local pipe = io.popen(line .. " </dev/null 2>/dev/null &")
  local text = pipe and pipe:read("*l")
  if pipe then pipe:close() end
  local ready = text and json.decode(text)
  if type(ready) ~= "table" or not ready.ready then
    return context.output:failure("oneoff-host did not start", "io")
  end
  context.output:note(("running in the background; end it with: kill %d"):format(ready.pid))
  return print_environment(context, ready)
end

--- The background process must not inherit our blocked signals.
function host.is_brief(args)
  return args.detached
end

--- Starts it.
---@return integer status
function host.start(context)
  local path = program()
  if not path then
    context.output:failure("oneoff-host is not in PATH; set ONEOFF_HOST to its path", "io")
    return definition.status.not_found
  end
  local command = { path }
  for _, option in ipairs(context.args.OPTION) do command[#command + 1] = option end
  if context.args.detached then
    table.insert(command, 1, "setsid")
    return run_in_background(context, shell_words.line(command))
  end
  local process, message, code = child.start(command)
  if not process then return context.output:failure(message, code) end
  local status = run_in_foreground(context, process)
  process:close()
  return status
end

return host

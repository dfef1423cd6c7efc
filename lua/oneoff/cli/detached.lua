-- `oneoff run --detached` and `oneoff wait`: a container that runs by itself, and its exit code.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local orphan = require "oneoff.scalingo.orphan"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"
local shell_words = require "oneoff.cli.shell_words"

local detached = {}

local SIGPIPE = 13

-- What takes the output: stdout as it comes, or the document.
local function writer(output, lines)
  return function(line)
    if output.is_json then
      lines[#lines + 1] = line .. "\n"
      return
    end
    local ok, message, code = output:bytes(line .. "\n")
    if ok or code == "canceled" then return end
    if code ~= "closed" then output:warn(message) end
    error({ status = code == "closed" and definition.status.signal + SIGPIPE
      or definition.status.failure }, 0)
  end
end

-- The container was started here: it is stopped, unless it may go on.
local function stop(context, container, detail)
  local about = { container = container.id }
  for key, value in pairs(detail or {}) do about[key] = value end
  if context.args.command == "run" and not context.args.no_stop then
    local stopped, why = container:ensure_stopped()
    about.stopped = stopped or why
  end
  return about
end

local function fields_of(context, container, more)
  local fields = { command = context.args.command, app = context.app,
    container = { id = container.id, label = container.label } }
  for name, value in pairs(more or {}) do fields[name] = value end
  return fields
end

local function in_words(context, message, code)
  if code == "timeout" and context.args.timeout then
    return ("%s: the time-out of %g s passed"):format(context.args.command, context.args.timeout)
  end
  return (message:gsub("^wait_detached:", context.args.command .. ":"))
end

local function finish(context, container, lines, exit_code, message, code, detail)
  local output, text = context.output, table.concat(lines)
  if not exit_code then
    if code ~= "no_exit_code" then detail = stop(context, container, detail) end
    return output:failure(in_words(context, message, code), code, detail,
      fields_of(context, container, { output = text }))
  end
  output:note(("%s has ended: exit code %d"):format(container.label or container.id, exit_code))
  if not output.is_json then return exit_code end
  local ok, why, why_code = output:document(fields_of(context, container, { ended = true,
    exit_code = exit_code, ok = exit_code == 0, output = text, status = exit_code }))
  return ok and exit_code or output:failure(why, why_code)
end

-- `wait` waits with the options that it gets.
local function follow(context, container, wait)
  local lines = {}
  local options = { timeout = context.deadline and
    math.max(0.001, context.deadline - scheduler.now()), on_line = writer(context.output, lines) }
  local ok, exit_code, message, code, detail = safe_call.call(wait, options)
  if not ok then
    stop(context, container)
    error(exit_code, 0)
  end
  return finish(context, container, lines, exit_code, message, code, detail)
end

--- Starts the line in a detached container.
---@return integer status
function detached.start_line(context, line)
  local args, output = context.args, context.output
  context.deadline = args.timeout and scheduler.now() + args.timeout
  output.progress:start("starting a container of " .. context.app)
  local container, message, code, detail = orphan.run(context.account, context.app, line, {
    env = shell_words.env(args.env), size = args.size, detached = true, reports_exit = true })
  output.progress:stop()
  if not container then return output:failure(message, code, detail) end
  if not args.wait then
    return output:result(fields_of(context, container), (container.label or container.id) .. "\n")
  end
  output:note(("%s has started; its output comes from the application's log"):format(
    container.label or container.id))
  return follow(context, container, function(options) return container:wait_detached(options) end)
end

--- Waits for a container that another run started.
---@return integer status
function detached.start(context)
  local account, app, name = context.account, context.app, context.args.CONTAINER
  context.deadline = context.args.timeout and scheduler.now() + context.args.timeout
  return follow(context, { label = name }, function(options)
    return account:wait_detached(app, name, options)
  end)
end

return detached

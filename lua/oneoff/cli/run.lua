-- `oneoff run` and `shell`: a command in a container, bound to this terminal or these pipes.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local interactive = require "oneoff.cli.interactive"
local oneoff = require "oneoff"
local options = require "oneoff.task.options"
local safe_call = require "oneoff.sched.safe_call"
local tty = require "oneoff.tty"
local shell_words = require "oneoff.cli.shell_words"
local workflow = require "oneoff.cli.workflow"

local run = {}

local DETACH = "~."
local MOST = options.PART_SIZE

--- What is wrong with these options together, or nil.
---@return string? misuse
function run.misuse(given)
  local is_task = given.json or given.keepalive
  if given.command == "shell" then
    return given.json and "a shell has no document: use oneoff run --json" or nil
  elseif #given.COMMAND == 0 and not given.type then
    return "a command expected"
  elseif given.wait and not given.detached then
    return "option '--wait' goes with '--detached'"
  elseif given.detached and #given.file > 0 then
    return "a detached container takes no files"
  elseif given.detached and given.keepalive then
    return "a detached container is not cut for inactivity: '--keepalive' has no use there"
  elseif given.detached and not given.wait and given.timeout then
    return "option '--timeout' with '--detached' needs '--wait': somebody has to stop it"
  elseif is_task and not given.detached and given.no_stop then
    return "option '--no-stop' does not go with '--json' or '--keepalive'"
  end
end

-- Files that would fail after a container was asked for. (A folder opens, and cannot be read.)
local function check_files(files)
  for _, path in ipairs(files) do
    local file, why = io.open(path, "rb")
    if not file then return nil, why, "io" end
    local _, unreadable = file:read(1)
    local size = not unreadable and file:seek("end")
    file:close()
    if unreadable then
      return nil, path .. " is no plain file: oneoff upload takes folders", "io"
    elseif size > MOST then
      return nil, path .. " is over 100 MiB: oneoff upload sends it in parts", "limit"
    end
  end
  return true
end

--- The command's line for the container's shell, or nil, message, code, detail.
function run.line(context)
  local given = context.given
  local line = shell_words.line(given.COMMAND)
  if given.command == "shell" and line == "" then line = "bash" end
  if not given.type then return line end
  local types, message, code, detail = context.account:types(context.app)
  if not types then return nil, message, code, detail end
  local known = {}
  for _, each in ipairs(types) do
    if each.name == given.type then
      return line == "" and each.command or each.command .. " " .. line
    end
    known[#known + 1] = tostring(each.name)
  end
  return nil, ("no type '%s' in the Procfile of %s (%s)"):format(given.type, context.app,
    table.concat(known, ", ")), "not_found"
end

local function remaining(context)
  return context.deadline and math.max(0.001, context.deadline - oneoff.now())
end

local function upload(context, container)
  local progress = context.output.progress
  for _, path in ipairs(context.given.file) do
    progress:start("uploading " .. path)
    local sent, message, code, detail = container:upload(path, { timeout = remaining(context),
      on_progress = function(done, total) progress:update(done, total) end })
    progress:stop()
    if not sent then return nil, message, code, detail end
    context.output:detail(("%s stands in /tmp/uploads/%s"):format(path, sent.name))
  end
  return true
end

local function prepare(context, container)
  local ready, message, code, detail = container:ready { timeout = remaining(context) }
  context.output.progress:stop()
  if not ready then return nil, message, code, detail end
  return upload(context, container)
end

-- The whole time-out is over, and not that of a single call.
local function about_time(context, message, code)
  if code ~= "timeout" or not context.deadline or oneoff.now() < context.deadline then
    return message
  end
  return ("run: not over after %g s"):format(context.given.timeout)
end

-- A container that was not attached to has no use.
local function give_up(context, container, message, code, detail)
  local about = { container = container.id }
  for key, value in pairs(detail or {}) do about[key] = value end
  local stopped, why = container:ensure_stopped()
  about.stopped = stopped or why
  return context.output:failure(about_time(context, message, code), code, about)
end

local function status_of(context, outcome)
  if outcome.exit_code then return outcome.exit_code end
  if outcome.signal then return definition.status.signal + outcome.signal end
  context.output:warn("detached: no exit code is known")
  return definition.status.failure
end

local function attach(context, container, is_terminal)
  local outcome, message, code = interactive.run(container, { is_terminal = is_terminal,
    detach = DETACH, timeout = remaining(context), no_stop = context.given.no_stop,
    on_note = function(text) context.output:note(text) end })
  if outcome then return status_of(context, outcome) end
  -- What became of the container was said already.
  return context.output:failure(about_time(context, message, code), code)
end

local function start_attached(context, line)
  local given, output = context.given, context.output
  local ok, message, code = check_files(given.file)
  if not ok then return output:failure(message, code) end
  context.deadline = given.timeout and oneoff.now() + given.timeout
  local is_terminal = tty.is_terminal(0) and tty.is_terminal(1)
  local env = { TERM = is_terminal and os.getenv("TERM") or "dumb" }
  for name, value in pairs(shell_words.env(given.env)) do env[name] = value end
  output.progress:start("starting a container of " .. context.app)
  local container, detail
  container, message, code, detail = context.account:run(context.app, line, { env = env,
    size = given.size, has_uploads = #given.file > 0 })
  if not container then return output:failure(message, code, detail) end
  output:detail(("container %s (%s): %s"):format(container.label or "?", container.id, line))
  local raised
  raised, ok, message, code, detail = safe_call.call(prepare, context, container)
  if not raised then
    container:ensure_stopped()
    error(ok, 0)
  elseif not ok then
    return give_up(context, container, message, code, detail)
  end
  return attach(context, container, is_terminal)
end

--- Runs the command.
---@return integer status
function run.start(context)
  local given = context.given
  local line, message, code, detail = run.line(context)
  if not line then return context.output:failure(message, code, detail) end
  if given.detached then return require("oneoff.cli.detached").start(context, line) end
  if given.json or given.keepalive then return workflow.run_line(context, line) end
  return start_attached(context, line)
end

return run

-- `oneoff run` and `shell`: a command in a container, bound to this terminal or these pipes.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local exact_command = require "oneoff.cli.exact_command"
local interactive = require "oneoff.cli.interactive"
local scheduler = require "oneoff.sched.scheduler"
local options = require "oneoff.task.options"
local orphan = require "oneoff.scalingo.orphan"
local safe_call = require "oneoff.sched.safe_call"
local tty = require "oneoff.tty"
local shell_words = require "oneoff.cli.shell_words"
local late_app = require "oneoff.cli.late_app"
local utf8 = require "oneoff.base.utf8"
local workflow = require "oneoff.cli.workflow"

local run = {}

local DETACH = "~."
local MOST = options.PART_SIZE

--- What is wrong with these options together, or nil.
---@return string? misuse
function run.misuse(args)
  local is_task = args.json or args.keepalive
  if not utf8.is_valid(table.concat(args.COMMAND, " ")) then
    return "the command has bytes that are not UTF-8: the platform would run another one"
  elseif args.command == "shell" then
    return args.json and "--json cannot be used with shell: use oneoff run --json" or nil
  elseif #args.COMMAND == 0 and not args.type then
    return "a command is missing"
  elseif args.wait and not args.detached then
    return "--wait needs --detached"
  elseif args.detached and #args.file > 0 then
    return "--file cannot be used with --detached"
  elseif args.detached and args.keepalive then
    return "--keepalive cannot be used with --detached: the platform does not stop a detached "
      .. "container for inactivity"
  elseif args.detached and not args.wait and args.timeout then
    return "--timeout with --detached needs --wait: oneoff has to stay to stop the container"
  elseif args.tty and (args.no_tty or is_task or args.detached) then
    return "--tty cannot be used with " .. (args.no_tty and "--no-tty"
      or args.detached and "--detached" or "--json or --keepalive")
  elseif is_task and not args.detached and args.no_stop then
    return "--no-stop cannot be used with --json or --keepalive"
  end
end

-- Finds files that cannot be uploaded, before a container is started. (A folder can be opened, but
-- not read.)
local function check_files(files)
  for _, path in ipairs(files) do
    local file, why = io.open(path, "rb")
    if not file then return nil, why, "io" end
    local _, unreadable = file:read(1)
    local size = not unreadable and file:seek("end")
    file:close()
    if unreadable then
      return nil, path .. " is not a regular file; for a folder use oneoff upload", "io"
    elseif size > MOST then
      return nil, path .. " is larger than 100 MiB; use oneoff upload, which sends parts", "limit"
    end
  end
  return true
end

--- The command's line for the container's shell, or nil, message, code, detail.
function run.line(context)
  local args = context.args
  local line = shell_words.line(args.COMMAND)
  if args.command == "shell" and line == "" then line = "bash" end
  if not args.type then return line end
  local types, message, code, detail = context.account:types(context.app)
  if not types then return nil, message, code, detail end
  local known = {}
  for _, each in ipairs(types) do
    if each.name == args.type then
      return line == "" and each.command or each.command .. " " .. line
    end
    known[#known + 1] = tostring(each.name)
  end
  return nil, ("the Procfile of %s has no process type '%s' (it has: %s)"):format(context.app,
    args.type, table.concat(known, ", ")), "not_found"
end

local function remaining(context)
  return context.deadline and math.max(0.001, context.deadline - scheduler.now())
end

local function upload(context, container)
  local progress = context.output.progress
  for _, path in ipairs(context.args.file) do
    progress:start("uploading " .. path)
    local sent, message, code, detail = container:upload(path, { timeout = remaining(context),
      on_progress = function(done, total) progress:update(done, total) end })
    progress:stop()
    if not sent then return nil, message, code, detail end
    context.output:detail(("uploaded %s to /tmp/uploads/%s"):format(path, sent.name))
  end
  return true
end

local function prepare(context, container)
  local ready, message, code, detail = container:ready { timeout = remaining(context) }
  context.output.progress:stop()
  if not ready then return nil, message, code, detail end
  return upload(context, container)
end

-- The time-out of the whole command passed, and not that of one call.
local function about_time(context, message, code)
  if code ~= "timeout" or not context.deadline or scheduler.now() < context.deadline then
    return message
  end
  return ("run: the time-out of %g s passed"):format(context.args.timeout)
end

-- Nobody was attached to the container: it is stopped.
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
  context.output:warn("detached: the exit code is not known")
  return definition.status.failure
end

local function attach(context, container, binding)
  local outcome, message, code = interactive.run(container, { input_kind = binding.input_kind,
    is_exact = not binding.is_terminal, detach = DETACH, timeout = remaining(context),
    no_stop = context.args.no_stop,
    on_note = function(text) context.output:note(text) end })
  if outcome then return status_of(context, outcome) end
  -- The user was told already what became of the container.
  return context.output:failure(about_time(context, message, code), code)
end

-- How the command is bound to us: to a terminal of its own, or so that no byte is changed.
local function binding_of(args)
  local input_is_terminal = tty.is_terminal(0)
  local both = input_is_terminal and tty.is_terminal(1)
  return { is_terminal = args.tty or both and not args.no_tty and not args.no_input,
    input_kind = args.no_input and "none" or input_is_terminal and "keys" or "pipe" }
end

local function start_attached(context, line)
  local args, output = context.args, context.output
  local ok, message, code = check_files(args.file)
  if not ok then return output:failure(message, code) end
  context.deadline = args.timeout and scheduler.now() + args.timeout
  local binding = binding_of(args)
  local command = binding.is_terminal and line or exact_command.wrap(line, binding.input_kind)
  local env = { TERM = binding.is_terminal and os.getenv("TERM") or "dumb" }
  for name, value in pairs(shell_words.env(args.env)) do env[name] = value end
  -- What is typed from now on is echoed by the container alone.
  if binding.input_kind == "keys" then tty.keys(0) end
  output.progress:start("starting a container of " .. context.app)
  local container, detail
  container, message, code, detail = orphan.run(context.account, context.app, command, { env = env,
    size = args.size, has_uploads = #args.file > 0 })
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
  return attach(context, container, binding)
end

--- Runs the command.
---@return integer status
function run.start(context)
  local args = context.args
  local line, message, code, detail = run.line(context)
  if not line then return context.output:failure(message, code, detail) end
  if args.detached then return require("oneoff.cli.detached").start_line(context, line) end
  local late = not args.app and late_app.find(args.COMMAND)
  if late then context.output:note(late_app.explanation(late, args.command)) end
  if args.json or args.keepalive then return workflow.run_line(context, line) end
  return start_attached(context, line)
end

return run

-- `oneoff run --detached`: starts a container, and on request prints its log until it ends.
-- SPDX-License-Identifier: MIT
local orphan = require "oneoff.scalingo.orphan"
local scheduler = require "oneoff.sched.scheduler"
local definition = require "oneoff.cli.definition"
local coroutines = require "oneoff.sched.coroutines"
local shell_words = require "oneoff.cli.shell_words"

local detached = {}

local FIRST, MOST = 1, 15 -- seconds between two requests for the list of containers
local QUIET, PATIENCE = 2, 15 -- seconds without a line, and in all: then the log is complete
local LINES = 1000 -- of the log before oneoff began to follow it
local FAILURES = 5 -- of requests for the list, one after the other, that end the wait

-- Prints what the container wrote: "text", of a line of the log "<time> [one-off-1] text".
local function follow(context, label, state)
  local next_line, message, code = context.account:logs(context.app, { filter = label,
    follow = true, lines = LINES })
  if not next_line then
    if code ~= "canceled" then context.output:warn(message .. "; the output is not shown") end
    state.is_over = true
    return
  end
  while true do
    local line
    line, message = next_line()
    if not line then break end
    state.heard_at = scheduler.now()
    local from, text = line:match("^%S+ %S+ %S+ %S+ %[([^%]]*)%] ?(.*)$")
    if not from or from == label then state.write((text or line) .. "\n") end
  end
  if message and not state.is_ending then context.output:warn(message .. "; the log ends here") end
  state.is_over = true
end

local function is_there(containers, id)
  for _, container in ipairs(containers) do
    if container.id == id then
      return container.state ~= "stopped" and container.state ~= "crashed"
    end
  end
  return false
end

-- True when it has ended, or nil, message, code, detail.
local function wait_for_end(context, container, deadline)
  local gap, failures = FIRST, 0
  while true do
    local now = scheduler.now()
    if deadline and now >= deadline then
      return nil, ("run: the time-out of %g s passed"):format(context.args.timeout), "timeout", {}
    end
    local ok, message, code = scheduler.sleep(math.min(gap, deadline and deadline - now or gap))
    if not ok then return nil, message, code, {} end
    local containers, detail
    containers, message, code, detail = context.account:containers(context.app)
    if containers and not is_there(containers, container.id) then return true end
    failures = containers and 0 or failures + 1
    if code == "canceled" or failures >= FAILURES then return nil, message, code, detail end
    gap = math.min(MOST, gap * 1.3)
  end
end

-- The log is late: its last lines come when the container has already ended.
local function wait_for_log(state)
  local deadline = scheduler.now() + PATIENCE
  state.heard_at = scheduler.now()
  while not state.is_over and scheduler.now() < math.min(deadline, state.heard_at + QUIET) do
    if not scheduler.sleep(0.2) then return end
  end
end

local function give_up(context, container, message, code, detail)
  local about = { container = container.id }
  for key, value in pairs(detail or {}) do about[key] = value end
  if not context.args.no_stop then
    local stopped, why = container:ensure_stopped()
    about.stopped = stopped or why
  end
  return context.output:failure(message, code, about)
end

local function fields_of(context, container, more)
  local fields = { command = "run", app = context.app,
    container = { id = container.id, label = container.label } }
  for name, value in pairs(more or {}) do fields[name] = value end
  return fields
end

-- What takes the output: stdout as it comes, or the document.
local function writer(context, state)
  if context.output.is_json then
    state.lines = {}
    return function(text) state.lines[#state.lines + 1] = text end
  end
  return function(text)
    local ok, message, code = context.output:bytes(text)
    if not ok and code ~= "canceled" then
      context.output:warn(message)
      state.is_closed, state.is_over = true, true
      state.main:cancel()
    end
  end
end

local function wait(context, container, deadline)
  local output, state = context.output, { heard_at = scheduler.now() }
  state.write = writer(context, state)
  local follower = coroutines.spawn(follow, context, container.label, state)
  state.main = coroutines.spawn(wait_for_end, context, container, deadline)
  local ended, message, code, detail = state.main:join()
  if code == "canceled" then state.main:cancel() end
  if ended then wait_for_log(state) end
  state.is_ending = true
  follower:cancel()
  if not ended then return give_up(context, container, message, code, detail) end
  output:note(("%s has ended; the platform reports no exit code of a detached container")
    :format(container.label or container.id))
  if output.is_json then
    output:document(fields_of(context, container,
      { ended = true, output = table.concat(state.lines) }))
  end
  return definition.status.ok
end

--- Starts the line in a detached container.
---@return integer status
function detached.start(context, line)
  local args, output = context.args, context.output
  local deadline = args.timeout and scheduler.now() + args.timeout
  output.progress:start("starting a container of " .. context.app)
  local container, message, code, detail = orphan.run(context.account, context.app, line, {
    env = shell_words.env(args.env), size = args.size, detached = true })
  output.progress:stop()
  if not container then return output:failure(message, code, detail) end
  if not args.wait then
    return output:result(fields_of(context, container), (container.label or container.id) .. "\n")
  end
  output:note(("%s has started; its output comes from the application's log"):format(
    container.label or container.id))
  return wait(context, container, deadline)
end

return detached

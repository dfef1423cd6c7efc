-- `oneoff run --detached`: starts it, and on request follows its log until it has ended.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local definition = require "oneoff.cli.definition"
local oneoff = require "oneoff"
local shell_words = require "oneoff.cli.shell_words"

local detached = {}

local FIRST, MOST = 1, 15 -- seconds between two looks at the list of containers
local QUIET, PATIENCE = 2, 15 -- seconds without a line, and at most, before the log counts as whole
local LINES = 1000 -- of the log before we came to follow it
local FAILURES = 5 -- in a row, of looks at the list

-- Prints what the container wrote, as the log tells it: "<time> [one-off-1] text".
local function follow(context, label, state)
  local next_line, message, code = context.account:logs(context.app, { filter = label,
    follow = true, lines = LINES })
  if not next_line then
    if code ~= "canceled" then context.output:warn(message .. "; its output is not shown") end
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
      return nil, ("run: not over after %g s"):format(context.given.timeout), "timeout", {}
    end
    local ok, message, code = oneoff.sleep(math.min(gap, deadline and deadline - now or gap))
    if not ok then return nil, message, code, {} end
    local containers, detail
    containers, message, code, detail = context.account:containers(context.app)
    if containers and not is_there(containers, container.id) then return true end
    failures = containers and 0 or failures + 1
    if code == "canceled" or failures >= FAILURES then return nil, message, code, detail end
    gap = math.min(MOST, gap * 1.3)
  end
end

-- The log is behind the container: its last lines come when that has gone already.
local function wait_for_log(state)
  local deadline = scheduler.now() + PATIENCE
  state.heard_at = scheduler.now()
  while not state.is_over and scheduler.now() < math.min(deadline, state.heard_at + QUIET) do
    if not oneoff.sleep(0.2) then return end
  end
end

local function give_up(context, container, message, code, detail)
  local about = { container = container.id }
  for key, value in pairs(detail or {}) do about[key] = value end
  if not context.given.no_stop then
    local stopped, why = container:ensure_stopped()
    about.stopped = stopped or why
  end
  return context.output:failure(message, code, about)
end

local function told(context, container, more)
  local fields = { command = "run", app = context.app,
    container = { id = container.id, label = container.label } }
  for name, value in pairs(more or {}) do fields[name] = value end
  return fields
end

-- Where its log goes: to stdout as it comes, or into the document.
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
  local follower = oneoff.spawn(follow, context, container.label, state)
  state.main = oneoff.spawn(wait_for_end, context, container, deadline)
  local ended, message, code, detail = state.main:join()
  if code == "canceled" then state.main:cancel() end
  if ended then wait_for_log(state) end
  state.is_ending = true
  follower:cancel()
  if not ended then return give_up(context, container, message, code, detail) end
  output:note(("%s has ended; the platform tells no exit code of a detached container"):format(
    container.label or container.id))
  if output.is_json then
    output:document(told(context, container, { ended = true, output = table.concat(state.lines) }))
  end
  return definition.status.ok
end

--- Starts the line in a detached container.
---@return integer status
function detached.start(context, line)
  local given, output = context.given, context.output
  local deadline = given.timeout and scheduler.now() + given.timeout
  output.progress:start("starting a container of " .. context.app)
  local container, message, code, detail = context.account:run(context.app, line, {
    env = shell_words.env(given.env), size = given.size, detached = true })
  output.progress:stop()
  if not container then return output:failure(message, code, detail) end
  if not given.wait then
    return output:result(told(context, container), (container.label or container.id) .. "\n")
  end
  output:note(("%s has started; its output comes from the application's log"):format(
    container.label or container.id))
  return wait(context, container, deadline)
end

return detached

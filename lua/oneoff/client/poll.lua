-- Polls an operation until it is over: seldom enough for the limit, often enough to notice soon.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local http_request = require "oneoff.http.request"
local failure = require "oneoff.base.failure"
local schedule = require "oneoff.client.schedule"
local retry = require "oneoff.http.retry"
local url = require "oneoff.base.url"

local poll = {}

--- How long an operation is polled where nothing else is said, in seconds.
poll.TIMEOUT = 300

local BAD_ANSWERS = 3 -- in a row, of a server that answers and makes no sense

--- The state of an operation, or what is wrong with the response.
local function operation_of(response)
  local operation = type(response.json) == "table" and response.json.operation
  if type(operation) ~= "table" or type(operation.status) ~= "string" then
    return failure("poll", "protocol", "the response names no operation",
      { status = response.status })
  end
  local data = operation.start_one_off_data
  if type(data) ~= "table" then data = {} end
  -- The page speaks of an attribute, the platform's client reads it from the data: both are taken.
  operation.attach_url = data.attach_url or operation.attach_url
  operation.container_id = data.container_id or operation.container_id
  operation.start_one_off_data = nil
  local attach_url = operation.attach_url
  local is_address = type(attach_url) == "string" and url.parse(attach_url)
  if operation.status == "done" and not is_address then
    return failure("poll", "protocol", "the operation is done and names no attach_url",
      { operation = operation })
  end
  return operation
end

local function ask(transport, target, deadline)
  local ok, message, code = transport.rate_limit:acquire("low", deadline)
  if not ok then return failure("poll", code, message) end
  local timeout = math.max(0.001, math.min(transport.timeout, deadline - scheduler.now()))
  local response, detail
  response, message, code, detail = http_request.ask(transport, "poll", { method = "GET",
    url = target, auth = "bearer",
    options = { timeout = timeout, stall_timeout = transport.stall_timeout } })
  if not response then return nil, message, code, detail end
  return operation_of(response)
end

local function timed_out(span, message, code, detail)
  local last = code and "; the last try: " .. message or ""
  return failure("poll", "timeout", ("not done within %g seconds%s"):format(span, last),
    { last_code = code, status = detail and detail.status })
end

-- One try that failed: may there be another?
local function may_retry(state, code, detail)
  if code == "protocol" then
    state.bad = state.bad + 1
    return state.bad < BAD_ANSWERS
  end
  state.bad = 0
  return retry.is_transient(code, detail)
end

local function report(state, operation, on_status)
  state.bad, state.failures = 0, 0
  if operation.status == state.status then return end
  state.status = operation.status
  if on_status then on_status(operation) end
end

-- Waits until an instant, but not over the deadline.
local function pause(instant, deadline)
  local ok, _, code = scheduler.sleep(math.max(0, math.min(instant, deadline) - scheduler.now()))
  if ok and scheduler.now() >= deadline then return nil, "timeout" end
  return ok, code
end

-- After a failed try: what stops the whole account is waited out by the rate limit.
local function wait_out(transport, state, code, detail, deadline)
  state.failures = state.failures + 1
  if code == "rate_limited" and transport.rate_limit:is_limited() then
    return pause(scheduler.now(), deadline)
  end
  return retry.wait(state.failures, detail, deadline)
end

local function failed(transport, operation)
  return transport:failure("poll: the operation failed: "
    .. tostring(operation.error or "the platform does not say why"), "operation_failed",
    { operation = operation })
end

-- Operations of one kind take about as long as the last ones did: those of an application's starts.
local function kind_of(target)
  return target.authority .. (target.path:match("^(.*)/operations/") or target.path)
end

-- Waits for the first request: a new operation is not done at once.
local function wait_for_start(times, began, span)
  local first = times:first()
  if not first then return true end
  return pause(math.min(first, began + span / 2), began + span)
end

-- Polls until it is over, or the time is; the last failure is said with that.
local function poll_until(transport, target, times, on_status, began, span)
  local deadline = began + span
  local state = { bad = 0, failures = 0 }
  while true do
    local asked_at = scheduler.now()
    local operation, message, code, detail = ask(transport, target, deadline)
    local ok, why
    if operation then
      report(state, operation, on_status)
      if operation.status == "done" then
        times:done(scheduler.now())
        return operation
      elseif operation.status == "error" then
        return failed(transport, operation)
      end
      ok, why = pause(times:next(asked_at, scheduler.now()), deadline)
    else
      if not may_retry(state, code, detail) then return nil, message, code, detail end
      ok, why = wait_out(transport, state, code, detail, deadline)
    end
    if why == "canceled" then return failure("poll", "canceled", "canceled") end
    if not ok then return timed_out(span, message, code, detail) end
  end
end

--- Polls an operation: see oneoff.Client:poll.
---@param transport oneoff.Transport
---@param target oneoff.Url
---@param options {timeout: number?, on_status: function?}
---@param asked_at number? instant when the operation was asked for, where it is new
---@return oneoff.Operation|nil, string? message, string? code, table? detail
function poll.operation(transport, target, options, asked_at)
  local began, span = scheduler.now(), options.timeout or poll.TIMEOUT
  local times = schedule.new(transport.account_state, kind_of(target), asked_at or began)
  if asked_at and select(2, wait_for_start(times, began, span)) == "canceled" then
    return failure("poll", "canceled", "canceled")
  end
  return poll_until(transport, target, times, options.on_status, began, span)
end

return poll

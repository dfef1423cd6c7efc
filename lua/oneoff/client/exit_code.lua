-- Asks for the exit code of a container's command, which is never invented.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local http_request = require "oneoff.http.request"
local retry = require "oneoff.http.retry"
local scheduler = require "oneoff.sched.scheduler"
local url = require "oneoff.base.url"

local exit_code = {}

local function ask_once(transport, target, timeout)
  local response, message, code, detail = http_request.ask(transport, "wait", {
    method = "GET", url = url.below(target, "wait"), auth = "basic",
    options = { timeout = timeout } })
  if not response and detail.status == 408 then
    return failure("wait", "inactivity", "the platform cut the container for inactivity",
      { status = 408 })
  elseif not response then
    return nil, message, code, detail
  end
  local value = type(response.json) == "table" and response.json.exit_code
  if type(value) == "number" and value % 1 == 0 and value >= 0 and value <= 255 then
    return math.floor(value)
  end
  return failure("wait", "no_exit_code", "the platform gave no exit code",
    { status = response.status })
end

--- The exit code, once the platform tells it; failures that pass are waited out.
---@param transport oneoff.Transport
---@param target oneoff.Url of the container
---@param deadline number an instant of scheduler.now()
---@return integer|nil exit_code, string? message, string? code, table? detail
function exit_code.ask(transport, target, deadline)
  local value, message, code, detail = retry.run("wait",
    { deadline = deadline, may_repeat = retry.is_transient }, function()
      return ask_once(transport, target, math.max(0.001, deadline - scheduler.now()))
    end)
  if not value then return nil, message, code, detail end
  return value -- alone: it may be printed as it is
end

return exit_code

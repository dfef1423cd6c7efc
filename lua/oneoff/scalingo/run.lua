-- Asks for a one-off container: waits for capacity, and finds its operation in the response.
-- SPDX-License-Identifier: MIT
local api = require "oneoff.scalingo.api"
local capacity = require "oneoff.scalingo.capacity"
local container = require "oneoff.scalingo.container"
local exit_line = require "oneoff.scalingo.exit_line"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local scheduler = require "oneoff.sched.scheduler"
local url = require "oneoff.base.url"

local run = {}

-- Where the operation is named varies: by its id, its url, or in the Location header.
local function operation_id(value, response)
  local id = value.operation
  if type(id) ~= "string" or id == "" then
    for _, address in ipairs { value.operation_url or "", response.headers.location or "" } do
      id = type(address) == "string" and address:match("/operations/([^/?#]+)")
      if id then break end
    end
  end
  return id and id:match("^[%w%-_.]+$")
end

local function body_of(command, options)
  local body = { command = command, detached = options.detached or false,
    has_uploads = options.has_uploads or false, size = options.size }
  if options.env and next(options.env) then body.env = options.env end
  return json.encode(body)
end

local function container_of(account, app_url, request, value, response)
  local made = container.new(account, request.app, value.container)
  if not made.id then
    return failure("run", "protocol", "the response has no id of the container",
      { response = value })
  end
  local id = operation_id(value, response)
  if not id and not request.options.detached then
    local stopped = made:stop()
    return failure("run", "protocol", "the response names no operation; the container was "
      .. (stopped and "stopped" or "not stopped"), { response = value, stopped = stopped })
  end
  -- The address is made here, from the id: a token is not sent to where a response points.
  made.operation_url = id and url.text(app_url) .. "/operations/" .. id or nil
  return made
end

--- See oneoff.Account:run.
---@param account oneoff.Account
---@param transport oneoff.Transport
---@param app_url oneoff.Url of the application at the API host
---@param request {app: string, command: string, options: oneoff.RunOptions}
---@return oneoff.Container|nil, string? message, string? code, table? detail
function run.container(account, transport, app_url, request)
  local options = request.options
  local deadline = scheduler.now() + (options.timeout or transport.retry_timeout)
  local command = request.command
  if options.detached and options.reports_exit then command = exit_line.wrap(command) end
  local asked = { method = "POST", url = url.below(app_url, "run"), expects = "container",
    body = body_of(command, options), deadline = options.timeout and deadline }
  local value, response_or_message, code, detail = capacity.wait(transport.account_state,
    request.app, deadline, function() return api.ask(transport, "run", asked) end)
  if not value then return nil, response_or_message, code, detail end
  value.container.command = command
  return container_of(account, app_url, request, value, response_or_message)
end

return run

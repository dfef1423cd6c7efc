-- A one-off container of an account: the primitives with its addresses filled in.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local client_options = require "oneoff.client.options"
local detached_wait = require "oneoff.scalingo.detached_wait"
local misuse = require "oneoff.base.misuse"
local rule = require "oneoff.base.rule"
local scheduler = require "oneoff.sched.scheduler"
local uninterrupted = require "oneoff.sched.uninterrupted"

local container = {}

--- What the platform can send.
container.signal_rule = rule.one_of { "SIGUSR1", "SIGUSR2" }

---@class oneoff.Container
---@field id string
---@field label string
---@field app string
---@field operation_url string?
local container_methods = {}
local container_mt = { __index = container_methods, __name = "oneoff.container" }

function container_mt:__tostring()
  return "oneoff.container{" .. tostring(self.label or self.id) .. "}"
end

--- The label of a container that the platform lists: it may give type and number alone.
---@param fields table
---@return string
function container.label_of(fields)
  if type(fields.label) == "string" then return fields.label end
  return ("%s-%s"):format(tostring(fields.type), tostring(fields.type_index
    and math.floor(fields.type_index)))
end

---@param account oneoff.Account
---@param app string
---@param fields table of the platform's answer
function container.new(account, app, fields)
  return setmetatable({ account_ = account, app = app, label = fields.label,
    asked_at_ = scheduler.now(), id = type(fields.id) == "string" and fields.id or nil,
    command = fields.command }, container_mt)
end

local function check_attachable(self)
  if not self.operation_url then misuse("a detached container is not attached to") end
end

--- Waits until the container can be attached to.
---@param options {timeout: number?, on_status: fun(operation: table)?}? timeout: seconds (300)
---@return string|nil attach_url, string? message, string? code, table? detail
function container_methods:ready(options)
  client_options.poll(1, options)
  if self.attach_url_ then return self.attach_url_ end
  check_attachable(self)
  local operation, message, code, detail =
    self.account_:client():poll(self.operation_url, options, self.asked_at_)
  if not operation then return nil, message, code, detail end
  self.attach_url_ = operation.attach_url
  return self.attach_url_
end

-- Calls a primitive of the client on the attach_url, which is waited for where it is not known yet.
local function on_attach_url(name)
  return function(self, first, second)
    client_options[name](1, first, second)
    check_attachable(self)
    local attach_url, message, code, detail = self:ready()
    if not attach_url then return nil, message, code, detail end
    local client = self.account_:client()
    return client[name](client, attach_url, first, second)
  end
end

--- See oneoff.Client: the same, with the attach_url filled in.
container_methods.upload = on_attach_url("upload")
container_methods.attach = on_attach_url("attach")
container_methods.resize = on_attach_url("resize")
container_methods.wait = on_attach_url("wait")

--- Stops the container; one that is gone already is stopped.
---@return true|nil, string? message, string? code, table? detail
function container_methods:stop()
  return self.account_:stop(self.app, self.id)
end

--- Stops the container, also where the coroutine is cancelled meanwhile: for clean-up code, which a
--- second signal or a cancel may reach. (`stop` gives up at a cancel.)
---@return true|nil, string? message, string? code, table? detail
function container_methods:ensure_stopped()
  return uninterrupted(self.stop, self)
end

container.wait_detached_rule = { timeout = "number", patience = "number", on_line = "function" }

---@class oneoff.DetachedWaitOptions
---@field timeout number? seconds for all of it (no limit); the container goes on after it
---@field patience number? seconds for late lines of the log, after the container has ended (20)
---@field on_line fun(line: string)? called with each line that the command prints

--- The exit code of a detached container's command, once it has ended. The platform reports none:
--- the last line of the log tells it, where the container was asked for with `reports_exit`. Where
--- that line does not come (the container was stopped or killed, the log was lost) the code is
--- `no_exit_code`, and `detail.reason` says as much as is known: "stopped", "crashed" ... A
--- connection that is lost is made again.
---@param options oneoff.DetachedWaitOptions?
---@return integer|nil exit_code, string? message, string? code no_exit_code, timeout ...
---@return table? detail
function container_methods:wait_detached(options)
  options = argcheck.options(1, options, container.wait_detached_rule)
  return detached_wait.run(self.account_, { app = self.app, id = self.id, label = self.label,
    command = self.command }, options)
end

--- Sends a signal to the container's command.
---@param signal "SIGUSR1"|"SIGUSR2"
---@return true|nil, string? message, string? code, table? detail
function container_methods:signal(signal)
  argcheck.argument(1, "signal", signal, container.signal_rule)
  return self.account_:signal(self.app, self.id, signal)
end

return container

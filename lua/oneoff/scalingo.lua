-- The platform: an account, its token, its applications' containers and logs.
-- SPDX-License-Identifier: MIT
local addons = require "oneoff.scalingo.addons"
local api = require "oneoff.scalingo.api"
local argcheck = require "oneoff.base.argcheck"
local client = require "oneoff.client"
local container = require "oneoff.scalingo.container"
local detached_wait = require "oneoff.scalingo.detached_wait"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local logs = require "oneoff.scalingo.logs"
local rule = require "oneoff.base.rule"
local run = require "oneoff.scalingo.run"
local semaphore = require "oneoff.scalingo.semaphore"
local settings = require "oneoff.scalingo.settings"
local token = require "oneoff.scalingo.token"
local http_transport = require "oneoff.http.transport"
local url = require "oneoff.base.url"

local scalingo = {}

---@class oneoff.Account
local account_methods = {}
local account_mt = { __index = account_methods, __name = "oneoff.account" }

scalingo.defaults = settings.defaults

function account_mt:__tostring()
  return "oneoff.account{" .. self.api_.host .. "}"
end

---@class oneoff.AccountOptions: oneoff.ClientOptions
---@field token string? API token, tk-us-… (SCALINGO_API_TOKEN)
---@field region string? (SCALINGO_REGION, else osc-fr1)
---@field api_url string? (SCALINGO_API_URL, else the region's)
---@field auth_url string? (SCALINGO_AUTH_URL, else the platform's)
---@field database_api_url string? (SCALINGO_DB_URL, else the region's)
---@field containers_per_app integer? tasks of this process that run at once in an application (10)
---@field containers_per_account integer? and in all (50); further ones queue

--- An account, by its API token, which is exchanged for bearer tokens as they are needed.
---
--- ```lua
--- local scalingo = require "oneoff.scalingo"
--- local account = scalingo.new { token = "tk-us-…", region = "osc-fr1" }
--- assert(account:login())                                   -- optional: shows a wrong token now
--- print(assert(account:user()).username)
--- ```
---@param options oneoff.AccountOptions?
---@return oneoff.Account
function scalingo.new(options)
  options = argcheck.options(1, options, settings.rules)
  local read = settings.read(options)
  local self = setmetatable({ api_ = read.api, auth_ = read.auth }, account_mt)
  local given = { token = function(stale) return self.tokens_:bearer(stale) end }
  for name in pairs(client.options) do given[name] = options[name] end
  self.transport_ = http_transport.new(given, read.key)
  self.transport_.secrets:add(read.token)
  self.client_ = client.over(self.transport_)
  self.addons_ = addons.new(self.transport_, read)
  self.tokens_ = token.new(self.transport_, self.auth_, read.token)
  self.container_limits_ = { per_app = options.containers_per_app,
    per_account = options.containers_per_account }
  return self
end

--- The client behind the account, for its primitives.
---@return oneoff.Client
function account_methods:client()
  return self.client_
end

local function app_url(self, app, path)
  return api.at(self.api_, "/v1/apps/" .. url.escape(app) .. path)
end

local run_rule = { env = rule.environment, size = rule.utf8, detached = "boolean",
  has_uploads = "boolean", reports_exit = "boolean", timeout = "number" }

---@class oneoff.RunOptions
---@field env table<string, string>? in UTF-8
---@field size string? "S", "M", "L" …
---@field detached boolean? it runs at once, without a terminal; its output is in the log only
---@field reports_exit boolean? of a detached one: the last line of its log tells the exit code, for
---  `wait_detached`. A shell around the command prints it
---@field has_uploads boolean? files will be uploaded before the attach
---@field timeout number? seconds to wait for capacity where the limit of containers is reached (the
---  account's retry_timeout)

--- Asks for a one-off container that runs a command.
---
--- ```lua
--- local container = assert(account:run("my-app", "echo $GREETING; exit 3", {
---   env = { GREETING = "hello" }, size = "M" }))
--- local terminal = assert(container:attach())               -- waits until it is ready
--- io.write(assert(terminal:read_all()))
--- print(assert(container:wait()))                           -- 3
--- ```
---@param app string
---@param command string in UTF-8; the platform keeps a record of it: no secret belongs there
---@param options oneoff.RunOptions?
---@return oneoff.Container|nil, string? message, string? code, table? detail
---  "limit": there was no room for one more container until the time-out
function account_methods:run(app, command, options)
  argcheck.argument(1, "app", app, rule.name)
  argcheck.argument(2, "command", command, rule.utf8)
  options = argcheck.options(3, options, run_rule)
  return run.container(self, self.transport_, app_url(self, app, ""), { app = app,
    command = command, options = options })
end

--- The containers of an application, as the platform lists them.
---@param app string
---@return table[]|nil, string? message, string? code, table? detail
function account_methods:containers(app)
  argcheck.argument(1, "app", app, rule.name)
  return api.fetch(self.transport_, "containers", app_url(self, app, "/ps"), "containers")
end

--- A one-off container that is there already, to wait for it or to stop it from another process.
---@param app string
---@param name string its label, as "one-off-1234", or its id
---@return oneoff.Container|nil, string? message, string? code not_found ..., table? detail
function account_methods:container(app, name)
  argcheck.argument(2, "name", name, rule.name)
  local found, message, code, detail = self:containers(app)
  if not found then return nil, message, code, detail end
  for _, fields in ipairs(found) do
    local label = container.label_of(fields)
    if label == name or fields.id == name then
      return container.new(self, app, { id = fields.id, label = label, command = fields.command })
    end
  end
  return failure("container", "not_found", ("%s has no container '%s'"):format(app, name))
end

--- As container:wait_detached, by name: also where the platform lists the container no longer. Then
--- the log alone tells how its command ended.
---@param app string
---@param name string its label, as "one-off-1234", or its id
---@param options oneoff.DetachedWaitOptions?
---@return integer|nil exit_code, string? message, string? code not_found, no_exit_code ...
---@return table? detail
function account_methods:wait_detached(app, name, options)
  options = argcheck.options(3, options, container.wait_detached_rule)
  local found, message, code, detail = self:container(app, name)
  if found then return found:wait_detached(options) end
  if code ~= "not_found" or not name:find("^one%-off%-%d+$") then
    return nil, message, code, detail
  end
  return detached_wait.run(self, { app = app, label = name, is_gone = true }, options)
end

--- The lines of an application's Procfile: a container that runs one is asked for by its command.
---@param app string
---@return {name: string, command: string, amount: integer, size: string}[]|nil, string? message,
---  string? code, table? detail
function account_methods:types(app)
  argcheck.argument(1, "app", app, rule.name)
  return api.fetch(self.transport_, "types", app_url(self, app, "/containers"), "containers")
end

--- Stops a one-off container. One that is gone already is stopped.
---@param app string
---@param id string
---@return true|nil, string? message, string? code, table? detail
function account_methods:stop(app, id)
  argcheck.argument(1, "app", app, rule.name)
  argcheck.argument(2, "id", id, rule.name)
  local value, message, code, detail = api.ask(self.transport_, "stop", { method = "POST",
    is_idempotent = true, priority = "high",
    url = app_url(self, app, "/containers/" .. url.escape(id) .. "/stop") })
  if value or code == "not_found" then return true end
  return nil, message, code, detail
end

--- Sends a signal to the command of a one-off container.
---@param app string
---@param id string
---@param signal "SIGUSR1"|"SIGUSR2"
---@return true|nil, string? message, string? code, table? detail
function account_methods:signal(app, id, signal)
  argcheck.argument(1, "app", app, rule.name)
  argcheck.argument(2, "id", id, rule.name)
  argcheck.argument(3, "signal", signal, container.signal_rule)
  local value, message, code, detail = api.ask(self.transport_, "signal", { method = "POST",
    url = app_url(self, app, "/containers/" .. url.escape(id) .. "/kill"),
    body = json.encode { signal = signal } })
  if not value then return nil, message, code, detail end
  return true
end

--- The bearer token that requests are sent with: for a client of your own.
---@param stale string? one that a server refused: another one is got
---@return string|nil bearer, string? message, string? code, table? detail
function account_methods:bearer(stale)
  argcheck.argument(1, "stale", stale, "string|nil")
  return self.transport_:bearer(stale)
end

--- Gets the bearer token now, and not with the first request: a wrong address or a wrong token
--- shows at once.
---@param timeout number? seconds for which failures that may pass are waited out (retry_timeout)
---@return true|nil, string? message, string? code, table? detail
function account_methods:login(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  local bearer, message, code, detail = self.tokens_:bearer(nil, timeout)
  if not bearer then return nil, message, code, detail end
  return true
end

--- Whose token it is: `{ id, username, email, … }`.
---@return table|nil, string? message, string? code, table? detail
function account_methods:user()
  return api.fetch(self.transport_, "user", api.at(self.api_, "/v1/users/self"), "user")
end

--- An application, as the platform describes it: `{ id, name, … }`.
---@param app string
---@return table|nil, string? message, string? code, table? detail
function account_methods:app(app)
  argcheck.argument(1, "app", app, rule.name)
  return api.fetch(self.transport_, "app", app_url(self, app, ""), "app")
end

--- The add-ons of an application, which are its databases, as the platform lists them.
---@param app string
---@return table[]|nil, string? message, string? code, table? detail
function account_methods:addons(app)
  argcheck.argument(1, "app", app, rule.name)
  return self.addons_:list(app)
end

--- An add-on of an application, with its backups.
---@param app string
---@param which string? its id, or the kind of the database, as "postgresql"; the only one that
---  there is
---@return oneoff.Addon|nil, string? message, string? code not_found: it has none; invalid: it has
---  several, which detail.addons lists
---@return table? detail
function account_methods:addon(app, which)
  argcheck.argument(1, "app", app, rule.name)
  argcheck.argument(2, "which", which, "string|nil")
  return self.addons_:find(app, which)
end

--- The applications that the account has access to.
---@return table[]|nil, string? message, string? code, table? detail
function account_methods:apps()
  return api.fetch(self.transport_, "apps", api.at(self.api_, "/v1/apps"), "apps")
end

--- The regions of the platform.
---@return table[]|nil, string? message, string? code, table? detail
function account_methods:regions()
  return api.fetch(self.transport_, "regions", api.at(self.auth_, "/v1/regions"), "regions")
end

--- The log of an application: an iterator over its lines. Where there is no log yet it has no
--- lines; one that follows waits for them. A `for` loop of Lua 5.4 closes the connection when it is
--- left. Elsewhere `log:close()` does, or `account:close()`, or the collector.
---
--- ```lua
--- local lines, message, _, log = account:logs("my-app", { lines = 100, filter = "one-off" })
--- for line in assert(lines, message) do print(line) end
--- log:close()
--- ```
---@param app string
---@param options oneoff.LogOptions?
---@return (fun(): string?, string?, string?, table?)|nil iterator over lines; ends with nil, after
---  a failure with nil, message, code, detail. The fourth result is then the `log`
---@return string? message, string? code, table? detail
function account_methods:logs(app, options)
  argcheck.argument(1, "app", app, rule.name)
  options = argcheck.options(2, options, logs.rule)
  local logs_url, message, code, detail =
    api.fetch(self.transport_, "logs", app_url(self, app, "/logs"), "logs_url", "string")
  if not logs_url then return nil, message, code, detail end
  return logs.open(self.transport_, logs_url, options)
end

--- A slot for one of the containers that this process runs at once, in the application and in
--- all: for programs that queue their containers, as tasks do.
---@param app string
---@return oneoff.Slot
function account_methods:slot(app)
  argcheck.argument(1, "app", app, rule.name)
  return semaphore.new(self.transport_.account_state, app, self.container_limits_)
end

--- Closes everything that the account has open: terminals and logs.
function account_methods:close()
  self.client_:close()
end

account_mt.__close = account_methods.close

return scalingo

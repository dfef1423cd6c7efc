-- The platform: an account, its token, its applications' containers and logs.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local api = require "oneoff.scalingo.api"
local argcheck = require "oneoff.base.argcheck"
local client = require "oneoff.client"
local container = require "oneoff.scalingo.container"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local logs = require "oneoff.scalingo.logs"
local capacity = require "oneoff.scalingo.capacity"
local token = require "oneoff.scalingo.token"
local url = require "oneoff.base.url"

local scalingo = {}

---@class oneoff.Account
local account_methods = {}
local account_mt = { __index = account_methods, __name = "oneoff.account" }

--- What the options are where nothing else says so.
---@type table<string, string>
scalingo.defaults = { region = "osc-fr1", auth_url = "https://auth.scalingo.com" }

function account_mt:__tostring()
  return "oneoff.account{" .. self.api_.host .. "}"
end

local option_kinds = { token = "string", region = "string", api_url = "string",
  auth_url = "string", containers_per_app = "number", containers_per_account = "number" }
for name, kinds in pairs(client.option_kinds) do
  option_kinds[name] = option_kinds[name] or kinds
end

local function address(name, text)
  local parsed, why = url.parse((text:gsub("/+$", "")))
  if not parsed then error("bad option '" .. name .. "' (" .. why .. ")", 3) end
  parsed.path = parsed.path:gsub("/$", "")
  return parsed
end

---@class oneoff.AccountOptions: oneoff.ClientOptions
---@field token string? API token, tk-us-… (SCALINGO_API_TOKEN)
---@field region string? (SCALINGO_REGION, else osc-fr1)
---@field api_url string? (SCALINGO_API_URL, else the region's)
---@field auth_url string? (SCALINGO_AUTH_URL, else the platform's)
---@field containers_per_app number? tasks of this process that run at once in an application (10)
---@field containers_per_account number? and in all (50); further ones queue

--- An account, by its API token, which is exchanged for bearer tokens as they are needed.
---@param options oneoff.AccountOptions?
---@return oneoff.Account
function scalingo.new(options)
  options = argcheck.options(1, options, option_kinds)
  local api_token = options.token or os.getenv("SCALINGO_API_TOKEN")
  if not api_token or api_token == "" or api_token:find("[%c%s]") then
    error("bad option 'token' (an API token expected, here or in SCALINGO_API_TOKEN)", 2)
  end
  local region = options.region or os.getenv("SCALINGO_REGION") or scalingo.defaults.region
  local api_url = options.api_url or os.getenv("SCALINGO_API_URL")
    or "https://api." .. region .. ".scalingo.com"
  local auth = options.auth_url or os.getenv("SCALINGO_AUTH_URL") or scalingo.defaults.auth_url
  local self = setmetatable({}, account_mt)
  self.api_, self.auth_ = address("api_url", api_url), address("auth_url", auth)
  local given = { token = function(stale) return self.tokens_:bearer(stale) end }
  for name in pairs(client.option_kinds) do
    if name ~= "token" then given[name] = options[name] end
  end
  self.client_ = client.new(given)
  client.share(self.client_, api_url .. "\n" .. auth .. "\n" .. api_token)
  self.client_.secrets_[api_token] = true
  self.containers_per_app_ = options.containers_per_app
  self.containers_per_account_ = options.containers_per_account
  self.tokens_ = token.new(self.client_, self.auth_, api_token)
  return self
end

local function at(base, path)
  return { scheme = base.scheme, authority = base.authority, host = base.host,
    path = base.path .. path }
end

--- The client behind the account, for its primitives.
---@return oneoff.Client
function account_methods:client()
  return self.client_
end

local function app_url(self, app, path)
  return at(self.api_, "/v1/apps/" .. url.escape(app) .. path)
end

-- GET of what the answer holds under a name; kind: its type, "table" where it is left out.
local function fetch(self, what, target, field, kind)
  local value, message, code, detail = api.ask(self.client_, what, { method = "GET", again = true,
    url = target, expects = field, kind = kind })
  if not value then return nil, message, code, detail end
  return value[field]
end

local run_kinds = { env = "table", size = "string", detached = "boolean", has_uploads = "boolean",
  timeout = "number" }

-- Where the operation is named varies: by its id, its url, or in the Location header.
local function operation_id(value, response)
  local id = value.operation
  if type(id) ~= "string" or id == "" then
    for _, address_ in ipairs { value.operation_url or "", response.headers.location or "" } do
      id = type(address_) == "string" and address_:match("/operations/([^/?#]+)")
      if id then break end
    end
  end
  return id and id:match("^[%w%-_.]+$")
end

---@class oneoff.RunOptions
---@field env table<string, string>?
---@field size string? "S", "M", "L" …
---@field detached boolean? it runs at once, without a terminal; its output is in the log only
---@field has_uploads boolean? files will be uploaded before the attach
---@field timeout number? seconds to wait for capacity where the limit of containers is reached (the
---  account's retry_timeout)

--- Asks for a one-off container that runs a command.
---@param app string
---@param command string the platform keeps a record of it: no secret belongs there
---@param options oneoff.RunOptions?
---@return oneoff.Container|nil, string? message, string? code, table? detail
---  "limit": there was no room for one more container until the time-out
function account_methods:run(app, command, options)
  argcheck.name(1, "app", app)
  argcheck.argument(2, "command", command, "string")
  options = argcheck.options(3, options, run_kinds)
  for name, value in pairs(options.env or {}) do
    if type(name) ~= "string" or type(value) ~= "string" then
      error("bad option 'env' (names and values must be strings)", 2)
    end
  end
  local body = { command = command, detached = options.detached or false,
    has_uploads = options.has_uploads or false, size = options.size }
  if options.env and next(options.env) then body.env = options.env end
  local span = options.timeout or self.client_.retry_timeout_
  local request = { method = "POST", url = app_url(self, app, "/run"), body = json.encode(body),
    expects = "container", deadline = options.timeout and scheduler.now() + span }
  local value, response, code, detail = capacity.wait(self.client_.budget_.shared, app,
    scheduler.now() + span, function() return api.ask(self.client_, "run", request) end)
  if not value then return nil, response, code, detail end
  local made = container.new(self, app, value.container)
  local id = operation_id(value, response)
  if not made.id then
    return failure("run", "protocol", "the answer has no id of the container", { response = value })
  elseif not id and not options.detached then
    local stopped = made:stop()
    return failure("run", "protocol", "the answer names no operation; the container was "
      .. (stopped and "stopped" or "not stopped"), { response = value, stopped = stopped })
  end
  -- The address is made here, from the id: a token is not sent to where an answer points.
  made.operation_url = id and url.text(app_url(self, app, "/operations/" .. id))
  return made
end

--- The containers of an application, as the platform lists them.
---@param app string
---@return table[]|nil, string? message, string? code, table? detail
function account_methods:containers(app)
  argcheck.name(1, "app", app)
  return fetch(self, "containers", app_url(self, app, "/ps"), "containers")
end

--- The lines of an application's Procfile: a container that runs one is asked for by its command.
---@param app string
---@return {name: string, command: string, amount: integer, size: string}[]|nil, string? message,
---  string? code, table? detail
function account_methods:types(app)
  argcheck.name(1, "app", app)
  return fetch(self, "types", app_url(self, app, "/containers"), "containers")
end

--- Stops a one-off container. One that is gone already is stopped.
---@param app string
---@param id string
---@return true|nil, string? message, string? code, table? detail
function account_methods:stop(app, id)
  argcheck.name(1, "app", app)
  argcheck.name(2, "id", id)
  local value, message, code, detail = api.ask(self.client_, "stop", { method = "POST",
    again = true, urgency = "stop",
    url = app_url(self, app, "/containers/" .. url.escape(id) .. "/stop") })
  if value or code == "not_found" then return true end
  return nil, message, code, detail
end

local signals = { SIGUSR1 = true, SIGUSR2 = true }

--- Sends a signal to the command of a one-off container.
---@param app string
---@param id string
---@param signal "SIGUSR1"|"SIGUSR2"
---@return true|nil, string? message, string? code, table? detail
function account_methods:signal(app, id, signal)
  argcheck.name(1, "app", app)
  argcheck.name(2, "id", id)
  if not signals[signal] then
    error("bad argument #3 'signal' (SIGUSR1 or SIGUSR2: the platform sends no other)", 2)
  end
  local value, message, code, detail = api.ask(self.client_, "signal", { method = "POST",
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
  return self.tokens_:bearer(stale)
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
  return fetch(self, "user", at(self.api_, "/v1/users/self"), "user")
end

--- An application, as the platform describes it: `{ id, name, … }`.
---@param app string
---@return table|nil, string? message, string? code, table? detail
function account_methods:app(app)
  argcheck.name(1, "app", app)
  return fetch(self, "app", app_url(self, app, ""), "app")
end

--- The regions of the platform.
---@return table[]|nil, string? message, string? code, table? detail
function account_methods:regions()
  return fetch(self, "regions", at(self.auth_, "/v1/regions"), "regions")
end

--- The log of an application: an iterator over its lines.
---@param app string
---@param options {lines: integer?, filter: string?, follow: boolean?}? filter: "one-off-1234" …
---@return (fun(): string?, string?, string?, table?)|nil iterator over lines; ends with nil, after
---  a failure with nil, message, code, detail
---@return string? message, string? code, table? detail
function account_methods:logs(app, options)
  argcheck.name(1, "app", app)
  options = argcheck.options(2, options,
    { lines = "number", filter = "string", follow = "boolean" })
  if options.lines then argcheck.integer(2, "lines", options.lines, 1, 1000000) end
  local logs_url, message, code, detail =
    fetch(self, "logs", app_url(self, app, "/logs"), "logs_url", "string")
  if not logs_url then return nil, message, code, detail end
  return logs.open(self.client_, logs_url, options)
end

--- Ends everything that the account has open.
function account_methods:close()
  self.client_:close()
end

account_mt.__close = account_methods.close

return scalingo

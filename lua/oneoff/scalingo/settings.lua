-- What an account is made with: its options, else what the environment says, else the defaults.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local client = require "oneoff.client"
local env = require "oneoff.base.env"
local misuse = require "oneoff.base.misuse"
local rule = require "oneoff.base.rule"
local url = require "oneoff.base.url"

local settings = {}

--- What the options are where nothing else says so.
---@type table<string, string>
settings.defaults = { region = "osc-fr1", auth_url = "https://auth.scalingo.com" }

local api_token_rule = rule.of("an API token", function(value)
  return type(value) == "string" and value ~= "" and not value:find("[%c%s]")
end)

--- The options of an account, those of its client among them.
settings.rules = { token = api_token_rule, region = rule.region,
  api_url = rule.url, auth_url = rule.url, database_api_url = rule.url,
  containers_per_app = rule.integer(1), containers_per_account = rule.integer(1) }
for name, option_rule in pairs(client.options) do settings.rules[name] = option_rule end

local function setting(options, name, variable, default)
  if options[name] ~= nil then return options[name] end
  local value = env(variable)
  if value == nil then value = default end
  if value == false then return nil end
  local problem = value == nil and "no value here, and none in " .. variable
    or rule.problem(settings.rules[name], value)
  if problem then misuse(argcheck.bad_option(name, problem)) end
  return value
end

local function without_slash(address)
  return (address:gsub("/+$", ""))
end

local function parse(address)
  local parsed = url.parse(address)
  parsed.path = parsed.path:gsub("/$", "")
  return parsed
end

--- Reads them; what is wrong or missing is misuse.
---@param options oneoff.AccountOptions
---@return {token: string, region: string, api: oneoff.Url, auth: oneoff.Url,
---  database_api: oneoff.Url?, key: string} key: tells the account from others
function settings.read(options)
  local token = setting(options, "token", "SCALINGO_API_TOKEN")
  local region = setting(options, "region", "SCALINGO_REGION", settings.defaults.region)
  local api_url = without_slash(setting(options, "api_url", "SCALINGO_API_URL",
    "https://api." .. region .. ".scalingo.com"))
  local auth_url = without_slash(setting(options, "auth_url", "SCALINGO_AUTH_URL",
    settings.defaults.auth_url))
  local database_api = setting(options, "database_api_url", "SCALINGO_DB_URL", false)
  return { token = token, region = region, api = parse(api_url), auth = parse(auth_url),
    database_api = database_api and parse(without_slash(database_api)) or nil,
    key = table.concat({ api_url, auth_url, token }, "\n") }
end

return settings

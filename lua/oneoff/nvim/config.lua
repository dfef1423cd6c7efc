-- The options of vim.g.oneoff, and the account that is made of them.
-- SPDX-License-Identifier: MIT
local database_names = require "oneoff.restore.database_names"
local env = require "oneoff.base.env"
local module = require "oneoff.nvim.module"
local rule = require "oneoff.base.rule"

local config = {}

---@class oneoff.nvim.Options
---@field app string? the default application (SCALINGO_APP)
---@field region string? (SCALINGO_REGION, else osc-fr1)
---@field token string? API token; better in SCALINGO_API_TOKEN than in a file
---@field api_url string? (SCALINGO_API_URL)
---@field auth_url string? (SCALINGO_AUTH_URL)
---@field ca_file string? file with the certificates to trust instead of the system's
---@field size string? of containers: "S", "M", "L" …
---@field shell string? the command that :Oneoff terminal runs by default ("bash")
---@field database string? the kind of database that :Oneoff restore restores (the dump tells it)
---@field timeout number? seconds for a restore (3600)

local options_rule = { app = rule.text "a name", region = rule.text "a name",
  token = rule.text "an API token", api_url = rule.url, auth_url = rule.url,
  ca_file = rule.text "a path", size = rule.text "a container size", shell = rule.text "a command",
  database = rule.of(database_names.TEXT, function(name)
    return type(name) == "string" and database_names.resolve(name) ~= nil
  end), timeout = rule.positive "seconds" }

local account_options = { "region", "token", "api_url", "auth_url", "ca_file" }
local environment = { "SCALINGO_API_TOKEN", "SCALINGO_REGION", "SCALINGO_API_URL",
  "SCALINGO_AUTH_URL" }

--- The options of vim.g.oneoff.
---@return oneoff.nvim.Options|nil, string? message
function config.get()
  local options = vim.g.oneoff
  if options == nil or options == vim.NIL then return {} end
  local problem, place = rule.problem(options_rule, options)
  if not problem then return options end
  local message = place and ("option '%s' (%s)"):format((place:gsub("^%.", "")), problem) or problem
  return nil, "oneoff: vim.g.oneoff: " .. message
end

--- The default application, where there is one.
---@param options oneoff.nvim.Options
---@return string?
function config.app(options)
  return options.app or env("SCALINGO_APP")
end

--- Where the token comes from, or nil.
---@param options oneoff.nvim.Options
---@return string?
function config.token_source(options)
  return options.token and "vim.g.oneoff.token"
    or env("SCALINGO_API_TOKEN") and "SCALINGO_API_TOKEN" or nil
end

local account, account_key

-- All that an account is made of. When it changes, another account is made.
local function key_of(options)
  local parts = {}
  for _, name in ipairs(account_options) do parts[#parts + 1] = options[name] or "" end
  for _, name in ipairs(environment) do parts[#parts + 1] = env(name) or "" end
  return table.concat(parts, "\n")
end

--- A new account of these options.
---@param options oneoff.nvim.Options
---@param more table? more options for scalingo.new
---@return oneoff.Account|nil, string? message
function config.new_account(options, more)
  local loaded, why = module.load()
  if not loaded then return nil, why end
  if not config.token_source(options) then
    return nil, "oneoff: no API token: set SCALINGO_API_TOKEN in Neovim's environment"
  end
  local all = {}
  for name, value in pairs(more or {}) do all[name] = value end
  for _, name in ipairs(account_options) do all[name] = options[name] end
  local ok, made = pcall(require("oneoff.scalingo").new, all)
  if ok then return made end
  return nil, "oneoff: " .. tostring(made):gsub("^.-:%d+: ", "")
end

--- The account that all commands share: they share its token and its request limit.
---@param options oneoff.nvim.Options
---@return oneoff.Account|nil, string? message
function config.account(options)
  local key = key_of(options)
  if account and account_key == key then return account end
  local made, why = config.new_account(options)
  if not made then return nil, why end
  account, account_key = made, key
  return made
end

return config

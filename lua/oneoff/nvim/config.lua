-- The options of vim.g.oneoff, checked, and the account that they make.
-- SPDX-License-Identifier: MIT
local database_names = require "oneoff.restore.database_names"
local env = require "oneoff.base.env"
local module = require "oneoff.nvim.module"

local config = {}

---@class oneoff.nvim.Options
---@field app string? the default application (SCALINGO_APP)
---@field region string? (SCALINGO_REGION, else osc-fr1)
---@field token string? API token; it belongs into SCALINGO_API_TOKEN, not into a file
---@field api_url string? (SCALINGO_API_URL)
---@field auth_url string? (SCALINGO_AUTH_URL)
---@field ca_file string? certificates to trust in place of the system's
---@field size string? of containers: "S", "M", "L" …
---@field shell string? what :Oneoff terminal runs without a command ("bash")
---@field database string? what :Oneoff restore restores into (the dump tells it)
---@field timeout number? seconds for a restore (3600)

local kinds = { app = "string", region = "string", token = "string", api_url = "string",
  auth_url = "string", ca_file = "string", size = "string", shell = "string",
  database = "string", timeout = "number" }

local of_account = { "region", "token", "api_url", "auth_url", "ca_file" }
local environment = { "SCALINGO_API_TOKEN", "SCALINGO_REGION", "SCALINGO_API_URL",
  "SCALINGO_AUTH_URL" }

local function misuse_of(name, value)
  local kind = kinds[name]
  if not kind then
    local known = vim.tbl_keys(kinds)
    table.sort(known)
    return ("no such option '%s' (there are %s)"):format(tostring(name), table.concat(known, ", "))
  elseif type(value) ~= kind then
    return ("option '%s' (%s expected, got %s)"):format(name, kind, type(value))
  elseif value == "" or kind == "number" and not (value > 0 and value < math.huge) then
    return ("option '%s' (%s)"):format(name, kind == "number" and "seconds expected" or "empty")
  elseif name == "database" and not database_names.resolve(value) then
    return ("option 'database' (%s expected)"):format(database_names.TEXT)
  end
end

--- The options of vim.g.oneoff.
---@return oneoff.nvim.Options|nil, string? message
function config.get()
  local given = vim.g.oneoff
  if given == nil or given == vim.NIL then return {} end
  if type(given) ~= "table" or given[1] ~= nil then
    return nil, "oneoff: vim.g.oneoff: table of options expected, got "
      .. (type(given) == "table" and "a list" or type(given))
  end
  for name, value in pairs(given) do
    local misuse = misuse_of(name, value)
    if misuse then return nil, "oneoff: vim.g.oneoff: " .. misuse end
  end
  return given
end

--- The default application, where there is one.
---@param given oneoff.nvim.Options
---@return string?
function config.app(given)
  return given.app or env("SCALINGO_APP")
end

--- Where the token comes from, or nil.
---@param given oneoff.nvim.Options
---@return string?
function config.token_source(given)
  return given.token and "vim.g.oneoff.token"
    or env("SCALINGO_API_TOKEN") and "SCALINGO_API_TOKEN" or nil
end

local account, account_key

-- What an account is made of: another one is made when something of it changed.
local function key_of(given)
  local parts = {}
  for _, name in ipairs(of_account) do parts[#parts + 1] = given[name] or "" end
  for _, name in ipairs(environment) do parts[#parts + 1] = env(name) or "" end
  return table.concat(parts, "\n")
end

--- A new account of these options.
---@param given oneoff.nvim.Options
---@param more table? config of scalingo.new besides
---@return oneoff.Account|nil, string? message
function config.new_account(given, more)
  local loaded, why = module.load()
  if not loaded then return nil, why end
  if not config.token_source(given) then
    return nil, "oneoff: no API token: set SCALINGO_API_TOKEN in Neovim's environment"
  end
  local wanted = {}
  for name, value in pairs(more or {}) do wanted[name] = value end
  for _, name in ipairs(of_account) do wanted[name] = given[name] end
  local ok, made = pcall(require("oneoff.scalingo").new, wanted)
  if ok then return made end
  return nil, "oneoff: " .. tostring(made):gsub("^%S+:%d+: ", "")
end

--- The account that commands share, for its bearer token and its share of requests.
---@param given oneoff.nvim.Options
---@return oneoff.Account|nil, string? message
function config.account(given)
  local key = key_of(given)
  if account and account_key == key then return account end
  local made, why = config.new_account(given)
  if not made then return nil, why end
  account, account_key = made, key
  return made
end

return config

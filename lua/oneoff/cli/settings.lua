-- Finds the settings (account, region, application), and where each one comes from.
-- SPDX-License-Identifier: MIT
--
-- The order: a flag, an environment variable, the git remote (the application and its region), the
-- files of the platform's own client. Nothing is written.

local env = require "oneoff.base.env"
local json = require "oneoff.base.json"
local shell_quote = require "oneoff.base.shell_quote"
local scalingo = require "oneoff.scalingo"
local url = require "oneoff.base.url"

local settings = {}

---@class oneoff.cli.Setting
---@field value string
---@field from string for a person: "--app", "SCALINGO_APP", …

local function setting(value, from)
  return value and { value = value, from = from } or nil
end

local function from_env(name)
  return setting(env(name), name)
end

local function config_folders()
  local folders = {}
  local xdg, home = env("XDG_CONFIG_HOME"), env("HOME")
  if xdg then folders[1] = xdg .. "/scalingo" end
  if home then folders[#folders + 1] = home .. "/.config/scalingo" end
  return folders
end

-- A JSON file of the platform's client, and its path.
local function stored(name)
  for _, folder in ipairs(config_folders()) do
    local path = folder .. "/" .. name
    local file = io.open(path, "rb")
    if file then
      local text = file:read(1024 * 1024)
      file:close()
      local value = text and json.decode(text)
      return type(value) == "table" and value or {}, path
    end
  end
end

local function field(value, ...)
  for _, name in ipairs { ... } do
    value = type(value) == "table" and value[name] or nil
  end
  return type(value) == "string" and value ~= "" and value or nil
end

-- The token that is stored for this authentication host; a token for another one is not sent to it.
local function stored_token(auth_url)
  local parsed = url.parse(auth_url)
  local login, path = stored("auth")
  if not parsed or not login then return nil end
  local hosts = login.auth_config_data
  return setting(field(hosts, parsed.authority, "tokens", "token")
    or field(hosts, parsed.host, "tokens", "token"), path)
end

local function stored_region()
  local config, path = stored("config.json")
  return setting(field(config, "region"), path)
end

--- The application and region of a git remote's address.
---@param address string
---@return string? app, string? region
function settings.of_remote(address)
  local host, path = address:match("^ssh://[^@/]*@([^/:]+):?%d*/(.+)$")
  if not host then host, path = address:match("^[^@/]*@([^:/]+):(.+)$") end
  local app = path and path:gsub("/+$", ""):gsub("%.git$", ""):match("([^/]+)$")
  if not app then return nil end
  return app, host:match("^ssh%.([^.]+)%.scalingo%.com$")
end

-- Of the git repository of the current folder.
local function remote_address(name)
  local pipe = io.popen(("git config --get %s 2>/dev/null"):format(
    shell_quote("remote." .. name .. ".url")))
  local address = pipe and pipe:read("*l")
  if pipe then pipe:close() end
  return address
end

local function read_remote(flags)
  local name = flags.remote or "scalingo"
  local address = remote_address(name)
  local app, region = settings.of_remote(address or "")
  return setting(app, "git remote " .. name), setting(region, "git remote " .. name)
end

--- Reads the settings; each is a value and where it comes from, or nil.
---@param flags { app: string?, region: string?, remote: string? }
---@return { app: oneoff.cli.Setting?, region: oneoff.cli.Setting, token: oneoff.cli.Setting?,
---  api_url: oneoff.cli.Setting, auth_url: oneoff.cli.Setting }
function settings.read(flags)
  local found = { app = setting(flags.app, "--app") }
  local region = setting(flags.region, "--region")
  if not flags.remote then found.app = found.app or from_env("SCALINGO_APP") end
  local remote_region
  if not found.app then found.app, remote_region = read_remote(flags) end
  found.region = region or from_env("SCALINGO_REGION") or remote_region or stored_region()
    or setting(scalingo.defaults.region, "default")
  -- A region on the command line is stronger than a host in the environment.
  found.api_url = not region and from_env("SCALINGO_API_URL")
    or setting("https://api." .. found.region.value .. ".scalingo.com", "the region")
  found.auth_url = from_env("SCALINGO_AUTH_URL")
    or setting(scalingo.defaults.auth_url, "default")
  found.token = from_env("SCALINGO_API_TOKEN") or stored_token(found.auth_url.value)
  return found
end

--- The account of the settings, or nil and what is missing.
---@param found table of settings.read
---@return oneoff.Account? account
---@return string? why
function settings.account(found)
  if not found.token then
    return nil, "no login: set SCALINGO_API_TOKEN, or log in with the platform's own client"
  end
  local ok, account = pcall(scalingo.new, { token = found.token.value,
    region = found.region.value, api_url = found.api_url.value, auth_url = found.auth_url.value })
  if ok then return account end
  local problem = tostring(account):gsub("^[^:]*:%d+: ", "")
  return nil, (problem:gsub("^bad option '([%w_]+)' %((.*)%)$", function(name, why)
    return found[name] and ("%s: %s"):format(found[name].from, why) or nil
  end))
end

return settings

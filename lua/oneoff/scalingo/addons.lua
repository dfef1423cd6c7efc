-- The add-ons of an account's applications: the list, the choice of one, the host of their API.
-- SPDX-License-Identifier: MIT
local addon = require "oneoff.scalingo.addon"
local api = require "oneoff.scalingo.api"
local failure = require "oneoff.base.failure"
local url = require "oneoff.base.url"

local addons = {}

---@class oneoff.Addons
local addons_methods = {}
local addons_mt = { __index = addons_methods }

---@param transport oneoff.Transport
---@param read table of settings.read
---@return oneoff.Addons
function addons.new(transport, read)
  return setmetatable({ transport_ = transport, api_ = read.api, auth_ = read.auth,
    region_ = read.region, database_api_ = read.database_api }, addons_mt)
end

-- The one whose API is ours, else the one of our region's name.
local function region_of(self, regions)
  local ours, named = url.text(self.api_):gsub("/+$", ""), nil
  for _, region in ipairs(regions) do
    if type(region) == "table" and type(region.database_api) == "string" then
      if type(region.api) == "string" and region.api:gsub("/+$", "") == ours then return region end
      if region.name == self.region_ then named = region end
    end
  end
  return named
end

-- The address of the Database API, with the "/api" that its paths begin with.
local function ask_database_api(self)
  local regions, message, code, detail = api.fetch(self.transport_, "regions",
    api.at(self.auth_, "/v1/regions"), "regions")
  if not regions then return nil, message, code, detail end
  local region = region_of(self, regions)
  local parsed = region and url.parse(region.database_api)
  if parsed then return parsed end
  return failure("regions", "protocol", "the platform names no Database API of this region")
end

--- The address of a path of the Database API.
---@param path string
---@return oneoff.Url|nil, string? message, string? code, table? detail
function addons_methods:database_api(path)
  if not self.database_api_ then
    local found, message, code, detail = ask_database_api(self)
    if not found then return nil, message, code, detail end
    self.database_api_ = found
  end
  local base = self.database_api_
  return { scheme = base.scheme, authority = base.authority, host = base.host,
    path = base.path:gsub("/+$", ""):gsub("/api$", "") .. "/api" .. path }
end

local function path_of(app)
  return "/v1/apps/" .. url.escape(app) .. "/addons"
end

--- As the platform lists them.
---@param app string
---@return table[]|nil, string? message, string? code, table? detail
function addons_methods:list(app)
  return api.fetch(self.transport_, "add-ons", api.at(self.api_, path_of(app)), "addons")
end

--- A token of one for the Database API, where it is good for an hour.
---@return string|nil token, string? message, string? code, table? detail
function addons_methods:token(app, id)
  local value, message, code, detail = api.ask(self.transport_, "add-on token", { method = "POST",
    is_idempotent = true, expects = "addon",
    url = api.at(self.api_, path_of(app) .. "/" .. url.escape(id) .. "/token") })
  if not value then return nil, message, code, detail end
  local token = value.addon.token
  if type(token) == "string" and token ~= "" then
    self.transport_.secrets:add_recent(token)
    return token
  end
  return failure("add-on token", "protocol", "the response has no token")
end

local function names_of(found)
  local names = {}
  for i, one in ipairs(found) do names[i] = ("%s (%s)"):format(one.id, one.name) end
  return table.concat(names, ", ")
end

-- Of those that fit the only one.
local function choose(app, which, found)
  if #found == 1 then return found[1] end
  local listed = {}
  for i, one in ipairs(found) do listed[i] = { id = one.id, name = one.name, kind = one.kind } end
  local what = which and ("add-on '%s'"):format(which) or "database among its add-ons"
  if #found == 0 then
    return failure("add-ons", "not_found", ("%s has no %s"):format(app, what))
  end
  return failure("add-ons", "invalid", ("%s has several databases, choose one by its id: %s")
    :format(app, names_of(found)), { addons = listed })
end

--- The one that is meant.
---@param app string
---@param which string? its id, or a kind of database
---@return oneoff.Addon|nil, string? message, string? code, table? detail
function addons_methods:find(app, which)
  local listed, message, code, detail = self:list(app)
  if not listed then return nil, message, code, detail end
  local found = {}
  for _, fields in ipairs(listed) do
    local one = type(fields) == "table" and type(fields.id) == "string"
      and addon.new(self, self.transport_, app, fields)
    if one and one.id == which then return one end
    if one and one.kind and (which == nil or which == one.kind) then found[#found + 1] = one end
  end
  return choose(app, which, found)
end

return addons

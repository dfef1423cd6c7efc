-- An add-on that is a database: its backups, and how one is asked for, awaited and downloaded.
-- SPDX-License-Identifier: MIT
local api = require "oneoff.scalingo.api"
local argcheck = require "oneoff.base.argcheck"
local date = require "oneoff.base.date"
local download = require "oneoff.scalingo.download"
local failure = require "oneoff.base.failure"
local rule = require "oneoff.base.rule"
local scheduler = require "oneoff.sched.scheduler"
local url = require "oneoff.base.url"

local addon = {}

local FIRST_WAIT, MOST_WAIT = 0.5, 10 -- seconds between two looks at a backup
local TIMEOUT = 3600 -- seconds

---@class oneoff.Addon
---@field id string
---@field app string
---@field name string of its provider: "PostgreSQL"
---@field kind string? of the database: "postgresql", "mysql", "mongodb", "redis" …
local addon_methods = {}
local addon_mt = { __index = addon_methods, __name = "oneoff.addon" }

function addon_mt:__tostring()
  return "oneoff.addon{" .. self.id .. "}"
end

---@class oneoff.Backup as the platform has it
---@field id string
---@field name string
---@field size number bytes
---@field status "scheduled"|"pending"|"running"|"done"|"error"
---@field method string "manual" or "periodic"
---@field created_at string
---@field started_at string?

-- A part of the provider's id, and what the database is called here.
local KINDS = { { "postgres", "postgresql" }, { "mysql", "mysql" }, { "mongo", "mongodb" },
  { "redis", "redis" }, { "elasticsearch", "elasticsearch" }, { "opensearch", "opensearch" },
  { "influx", "influxdb" } }

local function kind_of(provider)
  for _, kind in ipairs(KINDS) do
    if tostring(provider.id):lower():find(kind[1], 1, true) then return kind[2] end
  end
end

---@param addons oneoff.Addons
---@param transport oneoff.Transport
---@param app string
---@param fields table of the platform's answer
---@return oneoff.Addon
function addon.new(addons, transport, app, fields)
  local provider = type(fields.addon_provider) == "table" and fields.addon_provider or {}
  return setmetatable({ addons_ = addons, transport_ = transport, id = fields.id, app = app,
    name = tostring(provider.name or provider.id or "?"), kind = kind_of(provider) }, addon_mt)
end

-- Asks for something of the database, with a token of the add-on: of two refused ones in a row the
-- second is the answer.
local function ask(self, what, request, path)
  local target, message, code, detail = self.addons_:database_api("/databases/"
    .. url.escape(self.id) .. path)
  if not target then return nil, message, code, detail end
  local value
  for _ = 1, 2 do
    if not self.token_ then
      self.token_, message, code, detail = self.addons_:token(self.app, self.id)
      if not self.token_ then return nil, message, code, detail end
    end
    value, message, code, detail = api.ask(self.transport_, what, { method = request.method,
      url = target, token = self.token_, is_idempotent = request.method == "GET",
      body = request.body, expects = request.expects, kind = request.kind })
    if value then return value[request.expects] end
    if code ~= "unauthorized" then break end
    self.token_ = nil
  end
  return nil, message, code, detail
end

local function is_newer(one, other)
  local a, b = date.instant(one.created_at) or 0, date.instant(other.created_at) or 0
  if a ~= b then return a > b end
  return one.id > other.id
end

--- Its backups, the newest one first.
---@return oneoff.Backup[]|nil, string? message, string? code, table? detail
function addon_methods:backups()
  local listed, message, code, detail = ask(self, "backups",
    { method = "GET", expects = "database_backups" }, "/backups")
  if not listed then return nil, message, code, detail end
  local found = {}
  for _, backup in ipairs(listed) do
    if type(backup) == "table" and type(backup.id) == "string" then found[#found + 1] = backup end
  end
  table.sort(found, is_newer)
  return found
end

local function named(found, id)
  for _, backup in ipairs(found) do
    if backup.id == id then return backup end
  end
end

--- A backup that is done, and can be restored.
---@param id string? the newest one
---@return oneoff.Backup|nil backup
---@return integer|string? skipped how many newer ones are not done; or a message
---@return string? code not_found: there is none; invalid: that one is not done
---@return table? detail
function addon_methods:backup(id)
  argcheck.argument(1, "id", id, "string|nil")
  local found, message, code, detail = self:backups()
  if not found then return nil, message, code, detail end
  local wanted = id and named(found, id)
  if wanted and wanted.status ~= "done" then
    return failure("backup", "invalid", ("the backup %s is not done: its status is %s"):format(id,
      tostring(wanted.status)), { backup = wanted })
  elseif wanted then
    return wanted, 0
  elseif id then
    return failure("backup", "not_found", ("%s has no backup '%s'"):format(self.id, id))
  end
  for skipped, backup in ipairs(found) do
    if backup.status == "done" then return backup, skipped - 1 end
  end
  return failure("backup", "not_found", ("%s of %s has no backup that is done"):format(self.id,
    self.app), { skipped = #found })
end

--- Asks for a backup. It is made later: see wait_backup.
---@return oneoff.Backup|nil, string? message, string? code, table? detail
function addon_methods:create_backup()
  local backup, message, code, detail = ask(self, "backup",
    { method = "POST", body = "{}", expects = "database_backup" }, "/backups")
  if backup and type(backup.id) ~= "string" then
    return failure("backup", "protocol", "the response has no id of the backup")
  end
  return backup, message, code, detail
end

local wait_rule = { timeout = "number", on_status = rule.callable }

-- nil while it is not over; else what wait_backup returns.
local function ending(self, id, state, on_status)
  local found, message, code, detail = self:backups()
  if not found then return false, message, code, detail end
  local backup = named(found, id)
  if not backup then
    return false, select(2, failure("backup", "not_found",
      ("%s has no backup '%s'"):format(self.id, id)))
  end
  if on_status and backup.status ~= state.status then on_status(backup) end
  state.status, state.backup = backup.status, backup
  if backup.status == "done" then return backup end
  if backup.status == "error" then
    return false, select(2, failure("backup", "operation_failed",
      ("the platform could not make the backup %s"):format(id), { backup = backup }))
  end
end

--- Waits until a backup is done.
---@param id string
---@param options { timeout: number?, on_status: fun(backup: oneoff.Backup)? }? timeout: seconds
---  (3600)
---@return oneoff.Backup|nil backup
---@return string? message
---@return string? code operation_failed: its status is error; timeout …
---@return table? detail backup: as it was last
function addon_methods:wait_backup(id, options)
  argcheck.argument(1, "id", id, rule.name)
  options = argcheck.options(2, options, wait_rule)
  local last, span = scheduler.now() + (options.timeout or TIMEOUT), FIRST_WAIT
  local state = {}
  while true do
    local backup, message, code, detail = ending(self, id, state, options.on_status)
    if backup then return backup end
    if backup == false then return nil, message, code, detail end
    if scheduler.now() + span > last then
      return failure("backup", "timeout", ("the backup %s is still %s"):format(id,
        tostring(state.status)), { backup = state.backup })
    end
    local ok
    ok, message, code = scheduler.sleep(span)
    if not ok then return failure("backup", code, message) end
    span = math.min(MOST_WAIT, 2 * span)
  end
end

--- The address of a backup's archive. It is a secret: who has it can download the backup for some
--- time.
---@param id string
---@return string|nil address, string? message, string? code, table? detail
function addon_methods:archive_url(id)
  argcheck.argument(1, "id", id, rule.name)
  local address, message, code, detail = ask(self, "archive",
    { method = "GET", expects = "download_url", kind = "string" },
    "/backups/" .. url.escape(id) .. "/archive")
  if not address then return nil, message, code, detail end
  self.transport_.secrets:add_recent(address)
  local target, why
  target, why, code = download.target(address)
  if not target then return nil, why, code, {} end
  return address
end

local download_rule = { on_progress = rule.callable }

--- Downloads a backup to a file, `NAME.tar.gz`. It has its name when it is whole: its size is what
--- the platform says, and gzip finds no damage.
---@param backup oneoff.Backup
---@param path string
---@param options { on_progress: fun(received: integer, total: integer?)? }?
---@return integer|nil size bytes
---@return string? message
---@return string? code invalid: it is not what the platform says; io …
---@return table? detail
function addon_methods:download(backup, path, options)
  argcheck.argument(1, "backup", backup, "table")
  argcheck.argument(2, "path", path, "string")
  options = argcheck.options(3, options, download_rule)
  return download.to_file(self.transport_, function() return self:archive_url(backup.id) end,
    { path = path, size = backup.size, on_progress = options.on_progress })
end

return addon

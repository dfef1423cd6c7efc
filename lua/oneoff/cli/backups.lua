-- `oneoff backups` and `backup`: the backups of a database, and a new one.
-- SPDX-License-Identifier: MIT
local backup_words = require "oneoff.scalingo.backup"
local definition = require "oneoff.cli.definition"
local document = require "oneoff.cli.document"
local output = require "oneoff.cli.output"

local backups = {}

local function text(value)
  return type(value) == "string" and value or "-"
end

local function fields_of(backup)
  return { id = backup.id, name = text(backup.name), status = text(backup.status),
    method = text(backup.method), size = type(backup.size) == "number" and backup.size or nil,
    created_at = text(backup.created_at), started_at = text(backup.started_at),
    age = backup_words.age(backup) }
end

local function about(context, addon, more)
  local fields = { command = context.args.command, app = context.app, addon = addon.id,
    database = addon.kind }
  for name, value in pairs(more) do fields[name] = value end
  return fields
end

local commands = {}

function commands.backups(context, addon)
  local found, message, code, detail = addon:backups()
  if not found then return context.output:failure(message, code, detail) end
  local rows = { { "BACKUP", "STATUS", "SIZE", "AGE", "CREATED", "NAME" } }
  local listed = document.list()
  for i, backup in ipairs(found) do
    listed[i] = fields_of(backup)
    rows[i + 1] = { backup.id, text(backup.status), backup_words.size_text(backup) or "-",
      backup_words.age_text(backup) or "-", text(backup.created_at), text(backup.name) }
  end
  if #listed == 0 and not context.output.is_json then
    context.output:note(("%s of %s has no backups"):format(addon.id, context.app))
    return definition.status.ok
  end
  return context.output:result(about(context, addon, { backups = listed }), output.columns(rows))
end

-- The backup that is meant, done; a new one where none is named.
local function obtain(context, addon)
  local id, out = context.args.BACKUP, context.output
  local backup, message, code, detail
  if id == "latest" then return addon:backup() end
  if not id then
    backup, message, code, detail = addon:create_backup()
    if not backup then return nil, message, code, detail end
    id = backup.id
    out:note(("the backup %s of %s was asked for"):format(id, context.app))
  end
  backup, message, code, detail = addon:wait_backup(id, { timeout = context.args.timeout,
    on_status = function(now) out.progress:start("backup " .. text(now.status)) end })
  out.progress:stop()
  return backup, message, code, detail
end

local function is_folder(path)
  local file = io.open(path .. "/.", "rb")
  if file then file:close() end
  return file ~= nil
end

-- A name of the platform's becomes a file's only where it is one.
local function path_of(given, backup)
  local name = text(backup.name)
  if not name:find("^[%w_][%w_.:+-]*$") then name = backup.id:gsub("[^%w_-]", "_") end
  name = name .. ".tar.gz"
  if not given then return name end
  return is_folder(given) and given:gsub("/*$", "") .. "/" .. name or given
end

local function download(context, addon, backup)
  local path, out = path_of(context.args.download[1], backup), context.output
  out.progress:start("downloading " .. text(backup.name))
  local size, message, code, detail = addon:download(backup, path, {
    on_progress = function(received, total) out.progress:update(received, total) end })
  out.progress:stop()
  if not size then return nil, message, code, detail end
  out:note("downloaded to " .. path)
  return path
end

-- The platform's backup failed: that is a result, as of a command that failed.
local function failed(context, addon, message, code, detail)
  local backup = code == "operation_failed" and detail.backup
  local status = context.output:failure(message, code, detail,
    backup and about(context, addon, { backup = fields_of(backup),
      status = definition.status.failed_check }) or nil)
  return backup and definition.status.failed_check or status
end

function commands.backup(context, addon)
  local backup, message, code, detail = obtain(context, addon)
  if not backup then return failed(context, addon, message, code, detail) end
  context.output:note("done: " .. backup_words.text(backup))
  local path
  if context.args.download then
    path, message, code, detail = download(context, addon, backup)
    if not path then return context.output:failure(message, code, detail) end
  end
  return context.output:result(about(context, addon, { backup = fields_of(backup), file = path,
    status = definition.status.ok }), (path or backup.id) .. "\n")
end

--- Does what the command says.
---@return integer status
function backups.start(context)
  local addon, message, code, detail = context.account:addon(context.app, context.args.addon)
  if not addon then return context.output:failure(message, code, detail) end
  return commands[context.args.command](context, addon)
end

return backups

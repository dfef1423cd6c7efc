-- Makes a backup of the database before a restore changes it, and says how it is brought back.
-- SPDX-License-Identifier: MIT

local shell_quote = require "oneoff.base.shell_quote"

local backup_first = {}

local function word(text)
  return text:find("^[%w_.:-]+$") and text or shell_quote(text)
end

local function command(app, addon, id)
  return ("oneoff restore -a %s --from %s --addon %s"):format(word(app), word(app .. "::" .. id),
    word(addon))
end

local function tell(opts, backup)
  if opts.on_event then
    opts.on_event({ type = "backup_first", id = backup.id, status = backup.status })
  end
end

--- Makes it, and waits until it is done.
---@param account oneoff.Account
---@param opts table of restore.run
---@param database string the kind of the database
---@return table|nil made for the report, string? message, string? code, table? detail
function backup_first.make(account, opts, database)
  local which = opts.backup_first
  local addon, message, code, detail = account:addon(opts.app, which == true and database or which)
  if not addon then return nil, message, code, detail end
  local backup
  backup, message, code, detail = addon:create_backup()
  if not backup then return nil, message, code, detail end
  tell(opts, backup)
  backup, message, code, detail = addon:wait_backup(backup.id, { timeout = opts.timeout,
    on_status = function(now) tell(opts, now) end })
  if not backup then return nil, message, code, detail end
  return { id = backup.id, name = backup.name, size = backup.size, created_at = backup.created_at,
    addon = addon.id, command = command(opts.app, addon.id, backup.id) }
end

local function sentence(made)
  return ("the backup %s was made before: %s"):format(made.id, made.command)
end

--- Adds it to a report, and to what a failure says.
---@param report table
---@param made table
function backup_first.add(report, made)
  report.backup_first = made
  if report.ok then
    table.insert(report.remarks, sentence(made))
    return
  end
  if report.failure then report.failure.left = report.failure.left .. "; " .. sentence(made) end
  report.why = ("%s (%s)"):format(report.why or "it failed", sentence(made))
end

--- The same for a message.
---@param message string
---@param made table?
---@return string
function backup_first.explain(message, made)
  return made and ("%s (%s)"):format(message, sentence(made)) or message
end

return backup_first

-- Restores a backup of the platform's: finds it, has the container fetch it, or fetches it here.
-- SPDX-License-Identifier: MIT

local backup_words = require "oneoff.scalingo.backup"
local child = require "oneoff.child"
local cleanup = require "oneoff.sched.cleanup"
local databases = require "oneoff.restore.databases"
local failure = require "oneoff.base.failure"
local fetch = require "oneoff.restore.fetch"
local rule = require "oneoff.base.rule"
local safe_call = require "oneoff.sched.safe_call"
local steps = require "oneoff.restore.steps"

local from = {}

local NAME = "backup.tar.gz"

local name_rule = rule.of("a name", function(value)
  return type(value) == "string" and value ~= ""
end)

--- The options `from` and `via`.
from.rules = {
  from = { app = name_rule, addon = name_rule, backup = name_rule },
  via = rule.one_of { "here", "container" },
}

--- What is wrong with them together, or nil.
---@param opts table
---@return string? problem, string? place
function from.problem(opts)
  if not opts.from then
    return opts.via and "a backup expected (from)" or nil, opts.via and ".via"
  elseif opts.dump ~= nil then
    return "a dump or a backup (from) expected, got both", ".dump"
  elseif opts.compress then
    return "a backup is compressed already", ".compress"
  end
end

local function copy_of(opts)
  local copy = {}
  for name, value in pairs(opts) do copy[name] = value end
  copy.from, copy.via = nil, nil
  return copy
end

-- The add-on, its backup, and what it is restored as: of one kind of database to the same.
local function find(account, opts, who)
  local given = opts.from
  local app = given.app or opts.app
  local kind = databases.name(opts.database)
  local addon, message, code, detail = account:addon(app, given.addon or kind)
  if not addon then return nil, message, code, detail end
  if not databases.of(kind or addon.kind) then
    return failure(who, "invalid", ("a backup of %s cannot be restored"):format(addon.name))
  end
  local backup, skipped
  backup, skipped, code, detail = addon:backup(given.backup)
  if not backup then return nil, skipped, code, detail end
  return { addon = addon, backup = backup, skipped = skipped,
    database = kind or databases.name(addon.kind) }
end

local function described(source)
  local backup, addon = source.backup, source.addon
  return { id = backup.id, name = backup.name, size = backup.size, created_at = backup.created_at,
    age = backup_words.age(backup), app = addon.app, addon = addon.id, skipped = source.skipped,
    text = ("%s, of %s (%s)"):format(backup_words.text(backup), addon.app, addon.id) }
end

local function tell(opts, event)
  if opts.on_event then opts.on_event(event) end
end

local function add(report, about)
  if not report then return end
  report.backup = about
  if not report.remarks then return end
  table.insert(report.remarks, 1, "the backup is " .. about.text)
  if about.skipped > 0 then
    table.insert(report.remarks, 2, ("skipped: %d newer, not done"):format(about.skipped))
  end
end

-- Whether the address was refused. The log of a task that only found this is nothing to keep.
local function is_expired(opts, report, detail)
  local told = report or type(detail) == "table" and detail.report
  local step = told and told.steps[steps.READ]
  if not step or step.exit_code ~= fetch.EXPIRED then return false end
  if told.log and opts.log == nil then os.remove(told.log) end
  return true
end

-- An address lives for a while, and a container may be long in coming: one that is refused is asked
-- for once more, and another container with it. Nothing was changed yet.
local function in_container(opts, source, run_with, who)
  local report, message, code, detail
  for _ = 1, 2 do
    local address
    address, message, code, detail = source.addon:archive_url(source.backup.id)
    if not address then return nil, message, code, detail end
    report, message, code, detail = run_with(copy_of(opts), { database = source.database,
      name = NAME, config = fetch.config(address),
      script = fetch.script(NAME, source.backup.size) })
    if not is_expired(opts, report, detail) then return report, message, code, detail end
  end
  local told = report or detail.report
  return failure(who, "unauthorized", "the address of the backup was refused twice",
    { report = told })
end

local function make_folder(who)
  local process, message, code = child.start { "mktemp", "-d" }
  if not process then return failure(who, code, message) end
  local path = process:read()
  process:wait()
  process:close()
  path = path and path:match("^[^\n]+")
  if path then return path end
  return failure(who, "io", "there is no folder for temporary files")
end

local function remove(folder)
  os.remove(folder .. "/" .. NAME .. ".part")
  os.remove(folder .. "/" .. NAME)
  os.remove(folder)
end

local function through_here(opts, source, run_with, folder)
  local path = folder .. "/" .. NAME
  local size, message, code, detail = source.addon:download(source.backup, path, {
    on_progress = function(received, total)
      tell(opts, { type = "download", received = received, total = total })
    end })
  if not size then return nil, message, code, detail end
  local again = copy_of(opts)
  again.dump, again.database = path, source.database
  return run_with(again)
end

local function here(opts, source, run_with, who)
  local folder, message, code, detail = make_folder(who)
  if not folder then return nil, message, code, detail end
  local release = cleanup.add(remove, folder)
  local ok, report
  ok, report, message, code, detail = safe_call.call(through_here, opts, source, run_with, folder)
  release()
  remove(folder)
  if not ok then error(report, 0) end
  return report, message, code, detail
end

--- Restores the backup that `opts.from` names.
---@param account oneoff.Account
---@param opts table of restore.run
---@param run_with fun(opts: table, source: table?): table?, string?, string?, table?
---@param who string begins the messages
---@return table|nil report, string? message, string? code, table? detail
function from.run(account, opts, run_with, who)
  local source, message, code, detail = find(account, opts, who)
  if not source then return nil, message, code, detail end
  local about = described(source)
  tell(opts, { type = "backup", backup = about })
  local report
  report, message, code, detail = (opts.via == "here" and here or in_container)(opts, source,
    run_with, who)
  add(report or type(detail) == "table" and detail.report or nil, about)
  return report, message, code, detail
end

return from

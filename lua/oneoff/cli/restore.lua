-- `oneoff restore`: a dump into the application's database, with checks before and after.
-- SPDX-License-Identifier: MIT
local descriptor = require "oneoff.descriptor"
local restore = require "oneoff.restore"
local workflow = require "oneoff.cli.workflow"

local restore_command = {}

local function standard_input()
  local bytes, message = descriptor.read(0, 65536)
  if bytes or not message then return bytes end
  return nil, message
end

local function is_file(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- A step in one word or more: "!" and a command, a file, or SQL (which has a space or a semicolon).
local function step_of(text)
  if text:sub(1, 1) == "!" then return { command = text:sub(2) } end
  return text:find("[%s;]") and not is_file(text) and { sql = text } or { file = text }
end

local function steps_of(texts)
  local steps = {}
  for i, text in ipairs(texts) do steps[i] = step_of(text) end
  return #steps > 0 and steps or nil
end

-- The container's output is not the result of a restore: it is printed only with --verbose.
local function options_of(context)
  local args = context.args
  local options = workflow.options(context, {}, context.output:is_verbose())
  if args.from then
    options.from = { app = args.from.app, addon = args.addon, backup = args.from.backup }
  else
    options.dump = args.DUMP ~= "-" and args.DUMP or { read = standard_input, name = "dump" }
  end
  for _, name in ipairs { "database", "confirm", "compress", "log", "url_variable", "target",
    "via", "replace", "atomic", "client_version" } do
    options[name] = args[name]
  end
  if args.check and #args.check > 0 then options.checks = args.check end
  options.before, options.after = steps_of(args.before), steps_of(args.after)
  if args.no_analyze then options.analyze = false end
  if #args.protect > 0 then options.protected = args.protect end
  if args.no_verify_rows then options.verify_rows = false end
  for _, name in ipairs { "only_tables", "exclude_table_data" } do
    if #args[name] > 0 then options[name] = args[name] end
  end
  options.backup_first = args.backup_first
  options.schema_only, options.data_only = args.schema_only, args.data_only
  if args.no_transaction then options.transaction = false end
  for _, name in ipairs { "keep_owners", "keep_privileges", "keep_definers", "keep_replication" } do
    options[name] = args[name]
  end
  return options
end

--- What is wrong with these options together, or nil.
---@return string? misuse
function restore_command.misuse(args)
  if not args.from then
    if not args.DUMP then return "missing argument 'DUMP', or --from" end
    for _, name in ipairs { "via", "addon" } do
      if args[name] then return ("option '--%s' needs --from"):format(name) end
    end
  elseif args.DUMP then
    return "a DUMP or --from, not both"
  elseif args.list or args.dry_run then
    return "--list and --dry-run are for a DUMP on this machine, not for --from"
  end
end

--- Whether it asks nothing of the platform.
function restore_command.is_local(args)
  return args.list
end

--- Restores the dump.
---@return integer status
function restore_command.start(context)
  if context.args.list then return require("oneoff.cli.restore_list").start(context) end
  local options = options_of(context)
  if context.args.dry_run then
    local plan, message, code, detail = restore.plan(options)
    if not plan then return context.output:failure(message, code, detail) end
    return workflow.show_plan(context, plan)
  end
  return workflow.finish(context, restore.run(context.account, options))
end

return restore_command

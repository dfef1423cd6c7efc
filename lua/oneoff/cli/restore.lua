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

-- Lines of the container's output are no result of a restore: they are for who wants to see them.
local function options_of(context)
  local given = context.given
  local options = workflow.options(context, {}, context.output:is_verbose())
  options.dump = given.DUMP ~= "-" and given.DUMP or { read = standard_input, name = "dump" }
  for _, name in ipairs { "database", "confirm", "compress", "log", "url_variable", "target" } do
    options[name] = given[name]
  end
  if given.check and #given.check > 0 then options.checks = given.check end
  if #given.protect > 0 then options.protected = given.protect end
  if given.no_transaction then options.transaction = false end
  for _, name in ipairs { "keep_owners", "keep_privileges", "keep_definers", "keep_replication" } do
    options[name] = given[name]
  end
  return options
end

--- Restores the dump.
---@return integer status
function restore_command.start(context)
  local options = options_of(context)
  if context.given.dry_run then
    local plan, message, code, detail = restore.plan(options)
    if not plan then return context.output:failure(message, code, detail) end
    return workflow.show_plan(context, plan)
  end
  return workflow.finish(context, restore.run(context.account, options))
end

return restore_command

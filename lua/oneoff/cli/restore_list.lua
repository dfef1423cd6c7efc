-- Prints the tables of a dump, for `oneoff restore --list`.
-- SPDX-License-Identifier: MIT
local document = require "oneoff.cli.document"
local output = require "oneoff.cli.output"
local report = require "oneoff.task.report"
local restore = require "oneoff.restore"

local restore_list = {}

local function text_of(tables)
  local rows = { { "TABLE", "ROWS", "SIZE" } }
  for i, made in ipairs(tables) do
    rows[i + 1] = { made.name, made.rows and ("%d"):format(made.rows) or "?",
      made.bytes and report.size(made.bytes) or "?" }
  end
  return output.columns(rows)
end

--- Lists them.
---@return integer status
function restore_list.start(context)
  local args = context.args
  local listing, message, code, detail = restore.list { dump = args.DUMP,
    database = args.database, timeout = args.timeout }
  context.output.progress:clear()
  if not listing then return context.output:failure(message, code, detail) end
  return context.output:result({ command = "restore", list = true, database = listing.database,
    kind = listing.kind, tables = document.list(listing.tables) }, text_of(listing.tables))
end

return restore_list

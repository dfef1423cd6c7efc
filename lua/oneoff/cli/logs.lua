-- `oneoff logs`: the application's log, as it is or as it comes.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local document = require "oneoff.cli.document"

local logs = {}

local LINES = 100
local SIGPIPE = 13

--- What is wrong with these options together, or nil.
---@return string? misuse
function logs.misuse(args)
  return args.follow and args.json and "--follow and --json cannot be used together" or nil
end

--- Prints the lines.
---@return integer status
function logs.start(context)
  local args, output = context.args, context.output
  local next_line, message, code, detail = context.account:logs(context.app, {
    lines = args.lines or LINES, filter = args.filter, follow = args.follow })
  if not next_line then return output:failure(message, code, detail) end
  local lines = document.list()
  while true do
    local line
    line, message, code, detail = next_line()
    if not line then break end
    if output.is_json then
      lines[#lines + 1] = line
    else
      local is_written, problem, reason = output:bytes(line .. "\n")
      if reason == "closed" then return definition.status.signal + SIGPIPE end
      if not is_written then return output:failure(problem, reason) end
    end
  end
  if message then return output:failure(message, code, detail) end
  if not output.is_json then return definition.status.ok end
  return output:result({ command = "logs", app = context.app, lines = lines }, "")
end

return logs

-- The output of a command: the container's bytes or one document on stdout, all else on stderr.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local descriptor = require "oneoff.descriptor"
local document = require "oneoff.cli.document"
local github = require "oneoff.cli.github"
local messages = require "oneoff.cli.messages"
local progress = require "oneoff.cli.progress"
local report = require "oneoff.task.report"
local signals = require "oneoff.cli.signals"
local stderr = require "oneoff.cli.stderr"
local tty = require "oneoff.tty"

local output = {}

---@class oneoff.cli.Output
---@field progress oneoff.cli.Progress
---@field is_json boolean
---@field is_lines boolean? documents stand on one line each
---@field fields table? of the command's document, also where it is not printed
local output_methods = {}
local output_mt = { __index = output_methods, __name = "oneoff.cli.output" }

local LEVELS = { silent = 0, quiet = 1, verbose = 3 }

local STDOUT, STDERR = 1, 2
local SIGPIPE = 13

---@param args table the options of the command line
---@return oneoff.cli.Output
function output.new(args)
  local level = args.silent and LEVELS.silent or args.quiet and LEVELS.quiet
    or args.verbose and LEVELS.verbose or 2
  local self = setmetatable({ level_ = level, is_json = args.json or false,
    command_ = args.command }, output_mt)
  self.progress = progress.new({ is_shown = level >= 2 and not args.no_progress })
  return self
end

-- Prints a line for a person. Control characters in it (of a name, of a server's message) must not
-- reach the terminal.
local print_line = stderr.guarded(function(self, level, text)
  if self.level_ < level then return end
  self.progress:clear()
  text = github.plain((tostring(text):gsub("[%z\1-\8\11-\31\127]", " ")))
  stderr.write("oneoff: ", text, "\n")
end)

--- An error, or what the user must not miss.
function output_methods:warn(text) print_line(self, 1, text) end

--- What is going on.
function output_methods:note(text) print_line(self, 2, text) end

--- What --verbose prints besides.
function output_methods:detail(text) print_line(self, 3, text) end

---@return boolean
function output_methods:is_verbose() return self.level_ >= 3 end

--- A text of several lines for a person.
output_methods.text = stderr.guarded(function(self, text)
  if self.level_ < 2 then return end
  self.progress:clear()
  stderr.write(github.plain(text))
end)

--- A report of a task or a restore, or another one that `write` makes a text of.
---@param result table
---@param write fun(result: table, style: table): string (report.text)
output_methods.report = stderr.guarded(function(self, result, write)
  if self.level_ < 2 then return end
  local has_colour = tty.is_terminal(STDERR) and os.getenv("TERM") ~= "dumb"
  local text = (write or report.text)(result, { colour = has_colour })
  self:text(messages.translate(self.command_, text))
end)

--- Prints the container's bytes on stdout; waits until they are read. A failure is kept for
--- `settle`.
---@return true|nil, string? message, string? code "closed": the reader is gone
function output_methods:bytes(bytes)
  self.progress:clear()
  local ok, message, code = descriptor.write(STDOUT, bytes)
  if ok then return true end
  message = "standard output: " .. message
  if code ~= "canceled" then self.lost_ = self.lost_ or { message = message, code = code } end
  return nil, message, code
end

--- Prints the command's one document.
---@param fields table
---@return true|nil, string? message, string? code
function output_methods:document(fields)
  local text = (self.is_lines and document.line or document.text)(fields)
  return self:bytes(github.plain_json(text))
end

--- The status for the exit: a success whose result could not be written is none.
---@param status integer
---@return integer status
function output_methods:settle(status)
  local lost = self.lost_
  if not lost or status ~= definition.status.ok then return status end
  if lost.code == "closed" then return definition.status.signal + SIGPIPE end
  self:warn(lost.message)
  return definition.status.failure
end

--- Prints the result of a command: the document, or else the text.
---@param fields table
---@param text string
---@return integer status
function output_methods:result(fields, text)
  local ok, message, code
  if self.is_json then
    ok, message, code = self:document(fields)
  else
    ok, message, code = self:bytes(text)
  end
  if ok then return definition.status.ok end
  return self:failure(message, code)
end

local KEPT = { "status", "retry_after", "stopped", "container", "operation", "kind" }

-- The status for a call that failed. Where a signal cancelled it, the signal is the reason.
local function status_of(code)
  local number = code == "canceled" and signals.received()
  if number then return definition.status.signal + number end
  if code == "timeout" or code == "inactivity" then return definition.status.timeout end
  return definition.status.failure
end

--- Prints that a call failed, on stderr and as the document.
---@param fields table? more for the document, a partial report
---@return integer status
function output_methods:failure(message, code, detail, fields)
  local status = status_of(code)
  message = messages.translate(self.command_, tostring(message))
  if status > definition.status.signal then
    message = ("interrupted by signal %d"):format(status - definition.status.signal)
  end
  self:warn(message)
  if type(detail) == "table" and type(detail.stopped) == "string" then
    self:warn("the container could not be stopped: " .. detail.stopped)
  elseif type(detail) == "table" and detail.stopped then
    self:note("the container was stopped")
  end
  local about = {}
  for _, name in ipairs(KEPT) do
    local value = type(detail) == "table" and detail[name]
    if value then about[name] = value end
  end
  local all = { error = { message = message, code = code, detail = about }, status = status }
  for name, value in pairs(fields or {}) do all[name] = value end
  self.fields = all
  if not self.is_json then return status end
  local ok, problem = self:document(all)
  if not ok then self:warn(problem) end
  return status
end

--- Lays rows out in columns.
---@param rows string[][]
---@return string
function output.columns(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, #cell) end
  end
  for _, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      cells[i] = (cell:gsub("%c", " ")) .. (" "):rep(i < #row and widths[i] - #cell or 0)
    end
    lines[#lines + 1] = table.concat(cells, "  ") .. "\n"
  end
  return table.concat(lines)
end

return output

-- Reads a dump that comes through a pipe: a FIFO, what a shell gives for <(…), standard input.
-- SPDX-License-Identifier: MIT
--
-- It can be read once and has no size: it goes in parts, held in memory, and the container alone
-- looks at it.

local child = require "oneoff.child"
local failure = require "oneoff.base.failure"

local pipe = {}

local pipe_methods = {}
local pipe_mt = { __index = pipe_methods, __name = "oneoff.restore.pipe" }

local TEST = '[ -e "$1" ] && [ ! -f "$1" ] && [ ! -d "$1" ]'

--- Whether a path leads to what can only be read from its beginning to its end.
---@param path string
---@return boolean
function pipe.is_one(path)
  if path:find("^/dev/fd/%d+$") or path:find("^/proc/[^/]+/fd/%d+$") or path == "/dev/stdin" then
    return true
  end
  local process = child.start { "sh", "-c", TEST, "sh", path }
  if not process then return false end
  repeat local more = process:read() until not more
  local status = process:wait()
  process:close()
  return status == 0
end

--- The reader of one: `read` as oneoff.task_file takes it. Nothing is opened before the first read.
---@param path string
---@return table
function pipe.new(path)
  local self = setmetatable({ path_ = path }, pipe_mt)
  function self.read()
    return self:next_()
  end
  return self
end

function pipe_methods:next_()
  if not self.process_ then
    local process, message = child.start { "cat", input = self.path_ }
    if not process then return nil, message end
    self.process_ = process
  end
  local bytes, message = self.process_:read()
  if bytes or message then return bytes, message end
  local status, errors = self.process_:wait()
  self:close()
  if status == 0 then return nil end
  return nil, status and errors:match("[^\n]*") or errors
end

--- Ends what reads it. Idempotent.
function pipe_methods:close()
  if self.process_ then self.process_:close() end
  self.process_ = nil
end

--- What was given as a dump, as oneoff.task_file takes it, and what is to be closed at the end.
---@param given string|table
---@param who string
---@return table|nil given
---@return table? reader or message
---@return string? code
function pipe.of(given, who)
  local path = type(given) == "string" and given or given.path
  if not path or not pipe.is_one(path) then return given end
  if type(given) == "table" and given.compress then
    return failure(who, "invalid", path .. " is a pipe: only files and folders are compressed")
  end
  local reader = pipe.new(path)
  local name = type(given) == "table" and given.name or nil
  return { read = reader.read, name = name or "dump" }, reader
end

return pipe

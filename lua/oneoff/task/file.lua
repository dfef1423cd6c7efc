-- A file to upload, from a path, a string or a function: its name, its size, its parts.
-- SPDX-License-Identifier: MIT
--
-- Every part can be sent again. A part of a file is read again. A part of a stream (a read
-- function, a folder, what is compressed on the way) is held in memory until it has arrived.
local archive = require "oneoff.task.archive"
local rule = require "oneoff.base.rule"

local task_file = {}

--- The most bytes in a part of a stream: the part is held here and once more in the engine.
task_file.STREAM_PART_SIZE = 8 * 1024 * 1024

--- The most parts of a file: the number in the name of a part has four digits.
task_file.MAX_PARTS = 9999

local file_methods = {}
local file_mt = { __index = file_methods, __name = "oneoff.task.file" }

local function is_string(value)
  return type(value) == "string"
end

local fields = {
  path = rule.of("a string without NUL bytes", function(value)
    return is_string(value) and not value:find("%z")
  end),
  data = rule.of("a string", is_string),
  read = rule.callable,
  name = rule.any,
  size = rule.of("a number of bytes", function(value)
    return type(value) == "number" and value >= 0 and value < math.huge and value % 1 == 0
  end),
  compress = rule.one_of(archive.FORMATS),
  join = rule.boolean,
}

local function kind_problem(given)
  local count = 0
  for _, kind in ipairs { "path", "data", "read" } do
    if given[kind] ~= nil then count = count + 1 end
  end
  if count ~= 1 then return "one of path, data and read expected" end
  if given.compress and not given.path then return "only a path can be compressed", ".compress" end
end

--- The name of a file in the container.
---@param given string|table as task.run takes it
---@return any name as it was given, the last component of the path else
function task_file.name(given)
  if is_string(given) then given = { path = given } end
  if given.name == nil and given.path then return given.path:match("([^/]*)/*$") end
  return given.name
end

local function name_problem(given)
  local name = task_file.name(given)
  if not is_string(name) then
    return "a string expected, got " .. (name == nil and "no value" or type(name)), ".name"
  elseif name == "" or name == "." or name == ".." or #name > 255 or name:find("[/%z]") then
    return ("not a file name: %q"):format(name), ".name"
  end
end

local file_rule = rule.all(fields, kind_problem, name_problem)

--- What is wrong with a file that a caller gave, or nil.
---@param given any
---@return string? problem "name: a string expected, got number"
function task_file.problem(given)
  if is_string(given) then given = { path = given } end
  if type(given) ~= "table" then return "a path or a table expected, got " .. type(given) end
  local problem, place = rule.problem(file_rule, given)
  return problem and (place and place:sub(2) .. ": " or "") .. problem
end

--- Makes a file of what a caller gave: "path", { path =, name =, compress = },
--- { data =, name = } or { read =, name =, size = }, each with an optional `join`.
---@param given string|table
---@return table? task_file
---@return string? problem
function task_file.new(given)
  local problem = task_file.problem(given)
  if problem then return nil, problem end
  if is_string(given) then given = { path = given } end
  return setmetatable({ name = task_file.name(given), path = given.path,
    size = given.data and #given.data or given.read and given.size, compress = given.compress,
    join = given.join, data_ = given.data, read_ = given.read }, file_mt)
end

-- The size and the first bytes of a path. (A folder can be opened, but not read.)
local function inspect(path, count)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local head, read_problem = file:read(count)
  local size, seek_problem = file:seek("end")
  file:close()
  if not head and read_problem then
    return nil, path .. ": " .. read_problem
  elseif not size then
    return nil, path .. ": " .. seek_problem .. " (if it has no size, give a read function)"
  end
  return size, head or ""
end

--- Whether a path leads to a folder.
---@param path string
---@return boolean
function task_file.is_folder(path)
  local file = io.open(path .. "/.", "rb")
  if file then file:close() end
  return file ~= nil
end

--- Finds the `size`, if it has one, and `is_folder`, before a byte is sent.
---@param timeout number? seconds
---@return true|nil
---@return string? message
---@return string? code "io", "timeout", "canceled"
function file_methods:open(timeout)
  if not self.path then return true end
  self.is_folder = task_file.is_folder(self.path)
  if not self.is_folder then
    local size, problem = inspect(self.path, 1)
    if not size then return nil, problem, "io" end
    self.size = size
  end
  if self.is_folder or self.compress then
    local message, code
    self.archive_, message, code = archive.new(self.path, self.is_folder, self.compress,
      timeout)
    if not self.archive_ then return nil, message, code end
  end
  return true
end

--- Ends the program that runs for it, if there is one.
function file_methods:close()
  if self.archive_ then self.archive_:close() end
end

--- Its kind, after `open`.
---@return "file"|"folder"|"stream"
function file_methods:kind()
  return self.is_folder and "folder" or self.read_ and "stream" or "file"
end

local function next_chunk(self, runner)
  if self.archive_ then
    return self.archive_:read(runner and runner:call_timeout())
  elseif runner then
    return runner:callback(self.read_)
  end
  return self.read_()
end

-- Whether a stream has more bytes: in `held_`, from `from_` on. Reads more if it holds none.
local function fill(self, runner)
  while not self.held_ do
    if self.is_over_ then return false end
    local chunk, problem, code = next_chunk(self, runner)
    if chunk == nil then
      self.is_over_ = true
      if problem then
        return nil, self.archive_ and problem or self.name .. ": " .. tostring(problem),
          self.archive_ and code or "io"
      end
    elseif type(chunk) ~= "string" then
      error(("bad source (its read function returned a %s, not a string or nil)"):format(
        type(chunk)), 0)
    elseif chunk ~= "" then
      self.held_, self.from_ = chunk, 1
    end
  end
  return true
end

-- The next `count` bytes of a stream; fewer only at its end.
local function gather(self, count, runner)
  local chunks, length = {}, 0
  while length < count do
    local has_more, message, code = fill(self, runner)
    if has_more == nil then
      return nil, message, code
    elseif not has_more then
      break
    end
    local chunk = self.held_
    if self.from_ > 1 or #chunk > count - length then
      chunk = chunk:sub(self.from_, self.from_ + count - length - 1)
    end
    self.from_ = self.from_ + #chunk
    self.held_ = self.from_ <= #self.held_ and self.held_ or nil
    length = length + #chunk
    chunks[#chunks + 1] = chunk
  end
  return table.concat(chunks)
end

--- The first `count` bytes, before compression; fewer if there are no more. They will still be
--- sent.
---@param count integer
---@return string? head
---@return string? message
---@return string? code "io"
function file_methods:head(count)
  if self.data_ then
    return self.data_:sub(1, count)
  elseif self.path then
    local size, head = inspect(self.path, count)
    if not size then return nil, head, "io" end
    return head
  end
  local head, message, code = gather(self, count)
  if not head then return nil, message, code end
  self.held_, self.from_ = head .. (self.held_ and self.held_:sub(self.from_) or ""), 1
  self.held_ = self.held_ ~= "" and self.held_ or nil
  return head
end

local function streamed_part(self, offset, limit, runner)
  local data, message, code = gather(self, math.min(limit, task_file.STREAM_PART_SIZE), runner)
  local has_more
  if data then has_more, message, code = fill(self, runner) end
  if has_more == nil then return nil, message, code end
  local total = offset + #data
  if self.read_ and self.size and (total > self.size or (total == self.size) == has_more) then
    return nil, ("%s: there are %s bytes than its size says"):format(self.name,
      total < self.size and "fewer" or "more"), "io"
  end
  return { data = data }, not has_more
end

--- The source of one part for the client's upload, without a name. It can be sent again.
---@param offset integer where the part begins: at the end of the part before it
---@param limit integer bytes that it may have
---@param runner table? of runner.lua, to call `read` and to limit the time
---@return table? part { path, offset, length } or { data }
---@return boolean|string is_last, or a message
---@return string? code io, timeout, canceled
function file_methods:part(offset, limit, runner)
  if self.archive_ or self.read_ then return streamed_part(self, offset, limit, runner) end
  local length = math.min(limit, self.size - offset)
  local is_last = offset + length >= self.size
  if self.data_ then
    return { data = self.data_:sub(offset + 1, offset + length) }, is_last
  elseif offset == 0 and is_last then
    return { path = self.path }, true
  end
  return { path = self.path, offset = offset, length = length }, is_last
end

--- The sizes of its parts; nil if they are not known before it is sent.
---@param limit integer
---@return integer[]?
function file_methods:part_sizes(limit)
  if self.archive_ or self.read_ then return nil end
  local sizes = {}
  for i = 1, math.max(1, math.ceil(self.size / limit)) do
    sizes[i] = math.min(limit, self.size - (i - 1) * limit)
  end
  return sizes
end

return task_file

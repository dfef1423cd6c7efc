-- A file to upload, from a path, a string or a function: its name, its size, its parts.
-- SPDX-License-Identifier: MIT
--
-- Every part can be sent a second time: a part of a file is read again, and of what streams (a read
-- function, what is compressed on the way, a folder) the part is held in memory until it is there.
local archive = require "oneoff.task.archive"

local task_file = {}

--- Bytes of a part of what streams, at most: it is in memory, and in the engine once more.
task_file.HELD = 8 * 1024 * 1024

--- The most parts of a file: their names are in order as far as four digits go.
task_file.MOST_PARTS = 9999

local file_methods = {}
local file_mt = { __index = file_methods, __name = "oneoff.task.file" }

local function is_callable(value)
  local mt = getmetatable(value)
  return type(value) == "function" or type(mt) == "table" and mt.__call ~= nil
end

local function name_problem(name)
  if type(name) ~= "string" then
    return "name: a string expected, got " .. type(name)
  elseif name == "" or name == "." or name == ".." or #name > 255 or name:find("[/%z]") then
    return ("name: not a file name: %q"):format(name)
  end
end

local function kind_problem(given)
  local kinds = 0
  for _, kind in ipairs { "path", "data", "read" } do
    kinds = kinds + (given[kind] ~= nil and 1 or 0)
  end
  local size = given.size
  if kinds ~= 1 then
    return "one of path, data and read expected"
  elseif given.path ~= nil and (type(given.path) ~= "string" or given.path:find("%z")) then
    return "path: a string without NUL bytes expected"
  elseif given.data ~= nil and type(given.data) ~= "string" then
    return "data: a string expected, got " .. type(given.data)
  elseif given.read ~= nil and not is_callable(given.read) then
    return "read: a function expected, got " .. type(given.read)
  elseif size ~= nil and (type(size) ~= "number" or size < 0 or size % 1 ~= 0) then
    return "size: a number of bytes expected"
  end
end

local fields = {
  path = true, data = true, read = true, name = true, size = true, compress = true, join = true,
}

local function option_problem(given)
  for name in pairs(given) do
    if not fields[name] then return tostring(name) .. ": no such option" end
  end
  if given.join ~= nil and type(given.join) ~= "boolean" then
    return "join: true or false expected"
  elseif given.compress == nil then
    return nil
  elseif not archive.is_format(given.compress) then
    return "compress: " .. archive.FORMATS .. " expected"
  end
  return given.path == nil and "compress: only what has a path is compressed" or nil
end

--- Reads what the caller gave: "path", { path =, name =, compress = }, { data =, name = } or
--- { read =, name =, size = }; and of each whether to `join` it.
---@param given string|table
---@return table? task_file
---@return string? problem what is wrong with it
function task_file.new(given)
  if type(given) == "string" then
    given = { path = given }
  elseif type(given) ~= "table" then
    return nil, "a path or a table expected, got " .. type(given)
  end
  local problem = kind_problem(given) or option_problem(given)
  local name = given.name
  if not problem then
    name = name == nil and given.path and given.path:match("([^/]*)/*$") or name
    problem = name_problem(name)
  end
  if problem then return nil, problem end
  return setmetatable({
    name = name, path = given.path, size = given.data and #given.data or given.read and given.size,
    compress = given.compress, join = given.join, data_ = given.data, read_ = given.read,
  }, file_mt)
end

-- Opens a path and tells its size and first bytes; a folder opens too, but cannot be read.
local function inspect(path, count)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local head, read_problem = file:read(count)
  local size, seek_problem = file:seek("end")
  file:close()
  if not head and read_problem then
    return nil, path .. ": " .. read_problem
  elseif not size then
    return nil, path .. ": " .. seek_problem .. " (for what has no size, give a read function)"
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

--- Finds out what can be known before a byte is sent: `size`, where it has one, and `is_folder`.
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

--- Ends what runs for it.
function file_methods:close()
  if self.archive_ then self.archive_:close() end
end

--- Its kind, once it is open.
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

-- Whether there are bytes of a stream in `held_`, from `from_` on; it reads where there are none.
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
      error(("bad source (its read function gave a %s, not a string or nil)"):format(
        type(chunk)), 0)
    elseif chunk ~= "" then
      self.held_, self.from_ = chunk, 1
    end
  end
  return true
end

-- Up to `count` bytes of a stream; fewer at its end only.
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

--- The first `count` bytes, or fewer where there are no more, of what is not packed yet; they stay
--- to be sent.
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
  local data, message, code = gather(self, math.min(limit, task_file.HELD), runner)
  local has_more
  if data then has_more, message, code = fill(self, runner) end
  if has_more == nil then return nil, message, code end
  local total = offset + #data
  if self.read_ and self.size and (total > self.size or (total == self.size) == has_more) then
    return nil, ("%s: the source gave %s bytes than it said"):format(self.name,
      total < self.size and "fewer" or "more"), "io"
  end
  return { data = data }, not has_more
end

--- What the client's upload takes for one part, without a name. It can be sent again.
---@param offset integer where the part begins: each part begins where the one before ended
---@param limit integer its greatest length
---@param runner table? with callback and budget, for the time that reading takes
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

--- The lengths of its parts, where they can be known before they are sent.
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

-- A file to upload, from a path, a string or a function: its name, its size, its parts.
-- SPDX-License-Identifier: MIT

local source = {}

local source_methods = {}
local source_mt = { __index = source_methods, __name = "oneoff.task.source" }

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
  return nil
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
  return nil
end

--- Reads what the caller gave: "path", { path =, name = }, { data =, name = } or
--- { read =, name =, size = }.
---@param given string|table
---@return table? source
---@return string? problem what is wrong with it
function source.new(given)
  if type(given) == "string" then
    given = { path = given }
  elseif type(given) ~= "table" then
    return nil, "a path or a table expected, got " .. type(given)
  end
  local problem = kind_problem(given)
  local name = given.name
  if not problem then
    name = name == nil and given.path and given.path:match("([^/]*)/*$") or name
    problem = name_problem(name)
  end
  if problem then
    return nil, problem
  end
  return setmetatable({
    name = name, path = given.path, size = given.data and #given.data or given.read and given.size,
    data_ = given.data, read_ = given.read,
  }, source_mt)
end

-- Opens a path and tells its size and first bytes; a folder opens too, but cannot be read.
local function look(path, count)
  local file, problem = io.open(path, "rb")
  if not file then
    return nil, problem
  end
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

--- Finds out what can be known before a byte is sent: `size`, where it has one.
---@return true|nil
---@return string? message
---@return string? code "io"
function source_methods:open()
  if self.path then
    local size, problem = look(self.path, 1)
    if not size then
      return nil, problem, "io"
    end
    self.size = size
  end
  return true
end

-- The next bytes of a read function, "" never; nil at the end or with a message.
local function pull(self)
  local chunk, problem = self.held_
  self.held_ = nil
  while chunk == nil or chunk == "" do
    if self.is_over_ then
      return nil
    end
    chunk, problem = self.read_()
    if chunk == nil then
      self.is_over_ = true
      return nil, problem
    end
  end
  return chunk
end

--- The first `count` bytes, or fewer where there are no more; they stay to be sent.
---@param count integer
---@return string? head
---@return string? message
---@return string? code "io"
function source_methods:head(count)
  if self.data_ then
    return self.data_:sub(1, count)
  elseif self.path then
    local size, head = look(self.path, count)
    if not size then
      return nil, head, "io"
    end
    return head
  end
  local head = ""
  while #head < count do
    local chunk, problem = pull(self)
    if problem then
      return nil, self.name .. ": " .. tostring(problem), "io"
    elseif not chunk then
      break
    end
    head = head .. chunk
  end
  self.held_ = head
  return head
end

-- A read function that ends after `limit` bytes and leaves the rest to the next part.
local function limited(self, limit)
  local left = limit
  return function()
    if left == 0 then
      return nil
    end
    local chunk, problem = pull(self)
    if not chunk then
      return nil, problem
    elseif #chunk > left then
      chunk, self.held_ = chunk:sub(1, left), chunk:sub(left + 1)
    end
    left = left - #chunk
    return chunk
  end
end

--- What the client's upload takes for one part.
---@param offset integer where the part begins: each part begins where the one before ended
---@param limit integer its greatest length
---@param wire string the name under which it goes over the wire
---@return table source
---@return integer? length bytes, where known
function source_methods:part(offset, limit, wire)
  local length = self.size and math.min(limit, self.size - offset)
  if self.data_ then
    return { data = self.data_:sub(offset + 1, offset + length), name = wire }, length
  elseif self.read_ then
    return { read = limited(self, limit), name = wire, size = length }, length
  elseif offset == 0 and length == self.size then
    return { path = self.path, name = wire }, length
  end
  return { path = self.path, name = wire, offset = offset, length = length }, length
end

--- Whether there is more from `offset` on; it may call the read function to know.
---@param offset integer bytes sent so far
---@return boolean? has_more
---@return string? message
---@return string? code "io"
function source_methods:has_more(offset)
  if self.size then
    return offset < self.size
  end
  local chunk, problem = pull(self)
  if problem then
    return nil, self.name .. ": " .. tostring(problem), "io"
  end
  self.held_ = chunk
  return chunk ~= nil
end

return source

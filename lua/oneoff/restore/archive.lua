-- Tells whether a PostgreSQL archive in custom format is whole, without unpacking its rows.
-- SPDX-License-Identifier: MIT
--
-- pg_restore has to unpack all of it to find out. The blocks of an archive carry their lengths: one
-- that was cut ends inside a block, or lacks one that its table of contents names. A byte that was
-- changed is found by the checksum of the rows, when they are restored, in the one transaction.
--
-- The layout is that of the versions 1.12 (PostgreSQL 9.0) to 1.16 (18).

local archive = {}

local OLDEST, NEWEST = 12, 16
local ROWS, LARGE_OBJECTS = 1, 3
local NO_DATA = 3 -- of an offset: the entry has none

local reader_methods = {}
local reader_mt = { __index = reader_methods }

local function short()
  error("short", 0)
end

function reader_methods:bytes(count)
  local bytes = count == 0 and "" or self.file:read(count)
  if not bytes or #bytes < count then short() end
  return bytes
end

function reader_methods:byte()
  return self:bytes(1):byte()
end

function reader_methods:integer()
  local bytes = self:bytes(1 + self.int_size)
  local value = 0
  for i = #bytes, 2, -1 do value = value * 256 + bytes:byte(i) end
  return bytes:byte(1) == 0 and value or -value
end

function reader_methods:skip(count)
  local at = self.file:seek("cur", count)
  if not at or at > self.size then short() end
end

function reader_methods:text()
  local length = self:integer()
  if length > 0 then self:skip(length) end
  return length >= 0
end

local function read_head(reader)
  if reader:bytes(5) ~= "PGDMP" then error("other", 0) end
  local major, minor = reader:byte(), reader:byte()
  reader:byte()
  reader.int_size, reader.offset_size = reader:byte(), reader:byte()
  if major ~= 1 or minor < OLDEST or minor > NEWEST or reader:byte() ~= 1 then error("other", 0) end
  reader.minor = minor
  if minor >= 15 then reader:byte() else reader:integer() end -- how it is compressed
  for _ = 1, 7 do reader:integer() end -- when it was made
  for _ = 1, 3 do reader:text() end
end

-- Whether the entry has rows.
local function read_entry(reader)
  reader:integer()
  local has_dumper = reader:integer() ~= 0
  for _ = 1, 4 do reader:text() end
  reader:integer()
  for _ = 1, 5 do reader:text() end
  if reader.minor >= 14 then reader:text() end
  if reader.minor >= 16 then reader:integer() end
  for _ = 1, 2 do reader:text() end
  while reader:text() do end -- dependencies
  local has_data = reader:byte() ~= NO_DATA
  reader:skip(reader.offset_size)
  return has_dumper and has_data
end

local function skip_chunks(reader)
  while true do
    local length = reader:integer()
    if length == 0 then return end
    if length < 0 then short() end
    reader:skip(length)
  end
end

local function read_block(reader, kind)
  reader:integer()
  if kind == ROWS then return skip_chunks(reader) end
  if kind ~= LARGE_OBJECTS then short() end
  while reader:integer() ~= 0 do skip_chunks(reader) end
end

local function walk(reader)
  read_head(reader)
  local expected, found, entries = 0, 0, reader:integer()
  for _ = 1, entries do
    if read_entry(reader) then expected = expected + 1 end
  end
  -- pg_dump 18 may write the table of contents once more behind the last block.
  while found < expected do
    read_block(reader, reader:byte())
    found = found + 1
  end
  if reader.file:seek() < reader.size and reader:integer() ~= entries then short() end
end

--- Whether it is whole: true, false, or nil for a version whose layout is not known.
---@param path string
---@return boolean? is_whole
function archive.is_whole(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  file:setvbuf("full", 4096)
  local size = file:seek("end")
  file:seek("set")
  local ok, problem = pcall(walk, setmetatable({ file = file, size = size }, reader_mt))
  file:close()
  if ok then return true end
  if problem == "short" then return false end
  return nil
end

return archive

-- Looks at a dump here, before a container is asked for: what it is, and whether it is whole.
-- SPDX-License-Identifier: MIT
--
-- A file or a folder is read through by the script that reads it in the container, in a process of
-- its own. What cannot be read here (a function's bytes, a pipe, a compression whose program is
-- missing) is left to the container, and said.

local archive = require "oneoff.restore.archive"
local child = require "oneoff.child"
local databases = require "oneoff.restore.databases"
local dump = require "oneoff.restore.dump"
local excerpt = require "oneoff.base.excerpt"
local facts = require "oneoff.restore.facts"
local failure = require "oneoff.base.failure"
local reading = require "oneoff.restore.reading"
local task_file = require "oneoff.task.file"

local inspect = {}

local function has(list, value)
  for _, other in ipairs(list) do
    if other == value then return true end
  end
  return false
end

-- What its first bytes rule out: true, or nil, message, code, detail.
local function judge_head(file, recipe, kind, who)
  if dump.is_layer(kind) or has(recipe.kinds, kind) then return true end
  return failure(who, "invalid", ("%s is %s, nothing to restore into %s"):format(file.name,
    dump.what(kind), recipe.title), { kind = kind })
end

local function output_of(process, deadline_left)
  local parts = {}
  while true do
    local chunk, message, code = process:read(deadline_left())
    if not chunk then return not message and table.concat(parts) or nil, message, code end
    parts[#parts + 1] = chunk
  end
end

-- The script is too long for an argument, and reads nothing.
local function script_file(text)
  local path = os.tmpname()
  local file, message = io.open(path, "wb")
  if not file then return nil, message end
  file:write(text)
  file:close()
  return path
end

-- Runs the script to its end: output and exit status, or nil, message, code.
local function run(text, deadline_left)
  local path, message = script_file(text)
  if not path then return nil, message, "io" end
  local process, code
  process, message, code = child.start { "sh", "-s", input = path }
  os.remove(path)
  if not process then return nil, message, code end
  local output, status
  output, message, code = output_of(process, deadline_left)
  if output then status, message, code = process:wait() end
  process:close()
  if not status then return nil, message, code end
  return output, status, message
end

-- Reads the file through. Returns its facts, or nil, message, code, detail; or false, why not, and
-- the kind as far as it was found. An archive that looks cut is read by its own program.
local function read_through(file, recipe, opts, place)
  local is_whole = not place.is_folder and archive.is_whole(file.path)
  local text = reading.command_here(file.path, place.is_folder, recipe, opts, is_whole)
  local output, status, said = run(text, place.deadline_left)
  if not output then
    return failure(place.who, said, "reading " .. file.name .. ": " .. status)
  elseif status == dump.INVALID then
    return failure(place.who, "invalid", file.name .. ": " .. (excerpt.last_line(output)
      or "damaged"))
  elseif status ~= 0 then
    return false, excerpt.last_line(output .. "\n" .. said) or "exit status " .. status,
      output:match("^kind\t(%S+)")
  end
  return facts.read(output)
end

-- Says which database a kind is of; nil where several, or none, take it.
local function detect(file, kind, who)
  local found
  for name, recipe in pairs(databases.all) do
    if has(recipe.kinds, kind) then
      if found then
        found = nil
        break
      end
      found = name
    end
  end
  if found then return found end
  return failure(who, "invalid", ("%s is %s: say which database it is for with option 'database'")
    :format(file.name, dump.what(kind)), { kind = kind })
end

local function kind_by_head(file, is_folder, who)
  if is_folder then return "tar" end
  local head, message, code = file:head(dump.HEAD)
  if not head then return failure(who, code, message) end
  return dump.kind(head)
end

-- What unpacks a beginning.
local UNPACK = { gzip = "gzip -dc", zstd = "zstd -dcq", xz = "xz -dc" }
local PACKED_HEAD = 64 * 1024

-- The kind below the first layer of what is not read through here, as its beginning tells.
local function kind_below(file, kind, deadline_left)
  local head = UNPACK[kind] and file:head(PACKED_HEAD)
  local path = head and script_file(head)
  if not path then return kind end
  local below = run(("%s <%s 2>/dev/null | head -c %d"):format(UNPACK[kind], path, dump.HEAD),
    deadline_left)
  os.remove(path)
  return below and below ~= "" and dump.kind(below) or kind
end

local function unread(file, opts)
  if opts.verify == false then return "verify = false" end
  return not file.path and "it is no file" or nil
end

-- Rows that were written last stand in a file beside a SQLite database.
local function judge_beside(file, kind, who)
  for _, ending in ipairs { "-wal", "-journal" } do
    local beside = kind == "sqlite" and file.path and io.open(file.path .. ending, "rb")
    local size = beside and beside:seek("end") or 0
    if beside then beside:close() end
    if size > 0 then
      return failure(who, "invalid", ("%s%s is beside it (write-ahead log or journal of the "
        .. "database) and holds what was written last: give both in one tar archive"):format(
        file.name, ending))
    end
  end
  return true
end

--- What a dump is, and whether it is whole.
---@param file table of task/file.lua
---@param opts table of restore.run
---@param deadline_left fun(): number seconds that it may take
---@param who string begins the messages
---@return { database: string, kind: string, facts: table?, unchecked: string?,
---  is_folder: boolean }? found unchecked: why it was not read through, and has no facts
---@return string? message
---@return string? code invalid, io, timeout, canceled
---@return table? detail
function inspect.at(file, opts, deadline_left, who)
  local recipe = databases.of(opts.database) or databases.any
  local place = { who = who, deadline_left = deadline_left,
    is_folder = file.path ~= nil and task_file.is_folder(file.path) }
  local kind, message, code, detail = kind_by_head(file, place.is_folder, who)
  local fits = kind
  if kind then fits, message, code, detail = judge_head(file, recipe, kind, who) end
  if fits then fits, message, code, detail = judge_beside(file, kind, who) end
  if not fits then return nil, message, code, detail end
  local found, unchecked = nil, unread(file, opts)
  if not unchecked then
    found, message, code, detail = read_through(file, recipe, opts, place)
    if found == nil then return nil, message, code, detail end
    kind, unchecked = found and found.dump.kind or code or kind, not found and message or nil
  end
  local database = databases.name(opts.database)
  if not database then
    kind = unchecked and kind_below(file, kind, deadline_left) or kind
    database, message, code, detail = detect(file, kind, who)
    if not database then return nil, message, code, detail end
  end
  return { database = database, kind = kind, facts = found or nil, unchecked = unchecked,
    is_folder = place.is_folder }
end

return inspect

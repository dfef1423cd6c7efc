-- Looks at a dump here, before a container is asked for: what it is, whether it is whole.
-- SPDX-License-Identifier: MIT
--
-- A file is read through by the script that reads it in the container, in a process of its own.
-- What cannot be read here (a function's bytes, a folder, a compression whose program is missing)
-- is left to the container, and said.

local child = require "oneoff.child"
local dump = require "oneoff.restore.dump"
local failure = require "oneoff.base.failure"
local excerpt = require "oneoff.base.excerpt"
local databases = require "oneoff.restore.databases"
local task_file = require "oneoff.task.file"

local inspect = {}

local WHO = "restore.run"

local function has(list, value)
  for _, other in ipairs(list) do
    if other == value then
      return true
    end
  end
  return false
end

-- What its first bytes rule out: true, or nil, message, code, detail.
local function judge_head(file, recipe, kind)
  if dump.is_layer(kind) or has(recipe.kinds, kind) then
    return true
  end
  return failure(WHO, "invalid", ("%s is %s, nothing to restore into %s"):format(file.name,
    dump.what(kind), recipe.title), { kind = kind })
end

local function output_of(process, deadline_left)
  local parts = {}
  while true do
    local chunk, message, code = process:read(deadline_left())
    if not chunk then
      return not message and table.concat(parts) or nil, message, code
    end
    parts[#parts + 1] = chunk
  end
end

-- Reads the file through. Returns its kind, or nil, message, code, detail; or false and why not.
local function read_through(file, recipe, deadline_left)
  local process, message = child.start { "sh", "-c", dump.look_command(file.path, recipe) }
  if not process then
    return false, message
  end
  local output, status, code
  output, message, code = output_of(process, deadline_left)
  if output then
    status, message, code = process:wait()
  end
  process:close()
  if not status then
    return failure(WHO, code, "reading " .. file.name .. ": " .. message)
  elseif status == dump.INVALID then
    return failure(WHO, "invalid", file.name .. ": " .. (excerpt.last_line(output) or "damaged"))
  elseif status ~= 0 then
    return false, excerpt.last_line(output .. "\n" .. message) or "exit status " .. status
  end
  return output:match("(%S+)\n$")
end

-- Says which database a kind is of; nil where several, or none, take it.
local function detect(file, kind)
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
  if found then
    return found
  end
  return failure(WHO, "invalid", ("%s is %s: say which database it is for with option 'database'")
    :format(file.name, dump.what(kind)), { kind = kind })
end

local function kind_by_head(file)
  if file.path and task_file.is_folder(file.path) then
    return "tar"
  end
  local head, message, code = file:head(dump.HEAD)
  if not head then
    return failure(WHO, code, message)
  end
  return dump.kind(head)
end

local function unread(file, opts)
  if opts.verify == false then
    return "verify = false"
  elseif not file.path then
    return "it is no file"
  elseif task_file.is_folder(file.path) then
    return "it is a folder"
  end
  return nil
end

--- What a dump is, and whether it is whole.
---@param file table a task_file of task/task_file.lua
---@param opts table of restore.run
---@param deadline_left fun(): number seconds that it may take
---@return { database: string, kind: string, unchecked: string? }? found unchecked: why it was not
---  read through
---@return string? message
---@return string? code invalid, io, timeout, canceled
---@return table? detail
function inspect.at(file, opts, deadline_left)
  local recipe = databases.of(opts.database) or databases.any
  local kind, message, code, detail = kind_by_head(file)
  if kind then
    local fits
    fits, message, code, detail = judge_head(file, recipe, kind)
    kind = fits and kind
  end
  if not kind then
    return nil, message, code, detail
  end
  local unchecked = unread(file, opts)
  if not unchecked then
    local deeper
    deeper, message, code, detail = read_through(file, recipe, deadline_left)
    if deeper == nil then
      return nil, message, code, detail
    end
    kind, unchecked = deeper or kind, not deeper and message or nil
  end
  local database = databases.name(opts.database)
  if not database then
    database, message, code, detail = detect(file, kind)
    if not database then
      return nil, message, code, detail
    end
  end
  return { database = database, kind = kind, unchecked = unchecked }
end

return inspect

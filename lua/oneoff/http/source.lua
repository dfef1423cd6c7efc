-- What an upload sends: a file, a part of one, bytes, or what a function reads; and its name.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"
local misuse = require "oneoff.base.misuse"
local rule = require "oneoff.base.rule"

local source = {}

---@alias oneoff.Source string|oneoff.FileSource|oneoff.DataSource|oneoff.ReadSource

---@class oneoff.FileSource
---@field path string
---@field name string? under which it stands in the container (the path's last component)
---@field offset integer? bytes to leave out at its beginning
---@field length integer? bytes to send

---@class oneoff.DataSource
---@field data string
---@field name string

---@class oneoff.ReadSource
---@field read fun(): string? the next bytes, nil at the end; it may wait
---@field name string
---@field size integer? bytes in all; sent chunked where it is not known

local whole = rule.integer(0)
local fields = { path = "string", name = "string", offset = whole, length = whole, data = "string",
  read = "function", size = whole }

--- The last component of a path: a file stands in /tmp/uploads under it.
local function base_name(path)
  return path:match("[^/]*$")
end

-- What is wrong with a source, and in which field; nil where nothing is.
local function problem_of(given)
  if type(given) ~= "table" then return "path or table expected, got " .. type(given) end
  local problem, place = rule.problem(fields, given)
  if problem then return problem, place end
  local kinds = (given.path and 1 or 0) + (given.data and 1 or 0) + (given.read and 1 or 0)
  if kinds ~= 1 then return "one of 'path', 'data' and 'read' expected" end
  local field = given.path and not given.name and "path" or "name"
  local name = base_name(given.name or given.path or "")
  if name == "" or name == "." or name == ".." then return "a name of a file expected", field end
  if name:find("%z") or (given.path and given.path:find("%z")) then
    return "a zero byte in the name"
  end
end

--- Checks a source; raises at the caller's line what is wrong with it.
---@param given oneoff.Source
---@return table checked name, and path, offset, length | data | read, size
function source.check(given)
  if type(given) == "string" then given = { path = given } end
  local problem, place = problem_of(given)
  if place then problem = ("'%s': %s"):format((place:gsub("^%.", "")), problem) end
  if problem then misuse("bad source (" .. problem .. ")") end
  return { name = base_name(given.name or given.path), path = given.path, data = given.data,
    read = given.read, size = given.size, offset = given.offset, length = given.length }
end

-- What a header cannot hold, as browsers write line breaks (WHATWG, multipart/form-data).
local function without_controls(name)
  return (name:gsub("%c", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- As Go's mime package writes and reads it, which the platform and its client are made with.
local function escape(name)
  return (without_controls(name):gsub('[\\"]', "\\%0"))
end

--- The fields of engine:request for a multipart form with the one part `file`.
---@return table options, string name as it stands in the container
function source.multipart(checked)
  local boundary = "oneoff-" .. core.random(16)
  local options = {
    headers = { "Content-Type: multipart/form-data; boundary=" .. boundary },
    before = "--" .. boundary .. '\r\nContent-Disposition: form-data; name="file"; filename="'
      .. escape(checked.name) .. '"\r\nContent-Type: application/octet-stream\r\n\r\n',
    after = "\r\n--" .. boundary .. "--\r\n",
    file = checked.path, offset = checked.offset, length = checked.length,
    body = checked.data,
    feed = checked.read ~= nil, feed_size = checked.size,
  }
  return options, without_controls(checked.name)
end

return source

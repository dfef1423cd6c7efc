-- Compresses a file, or packs a folder as a tar archive, in a local program, and reads the result.
-- SPDX-License-Identifier: MIT
--
-- Nothing is written to disk. The end is reported only after the program ended with exit code 0: an
-- archive that is not complete is a failure.
local child = require "oneoff.child"

local archive = {}

local archive_methods = {}
local archive_mt = { __index = archive_methods, __name = "oneoff.task.archive" }

-- The fastest level of each: the upload waits for the program.
local FASTEST = {
  gzip = { { "pigz", "-1", "-c" }, { "gzip", "-1", "-c" } },
  zstd = { { "zstd", "-1", "-T0", "-q", "-c" } },
}

-- Finds files that tar will not be able to read, without reading them. Other problems are found by
-- tar.
local UNREADABLE = { "find", ".", "(", "-type", "f", "!", "-readable", ")", "-o", "(", "-type", "d",
  "(", "!", "-readable", "-o", "!", "-executable", ")", ")" }

--- The formats of compression.
archive.FORMATS = { "gzip", "zstd" }

local function program_for(format)
  for _, command in ipairs(FASTEST[format]) do
    if child.has(command[1]) then return command end
  end
  return nil, "there is no " .. format .. " on this machine", "io"
end

-- A relative path begins with "./": to `cd`, "-" and names in CDPATH have another meaning.
local function command_of(words, path, is_folder)
  local command = { input = not is_folder and path or nil }
  command.folder = is_folder and (path:find("^/") and path or "./" .. path) or nil
  for i, word in ipairs(words) do command[i] = word end
  return command
end

local function command_for(path, is_folder, format)
  local packer, message, code
  if format then
    packer, message, code = program_for(format)
    if not packer then return nil, message, code end
  end
  if not is_folder then
    return command_of(packer, path, false)
  elseif not child.has("tar") then
    return nil, "there is no tar on this machine", "io"
  end
  local command = command_of({ "tar", "-cf", "-", "." }, path, true)
  if packer then
    table.insert(command, 2, "--use-compress-program=" .. table.concat(packer, " ", 1, #packer - 1))
  end
  return command
end

-- The message and code for the first unreadable file of a folder, or nothing.
local function unreadable(path, timeout)
  local process = child.start(command_of(UNREADABLE, path, true))
  local first = ""
  while process and #first < 4096 do
    local chunk, message, code = process:read(timeout)
    if not chunk and (code == "canceled" or code == "timeout") then
      process:close()
      return message, code
    elseif not chunk then
      break
    end
    first = first .. chunk
  end
  if process then process:close() end
  local name = first:match("^([^\n]*)\n")
  if name then
    return ("%s: cannot be read"):format((path .. name:sub(2)):gsub("//+", "/")), "io"
  end
end

--- An archive of a file, which is compressed, or of a folder, which may be. The first read starts
--- the program.
---@param path string
---@param is_folder boolean
---@param format "gzip"|"zstd"|nil
---@param timeout number? seconds to look for unreadable files
---@return table? archive
---@return string? message
---@return string? code "io": a program is missing, or a file cannot be read; "timeout", "canceled"
function archive.new(path, is_folder, format, timeout)
  local command, message, code = command_for(path, is_folder, format)
  if command and is_folder then message, code = unreadable(path, timeout) end
  if message then return nil, message, code end
  return setmetatable({ command_ = command, path_ = path }, archive_mt)
end

local function ended(self)
  local status, errors, code = self.process_:wait()
  self:close()
  if status == 0 then
    return nil
  elseif not status then
    return nil, errors, code
  end
  local why = errors:gsub("%s+$", ""):match("[^\n]*$")
  return nil, ("%s: %s failed: %s"):format(self.path_, self.command_[1],
    why ~= "" and why or "exit code " .. status), "io"
end

--- The next bytes; only nil at the end.
---@param timeout number? seconds
---@return string? bytes
---@return string? message
---@return string? code io, timeout, canceled
function archive_methods:read(timeout)
  if not self.process_ then
    local process, message, code = child.start(self.command_)
    if not process then return nil, message, code end
    self.process_ = process
  end
  local bytes, message, code = self.process_:read(timeout)
  if bytes then
    return bytes
  elseif message then
    self:close()
    return nil, message, code
  end
  return ended(self)
end

--- Kills the program if it runs. Idempotent.
function archive_methods:close()
  if self.process_ then self.process_:close() end
  self.process_ = nil
end

return archive

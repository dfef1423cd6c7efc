-- Writes the part of a task's script that verifies the uploaded files and unpacks them.
-- SPDX-License-Identifier: MIT
--
-- It calls these functions of the script: `verify_part` checks the checksum of a part, `join_parts`
-- prints parts and removes each, `fail` ends the script, `frame` prints a frame. Every part of a
-- file is checked before any of them is moved.
local launch = require "oneoff.task.launch"
local shell_quote = require "oneoff.base.shell_quote"

local unpack_script = {}

local FIND_SHA256 = "  " .. launch.FIND_SHA256 .. "\n  [ \"$sha256\" ] || fail nosum 0"

local FILTERS = { gzip = "gzip -dc", zstd = "zstd -dc" }

local function in_uploads(name)
  return '"$uploads"/' .. shell_quote(name)
end

--- The name of a part that is not joined (`join = false`).
---@param name string of the file
---@param number integer of the part
---@return string
function unpack_script.part_name(name, number)
  return ("%s.part.%04d"):format(name, number)
end

local function move(lines, index, transit_name, name)
  if transit_name ~= name then
    lines[#lines + 1] = ("  mv -f \"$uploads/%s\" %s || fail join %d"):format(
      transit_name, in_uploads(name), index)
  end
end

local function transit_names(parts, first)
  local names = {}
  for i = first, #parts do names[#names + 1] = parts[i].transit_name end
  return table.concat(names, " ")
end

-- The exit code of a pipe is that of its last program. Whether a program before it failed is seen
-- in the last part: it is removed only if all went well.
local function unpack_line(index, file)
  local target, last = in_uploads(file.name), file.parts[#file.parts].transit_name
  local pipe = { "join_parts " .. transit_names(file.parts, 1) }
  if file.compress then
    pipe[2] = ("{ %s || : >\"$uploads/%s\"; }"):format(FILTERS[file.compress], last)
  end
  if file.is_folder then pipe[#pipe + 1] = "tar -xof - -C " .. target end
  return ("  %s%s%s && [ ! -e \"$uploads/%s\" ] || fail join %d"):format(
    file.is_folder and "mkdir " .. target .. " && " or "", table.concat(pipe, " | "),
    file.is_folder and "" or " >" .. target, last, index)
end

local function unpack_lines(index, file, lines)
  local parts = file.parts
  if file.join == false then
    for number, part in ipairs(parts) do
      move(lines, index, part.transit_name, unpack_script.part_name(file.name, number))
    end
  elseif file.compress or file.is_folder then
    lines[#lines + 1] = unpack_line(index, file)
  else
    move(lines, index, parts[1].transit_name, file.name)
    if parts[2] then
      lines[#lines + 1] = ("  join_parts %s >>%s || fail join %d"):format(
        transit_names(parts, 2), in_uploads(file.name), index)
    end
  end
end

local function need_lines(index, file, lines)
  local programs = { file.compress or false, file.is_folder and "tar" or false }
  for _, program in ipairs(file.join ~= false and programs or {}) do
    if program then
      lines[#lines + 1] = ("  command -v %s >/dev/null 2>&1 || fail %s %d"):format(
        program, program, index)
    end
  end
end

--- The lines of the script that verify the files and unpack each under its name.
---@param files table[] { name, parts = { { transit_name, sha256 }, … }, join = false to leave the
---  parts as they are, compress = "gzip"|"zstd" to decompress it, is_folder = true for a tar
---  archive }
---@return string[]
function unpack_script.lines(files)
  local lines = {}
  if #files > 0 then lines[1] = FIND_SHA256 end
  for i, file in ipairs(files) do need_lines(i, file, lines) end
  for i, file in ipairs(files) do
    for _, part in ipairs(file.parts) do
      lines[#lines + 1] = ("  verify_part %d %s %s"):format(i, part.sha256, part.transit_name)
    end
    unpack_lines(i, file, lines)
    lines[#lines + 1] = ("  frame 'verified %d'"):format(i)
  end
  return lines
end

return unpack_script

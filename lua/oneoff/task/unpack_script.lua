-- Writes the part of a task's script that checks the uploaded files and puts each in its place.
-- SPDX-License-Identifier: MIT
--
-- It calls the script's functions `part` (checks a sum), `pour` (prints files and removes each),
-- `fail` and `say`. All sums of a file are checked before anything of it is moved.
local shell_quote = require "oneoff.base.shell_quote"

local unpack_script = {}

local SUMS = [=[
  if command -v sha256sum >/dev/null 2>&1; then sums=sha256sum
  elif command -v shasum >/dev/null 2>&1; then sums='shasum -a 256'
  elif command -v openssl >/dev/null 2>&1; then sums='openssl dgst -sha256 -r'
  else fail nosum 0
  fi]=]

local FILTERS = { gzip = "gzip -dc", zstd = "zstd -dc" }

local function in_uploads(name)
  return '"$uploads"/' .. shell_quote(name)
end

--- The name of a part that is left as it is (`join = false`).
---@param name string of the file
---@param number integer of the part
---@return string
function unpack_script.part_name(name, number)
  return ("%s.part.%04d"):format(name, number)
end

local function move(lines, index, wire, name)
  if wire ~= name then
    lines[#lines + 1] = ("  mv -f \"$uploads/%s\" %s || fail join %d"):format(
      wire, in_uploads(name), index)
  end
end

local function wires(parts, first)
  local names = {}
  for i = first, #parts do names[#names + 1] = parts[i].wire end
  return table.concat(names, " ")
end

-- What was packed on the way is unpacked from a pipe, whose status is that of its last program
-- alone: the last part, which is there as long as anything in front of it failed, has the verdict.
local function unpack_line(index, file)
  local target, last = in_uploads(file.name), file.parts[#file.parts].wire
  local pipe = { "pour " .. wires(file.parts, 1) }
  if file.compress then
    pipe[2] = ("{ %s || : >\"$uploads/%s\"; }"):format(FILTERS[file.compress], last)
  end
  if file.is_folder then pipe[#pipe + 1] = "tar -xof - -C " .. target end
  return ("  %s%s%s && [ ! -e \"$uploads/%s\" ] || fail join %d"):format(
    file.is_folder and "mkdir " .. target .. " && " or "", table.concat(pipe, " | "),
    file.is_folder and "" or " >" .. target, last, index)
end

local function place_lines(index, file, lines)
  local parts = file.parts
  if file.join == false then
    for number, part in ipairs(parts) do
      move(lines, index, part.wire, unpack_script.part_name(file.name, number))
    end
  elseif file.compress or file.is_folder then
    lines[#lines + 1] = unpack_line(index, file)
  else
    move(lines, index, parts[1].wire, file.name)
    if parts[2] then
      lines[#lines + 1] = ("  pour %s >>%s || fail join %d"):format(
        wires(parts, 2), in_uploads(file.name), index)
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

--- The lines of the script that check the files and put each in its place.
---@param files table[] { name, parts = { { wire, sha256 }, … }, join = false to leave the parts as
---  they are, compress = "gzip"|"zstd" to unpack it, is_folder = true where it is a tar archive }
---@return string[]
function unpack_script.lines(files)
  local lines = {}
  if #files > 0 then lines[1] = SUMS end
  for i, file in ipairs(files) do need_lines(i, file, lines) end
  for i, file in ipairs(files) do
    for _, part in ipairs(file.parts) do
      lines[#lines + 1] = ("  part %d %s %s"):format(i, part.sha256, part.wire)
    end
    place_lines(i, file, lines)
    lines[#lines + 1] = ("  say 'checked %d'"):format(i)
  end
  return lines
end

return unpack_script

-- Says what a dump is by its first bytes: here before it is sent, and again in the container, where
-- archives are unpacked.
-- SPDX-License-Identifier: MIT

local script = require "oneoff.task.script"

local dump = {}

--- Exit codes of our own steps: what is restored is not what it should be (EX_DATAERR), or the
--- container lacks a program or a setting (EX_UNAVAILABLE).
dump.INVALID = 65
dump.UNAVAILABLE = 69

--- How much of a file the client looks at.
dump.HEAD = 4096

-- Beginnings in hexadecimal, the first that fits decides. `what` is said to people; a kind that no
-- recipe takes is refused by it.
local magics = {
  { "1f8b", "gzip", "a gzip file" },
  { "5047444d50", "pg_custom", "a PostgreSQL dump in custom format" },
  { "746f632e64617400", "pg_tar", "a PostgreSQL dump in tar format" },
  { "53514c69746520666f726d6174203300", "sqlite", "a SQLite database" },
  { "504b0304", "zip", "a zip archive" },
  { "28b52ffd", "zstd", "a Zstandard file" },
  { "fd377a585a00", "xz", "an xz file" },
  { "425a68", "bzip2", "a bzip2 file" },
  { "fffe", "utf16", "a text in UTF-16" },
  { "feff", "utf16", "a text in UTF-16" },
}

-- What a text of SQL says of itself near its beginning, and, where its program says so, near its
-- end: one that was cut would else be restored in part, without any error.
local texts = {
  { "PostgreSQL database", "pg_sql", "a PostgreSQL dump in SQL", " dump complete" },
  { "MySQL dump", "mysql_sql", "a MySQL dump in SQL" },
  { "MariaDB dump", "mysql_sql", "a MariaDB dump in SQL" },
  { "PRAGMA foreign_keys=OFF;", "sqlite_sql", "a SQLite dump in SQL", "COMMIT;" },
}

local what_of = {
  tar = "a tar archive", sql = "a text, taken for SQL", empty = "empty", binary = "not a dump",
}
for _, list in ipairs { magics, texts } do
  for _, entry in ipairs(list) do
    what_of[entry[2]] = what_of[entry[2]] or entry[3]
  end
end

--- Says a kind to a person: "a gzip file".
---@param kind string
---@return string
function dump.what(kind)
  return what_of[kind]
end

--- The kind of a file that begins so.
---@param head string its first dump.HEAD bytes, or all of it
---@return string kind
function dump.kind(head)
  if head == "" then
    return "empty"
  end
  local hex = head:sub(1, 16):gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end)
  for _, magic in ipairs(magics) do
    if hex:sub(1, #magic[1]) == magic[1] then
      return magic[2]
    end
  end
  if head:sub(258, 262) == "ustar" then
    return "tar"
  elseif head:find("%z") then
    return "binary"
  end
  for _, text in ipairs(texts) do
    if head:find(text[1], 1, true) then
      return text[2]
    end
  end
  return "sql"
end

--- Whether a kind can be unpacked, and be something else then.
function dump.is_archive(kind)
  return kind == "gzip" or kind == "tar"
end

-- The same in POSIX sh: `kind_of FILE` sets kind.
local function kind_function()
  local lines = {
    "kind_of() {",
    "  kind=sql end=",
    "  [ -s \"$1\" ] || { kind=empty; return; }",
    "  head=$(dd if=\"$1\" bs=" .. dump.HEAD .. " count=1 2>/dev/null | tr -d '\\000')",
    "  case $(od -An -v -tx1 -N16 \"$1\" | tr -d ' \\n') in",
  }
  for _, magic in ipairs(magics) do
    lines[#lines + 1] = ("    %s*) kind=%s; return ;;"):format(magic[1], magic[2])
  end
  lines[#lines + 1] = "  esac"
  lines[#lines + 1] = "  case $(od -An -v -tx1 -j257 -N5 \"$1\" 2>/dev/null | tr -d ' \\n') in"
  lines[#lines + 1] = "    7573746172) kind=tar; return ;;"
  lines[#lines + 1] = "  esac"
  lines[#lines + 1] = "  if [ \"$(dd if=\"$1\" bs=" .. dump.HEAD .. " count=1 2>/dev/null |"
  lines[#lines + 1] = "    tr -d '\\001-\\377' | wc -c)\" -gt 0 ]; then kind=binary; return; fi"
  lines[#lines + 1] = "  case $head in"
  for _, text in ipairs(texts) do
    lines[#lines + 1] = ("    *%s*) kind=%s end=%s ;;"):format(
      script.quote(text[1]), text[2], script.quote(text[4] or ""))
  end
  lines[#lines + 1] = "  esac"
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n")
end

-- No pipe, so no exit code is lost: each unpacker writes a file. The archive goes as soon as what
-- it held is there, so that the disk holds at most two of them.
local UNPACK = [=[
refuse() { printf '%s\n' "$1"; exit @INVALID@; }
full() { echo 'there is no room in the container to unpack the dump'; exit 74; }
dump=$ONEOFF_UPLOADS/@NAME@
work=$ONEOFF_UPLOADS/.oneoff-restore
mkdir "$work" || exit 74
kind_of "$dump"
round=0
while [ "$kind" = gzip ] || [ "$kind" = tar ]; do
  round=$((round + 1))
  [ "$round" -le 4 ] || refuse 'archives in archives in archives: what is the dump?'
  if [ "$kind" = gzip ]; then
    gzip -dc <"$dump" >"$work/$round" || {
      gzip -t <"$dump" 2>/dev/null && full
      refuse 'the gzip file is damaged'
    }
  else
    mkdir "$work/folder$round" && tar -xf "$dump" -C "$work/folder$round" || {
      tar -tf "$dump" >/dev/null 2>&1 && full
      refuse 'the tar archive is damaged'
    }
    count=$(find "$work/folder$round" -type f | wc -l)
    [ "$count" -eq 1 ] || refuse "the archive holds $((count)) files, expected was one dump"
    find "$work/folder$round" -type f -exec mv {} "$work/$round" \;
  fi
  rm -f "$dump"
  dump=$work/$round
  kind_of "$dump"
done
case $kind in
@WHATS@
esac
case $kind in
  @KINDS@) ;;
  *) refuse "$what, nothing to restore into @DATABASE@" ;;
esac
case $(tail -c 4096 "$dump" | tr -d '\000') in
  *"$end"*) ;;
  *) refuse "$what, and cut short: its last words are missing" ;;
esac
mv "$dump" "$work/dump" && printf '%s\n' "$kind" >"$work/kind" || exit 74
printf '%s, %d bytes\n' "$what" "$(wc -c <"$work/dump")"]=]

--- The command of the step that unpacks an upload. Afterwards $ONEOFF_UPLOADS/.oneoff-restore holds
--- the plain `dump`, and its `kind`.
---@param name string of the uploaded file
---@param recipe table of one database
---@return string
function dump.unpack_command(name, recipe)
  local whats = {}
  for kind, what in pairs(what_of) do
    whats[#whats + 1] = ("  %s) what=%s ;;"):format(kind, script.quote("the dump is " .. what))
  end
  table.sort(whats)
  local values = {
    NAME = script.quote(name), INVALID = tostring(dump.INVALID), DATABASE = recipe.title,
    KINDS = table.concat(recipe.kinds, "|"), WHATS = table.concat(whats, "\n"),
  }
  return kind_function() .. "\n" .. UNPACK:gsub("@(%u+)@", values)
end

return dump

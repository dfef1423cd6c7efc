-- Says what a dump is by its content, and reads it through: here before it is sent, and again in
-- the container, by one and the same shell script.
-- SPDX-License-Identifier: MIT
--
-- A dump is a stream: what was sent, in layers (gzip, zstd, tar) that are told by the first bytes
-- of each. Nothing is unpacked onto the disk; the restore reads the same stream once more.

local shell_quote = require "oneoff.base.shell_quote"

local dump = {}

--- Exit codes of our own steps: what is restored is not what it should be (EX_DATAERR), the
--- container lacks a program or a setting (EX_UNAVAILABLE), or its disk failed (EX_IOERR).
dump.INVALID = 65
dump.UNAVAILABLE = 69
dump.FAILED = 74

--- How much of a file's beginning, and of its end, is looked at.
dump.HEAD = 4096

-- Beginnings in hexadecimal, the first that fits decides. `what` is said to people; a kind that no
-- recipe takes is refused by it.
local magics = {
  { "1f8b", "gzip", "a gzip file" },
  { "28b52ffd", "zstd", "a Zstandard file" },
  { "5047444d50", "pg_custom", "a PostgreSQL dump in custom format" },
  { "746f632e64617400", "pg_tar", "a PostgreSQL dump in tar format" },
  { "53514c69746520666f726d6174203300", "sqlite", "a SQLite database" },
  { "6de29981", "mongo_archive", "a MongoDB archive" },
  { "5245444953303", "redis_rdb", "a Redis snapshot (RDB), which only a server can load at its "
    .. "start: give commands instead, as in an append-only file without RDB in it" },
  { "2a", "redis_aof", "a stream of Redis commands" },
  { "504b0304", "zip", "a zip archive" },
  { "fd377a585a00", "xz", "an xz file" },
  { "425a68", "bzip2", "a bzip2 file" },
  { "fffe", "utf16", "a text in UTF-16" },
  { "feff", "utf16", "a text in UTF-16" },
}

-- What a text of SQL says of itself near its beginning, and, where its program says so, near its
-- end: one that was cut would else be restored in part, without any error.
local texts = {
  { "PostgreSQL database", "pg_sql", "a PostgreSQL dump in SQL", " dump complete" },
  { "MySQL dump", "mysql_sql", "a MySQL dump in SQL", " Dump completed" },
  { "MariaDB dump", "mysql_sql", "a MySQL dump in SQL", " Dump completed" },
  { "PRAGMA foreign_keys=OFF;", "sqlite_sql", "a SQLite dump in SQL", "COMMIT;" },
}

local what_of = {
  tar = "a tar archive", sql = "a text that does not say what it is", empty = "empty",
  binary = "not a dump", mongo_folder = "a folder of MongoDB collections",
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

--- Whether a kind is a layer, and something else below it.
function dump.is_layer(kind)
  return kind == "gzip" or kind == "zstd" or kind == "tar"
end

-- The same in POSIX sh: `kind_of FILE`, of a file that is a beginning, sets kind, and end for words
-- that must stand at the end.
local function kind_function()
  local lines = {
    "kind_of() {",
    "  kind=sql end=",
    "  [ -s \"$1\" ] || { kind=empty; return; }",
    "  case $(od -An -v -tx1 -N16 \"$1\" | tr -d ' \\n') in",
  }
  for _, magic in ipairs(magics) do
    lines[#lines + 1] = ("    %s*) kind=%s; return ;;"):format(magic[1], magic[2])
  end
  lines[#lines + 1] = "  esac"
  lines[#lines + 1] = "  case $(od -An -v -tx1 -j257 -N5 \"$1\" 2>/dev/null | tr -d ' \\n') in"
  lines[#lines + 1] = "    7573746172) kind=tar; return ;;"
  lines[#lines + 1] = "  esac"
  lines[#lines + 1] = "  if [ \"$(tr -d '\\001-\\377' <\"$1\" | wc -c)\" -gt 0 ]; then"
  lines[#lines + 1] = "    kind=binary; return"
  lines[#lines + 1] = "  fi"
  lines[#lines + 1] = "  case $(cat \"$1\") in"
  for _, text in ipairs(texts) do
    lines[#lines + 1] = ("    *%s*) kind=%s end=%s ;;"):format(
      shell_quote(text[1]), text[2], shell_quote(text[4] or ""))
  end
  lines[#lines + 1] = "  esac"
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n")
end

-- A layer that fails leaves its name in `broken`; one whose reader wanted no more has not failed.
-- gzip's 2 is a warning. What follows an archive's end is read too: it is part of the stream.
local STREAM = [=[
work=@WORK@
broke() { [ "$2" -gt 128 ] || [ "$1 $2" = 'gzip 2' ] || echo "$1" >>"$work/broken"; }
parts() { cat -- @PARTS@ || broke upload $?; }
layer() {
  case $1 in
    gzip) gzip -dc ;;
    zstd) zstd -dcq ;;
    tar) tar -xOf - && cat >/dev/null ;;
  esac || broke "$1" $?
}
flow() {
  case $# in
    0) cat ;;
    1) layer "$1" ;;
    *) layer "$1" | { shift; flow "$@"; } ;;
  esac
}
stream() { parts | flow $layers; }]=]

local READ = [=[
refuse() { printf '%s\n' "$1"; exit @INVALID@; }
sound() {
  [ -s "$work/broken" ] || return 0
  read -r broken <"$work/broken"
  refuse "the $broken file is damaged"
}
lacks() { printf 'there is no %s here to read the dump\n' "$1"; exit @UNAVAILABLE@; }
layers=
while :; do
  rm -f "$work/broken"
  stream 2>/dev/null | head -c @HEAD@ >"$work/head"
  kind_of "$work/head"
  case $kind in
    gzip|zstd|tar) ;;
    *) break ;;
  esac
  case $layers in
    *' '*' '*' '*' '*) refuse 'archives in archives in archives: what is the dump?' ;;
  esac
  command -v "$kind" >/dev/null 2>&1 || lacks "$kind"
  if [ "$kind" = tar ]; then
    stream 2>/dev/null | tar -tf - >"$work/list" 2>/dev/null || refuse 'the tar archive is damaged'
    if grep -q '[.]bson\([.]gz\)*$' "$work/list"; then
      kind=mongo_folder
      break
    fi
    count=$(grep -vc '/$' "$work/list")
    [ "$count" -eq 1 ] || refuse "the archive holds $count files, expected was one dump"
  fi
  layers="$layers $kind"
done
case $kind in
@WHATS@
esac
rm -f "$work/broken"
case $kind in
  @KINDS@) ;;
  *)
    stream >/dev/null 2>&1 # what is damaged looks like anything
    sound
    refuse "$what, nothing to restore into @DATABASE@" ;;
esac]=]

-- One pass counts the bytes and keeps the last ones.
local THROUGH = [=[
mkfifo "$work/pipe" || exit @FAILED@
wc -c <"$work/pipe" >"$work/size" &
stream 2>/dev/null | tee "$work/pipe" | tail -c @HEAD@ >"$work/tail"
wait
sound
case $(tr -d '\000' <"$work/tail") in
  *"$end"*) ;;
  *) refuse "$what, and cut short: its last words are missing" ;;
esac
@VERIFY@
printf '%s\n%s\n' "$kind" "$layers" >"$work/kind" || exit @FAILED@
printf '%s, %d bytes\n' "$what" "$(cat "$work/size")"]=]

local function values_of(recipe, place)
  local whats = {}
  for kind, what in pairs(what_of) do
    whats[#whats + 1] = ("  %s) what=%s ;;"):format(kind, shell_quote("the dump is " .. what))
  end
  table.sort(whats)
  return {
    WORK = place.work, PARTS = place.parts, INVALID = tostring(dump.INVALID),
    UNAVAILABLE = tostring(dump.UNAVAILABLE), FAILED = tostring(dump.FAILED),
    HEAD = tostring(dump.HEAD), DATABASE = recipe.title, KINDS = table.concat(recipe.kinds, "|"),
    WHATS = table.concat(whats, "\n"), VERIFY = recipe.verify or "",
  }
end

-- Where the parts of a file stand in the container (task/unpack_script.lua), and our own files.
local function in_container(name)
  return { work = "$ONEOFF_UPLOADS/.oneoff-restore",
    parts = "\"$ONEOFF_UPLOADS\"/" .. shell_quote(name) .. ".part.*" }
end

--- The command of the step that reads an upload through, and refuses what is no dump for the
--- recipe. Afterwards $ONEOFF_UPLOADS/.oneoff-restore holds `kind`: the kind and the layers.
---@param name string of the uploaded file
---@param recipe table of one database
---@return string
function dump.read_command(name, recipe)
  local place = in_container(name)
  local text = kind_function() .. "\n" .. STREAM .. "\nmkdir \"$work\" || exit @FAILED@\n"
    .. READ .. "\n" .. THROUGH
  return (text:gsub("@(%u+)@", values_of(recipe, place)))
end

--- The same for a file here: it prints the kind in a last line.
---@param path string
---@param recipe table
---@return string
function dump.look_command(path, recipe)
  local place = { work = "$(mktemp -d)", parts = shell_quote(path) }
  local text = kind_function() .. "\n" .. STREAM .. "\n[ -d \"$work\" ] || exit @FAILED@\n"
    .. "trap 'rm -rf \"$work\"' EXIT\ntrap 'exit 1' HUP INT TERM PIPE\n" .. READ .. "\n"
    .. THROUGH .. "\nprintf '%s\\n' \"$kind\""
  return (text:gsub("@(%u+)@", values_of(recipe, place)))
end

--- What a restoring command begins with: `stream` prints the dump, `kind` is its kind.
---@param name string of the uploaded file
---@return string
function dump.stream_functions(name)
  local place = in_container(name)
  local text = STREAM .. "\n{ read -r kind && read -r layers; } <\"$work/kind\" || exit @FAILED@\n"
    .. "rm -f \"$work/broken\""
  return (text:gsub("@(%u+)@", { WORK = place.work, PARTS = place.parts,
    FAILED = tostring(dump.FAILED) }))
end

return dump

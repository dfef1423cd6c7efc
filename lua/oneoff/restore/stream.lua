-- Writes the shell functions that take the layers off a dump and print what is below: its stream.
-- SPDX-License-Identifier: MIT
--
-- POSIX sh, coreutils and the program of each layer. They run here before a dump is sent, and in
-- the container on what arrived. Nothing is unpacked onto the disk but a zip, which has its list at
-- its end.

local dump = require "oneoff.restore.dump"
local shell_quote = require "oneoff.base.shell_quote"

local stream = {}

-- `kind_of FILE`, of a file that is a beginning, sets kind.
local KIND = [=[
bom=$(printf '\357\273\277')
kind_of() {
  kind=sql
  [ -s "$1" ] || { kind=empty; return; }
  hex=$(od -An -v -tx1 -N16 "$1" | tr -d ' \n')
  case $hex in
@MAGICS@
  esac
  case $(od -An -v -tx1 -j257 -N5 "$1" 2>/dev/null | tr -d ' \n') in
    7573746172) kind=tar; return ;;
  esac
  case $hex in
    ??00??00??00??00*|00??00??00??00??*) kind=utf16; return ;;
  esac
  if [ "$(tr -d '\001-\377' <"$1" | wc -c)" -gt 0 ]; then
    kind=binary; return
  fi
  kind=$(while IFS= read -r line || [ -n "$line" ]; do
    case ${line#"$bom"} in
@TEXTS@
      ''|'@CR@'|@PRELUDES@) ;;
      *) break ;;
    esac
  done <"$1")
  kind=${kind:-sql}
}]=]

-- A layer that fails leaves its name in `broken`; one whose reader wanted no more has not failed.
-- gzip's 2 is a warning. What follows an archive's end is read too: it is part of the stream. Of an
-- archive the only file is printed that is not one of macOS' own.
local LAYERS = [=[
broke() { [ "$2" -gt 128 ] || [ "$1 $2" = 'gzip 2' ] || echo "$1" >>"$work/broken"; }
layer() {
  case $1 in
    gzip) gzip -dc ;;
    zstd) zstd -dcq ;;
    xz) xz -dc ;;
    bzip2) bzip2 -dc ;;
    tar) tar -xOf - --exclude='._*' --exclude=__MACOSX --exclude=.DS_Store && cat >/dev/null ;;
    zip) file=$(mktemp "$work/zip.XXXXXX") && cat >"$file" &&
      unzip -pqq "$file" -x '__MACOSX/*' '._*' '*/._*' '*.DS_Store'
      code=$?; rm -f "$file"; [ "$code" != 11 ] && (exit "$code") ;;
  esac || broke "$1" $?
}
flow() {
  case $# in
    0) cat ;;
    1) layer "$1" ;;
    *) layer "$1" | { shift; flow "$@"; } ;;
  esac
}
stream() { if [ "$layers" ]; then parts | flow $layers; else parts; fi; }
# The folder that the stream packs, unpacked.
unpacked() {
  folder=$work/folder
  [ -d "$folder" ] || { mkdir "$folder" && stream | tar -xf - -C "$folder"; } &&
    [ ! -s "$work/broken" ]
}]=]

-- `find_layers` sets layers and kind; `refuse WHY` and `lacks PROGRAM` end it.
local FIND = [=[
refuse() { printf '%s\n' "$1"; exit @INVALID@; }
sound() {
  [ -s "$work/broken" ] || return 0
  read -r broken <"$work/broken"
  refuse "the $broken file is damaged"
}
lacks() {
  printf 'there is no %s here to read the %s file: unpack it, or pack it with gzip\n' "$1" "$2"
  exit @UNAVAILABLE@
}
names() {
  case $1 in
    tar) stream 2>/dev/null | tar -tf - 2>/dev/null ;;
    zip)
      stream 2>/dev/null >"$work/zip" && unzip -Z1 "$work/zip" 2>/dev/null
      code=$?
      rm -f "$work/zip"
      return "$code" ;;
  esac
}
# One file, and the logs of it that SQLite keeps beside a database.
is_with_log() {
  [ "$(sed -E 's/-(wal|shm|journal)$//' "$work/list" | sort -u | wc -l)" -eq 1 ] &&
    [ "$(wc -l <"$work/list")" -gt 1 ] && grep -q -e '-wal$' -e '-journal$' "$work/list"
}
# What the files of an archive are together.
judge_names() {
  names "$1" >"$work/all" || refuse "the $1 archive is damaged"
  grep -Ev '/$|(^|/)(\._[^/]*|\.DS_Store)$|(^|/)__MACOSX/' "$work/all" >"$work/list"
  if grep -q '[.]bson\([.]gz\)*$' "$work/list"; then kind=mongo_folder
  elif grep -qE '(^|/)toc\.dat$' "$work/list"; then kind=pg_directory
  elif grep -qE '\.manifest$' "$work/list"; then kind=redis_folder
  elif is_with_log; then kind=sqlite_folder
  else
    count=$(wc -l <"$work/list")
    first=$(head -n 5 "$work/list" | tr '\n' ' ')
    [ "$count" -eq 1 ] || refuse "the archive holds $count files, expected was one dump: $first"
  fi
}
find_layers() {
  layers=
  while :; do
    rm -f "$work/broken"
    stream 2>/dev/null | head -c @HEAD@ >"$work/head"
    kind_of "$work/head"
    case $kind in
@PROGRAMS@
      *) break ;;
    esac
    case $layers in
      *' '*' '*' '*' '*) refuse 'archives in archives in archives: what is the dump?' ;;
    esac
    command -v "$program" >/dev/null 2>&1 || lacks "$program" "$kind"
    case $kind in tar|zip)
      layer=$kind
      judge_names "$kind"
      [ "$kind" = "$layer" ] || break ;;
    esac
    layers="$layers $kind"
  done
}]=]

local function magic_lines()
  local lines = {}
  for i, magic in ipairs(dump.magics) do
    lines[i] = ("    %s*) kind=%s; return ;;"):format(magic[1], magic[2])
  end
  return table.concat(lines, "\n")
end

local function text_lines()
  local lines = {}
  for i, text in ipairs(dump.texts) do
    lines[i] = ("      %s*) echo %s; break ;;"):format(shell_quote(text[1]), text[2])
  end
  return table.concat(lines, "\n")
end

local function prelude_words()
  local words = {}
  for i, word in ipairs(dump.preludes) do words[i] = shell_quote(word) .. "*" end
  return table.concat(words, "|")
end

local function program_lines()
  local lines = {}
  for layer, program in pairs(dump.layers) do
    lines[#lines + 1] = ("      %s) program=%s ;;"):format(layer, program)
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

--- The functions kind_of, stream, unpacked, find_layers, refuse, sound and lacks. They take `work`,
--- a folder, and `layers`, and call `parts`, which prints what was sent.
---@return string
function stream.functions()
  local text = table.concat({ KIND, LAYERS, FIND }, "\n")
  return (text:gsub("@(%u+)@", {
    MAGICS = magic_lines(), TEXTS = text_lines(), PRELUDES = prelude_words(), CR = "\r",
    PROGRAMS = program_lines(), INVALID = tostring(dump.INVALID), HEAD = tostring(dump.HEAD),
    UNAVAILABLE = tostring(dump.UNAVAILABLE),
  }))
end

return stream

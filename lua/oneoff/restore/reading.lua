-- Writes the command that reads a dump through: here before it is sent, or in the container.
-- SPDX-License-Identifier: MIT
--
-- It finds the layers, lets the scanner of the dialect read the stream, and refuses what is
-- damaged, cut, or nothing for the database. What it found is in $work/facts (see facts.lua), which
-- the step of the restore reads; the scanners are beside it. A dump that was looked at here, and
-- that arrived with the checksum that it had, is not read again: its facts are written there.

local choice = require "oneoff.restore.choice"
local dump = require "oneoff.restore.dump"
local scan = require "oneoff.restore.scan"
local shell_quote = require "oneoff.base.shell_quote"
local stream = require "oneoff.restore.stream"

local reading = {}

-- mawk is by far the fastest of them.
local TOOLS = [=[
for awk in mawk gawk awk 'busybox awk'; do
  command -v "${awk%% *}" >/dev/null 2>&1 && break
done
scan() {
  program=$work/$1.awk
  shift
  LC_ALL=C $awk -v keep=@KEEP@ -v one=@ONE@ -v work="$work" \
    -v counts="$counts" "$@" -f "$program"
}
fact_of() { LC_ALL=C $awk -F '\t' -v word="$1" '$1 == word { print $2 }' "$work/facts"; }
has_fact() { [ -n "$(fact_of "$1" | head -n 1)" ]; }
# A stream as it is, where nothing of it is left out; else through its scanner: filter DIALECT.
needs_filter() { has_fact left || [ -s "$work/drop" ]; }
filter() {
  dialect=$1
  shift
  is_crlf=
  ! fact_of left | grep -qx 'carriage return' || is_crlf=1
  scan "$dialect" -v out=1 -v drop="$work/drop" -v is_crlf="$is_crlf" "$@" ||
    echo filter >>"$work/broken"
}]=]

-- What is no text of SQL.
local FORMS = [=[
toc_folder() { dirname "$(find "$work/folder" -name toc.dat | head -n 1)"; }
pg_restored() {
  case $kind in
    pg_directory) unpacked && pg_restore "$@" "$(toc_folder)" ;;
    *) stream 2>/dev/null | pg_restore "$@" ;;
  esac
}
# What the names in a table of contents do not tell of the parts that are wanted.
structure() {
  ! grep -q '^only' "$work/choice" 2>/dev/null ||
    pg_restored --schema-only --file=- 2>/dev/null | scan postgresql >"$work/structure"
}
contents() {
  if ! command -v pg_restore >/dev/null 2>&1; then
    echo 'there is no pg_restore here'; exit @UNAVAILABLE@
  fi
  pg_restored --list >"$work/contents" 2>"$work/said" && { [ -n "$is_whole" ] ||
    pg_restored --file=/dev/null 2>"$work/said"; } || {
    if grep -q 'unsupported version' "$work/said"; then
      echo 'this pg_restore is too old for the dump: a newer client is needed (client_version)'
      exit @UNAVAILABLE@
    fi
    sound
    refuse "$what, and damaged or cut short: $(tail -n 1 "$work/said")"
  }
  structure
  if [ -z "$counts" ]; then scan contents <"$work/contents"; return; fi
  scan contents <"$work/contents" | grep -v -e '^table' -e '^bytes'
  pg_restored --file=- 2>/dev/null | scan postgresql | grep -e '^table' -e '^bytes'
}
# Of a database that is a file, for who wants to know its tables.
sqlite_tables() {
  [ -n "$counts" ] || return 0
  if ! command -v sqlite3 >/dev/null 2>&1; then
    echo 'there is no sqlite3 here'; exit @UNAVAILABLE@
  fi
  stream >"$work/database" 2>/dev/null
  sqlite3 -batch -readonly "$work/database" .dump 2>/dev/null | scan sqlite |
    grep -e '^table' -e '^bytes'
}
sqlite_facts() {
  sqlite_tables
  printf 'ending\twhole\n'
  [ "$(od -An -tu1 -j18 -N1 "$work/head" | tr -d ' ')" != 2 ] || printf 'wal\tmissing\n'
}
# The files of a manifest in their order: the base, then what was appended.
redis_files() {
  unpacked || return
  manifest=$(find "$work/folder" -name '*.manifest' | head -n 1)
  while read -r _ file _ number _ type _; do
    case $type in b) number=0 ;; i) ;; *) continue ;; esac
    printf '%s %s\n' "$number" "$file"
  done <"$manifest" | sort -n | while read -r _ file; do
    [ -f "${manifest%/*}/$file" ] || { echo "tar" >>"$work/broken"; break; }
    file=${manifest%/*}/$file
    [ "$(head -c 5 "$file")" != REDIS ] || { echo snapshot >"$work/snapshot"; break; }
    cat "$file"
  done
}
redis_commands() {
  case $kind in redis_folder) redis_files ;; *) stream 2>/dev/null ;; esac
}
redis_facts() {
  { redis_commands; [ "$kind" = sql ] || echo; } | scan redis "$@"
  [ ! -e "$work/snapshot" ] ||
    refuse "$what, whose base is a snapshot (RDB), which only a server can load: give commands"
}]=]

local READ = [=[
find_layers
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
esac
[ ! -s "$work/choice" ] || case $kind in
  sqlite|sqlite_folder|redis_*|mongo_*)
    refuse "$what, which is restored whole: parts are taken of dumps in SQL (sqlite3's .dump)" ;;
esac
dialect=@DIALECT@
case $kind in
  pg_sql) dialect=postgresql ;;
  mysql_sql) dialect=mysql ;;
  sqlite_sql) dialect=sqlite ;;
esac
printf 'kind\t%s\nlayers\t%s\n' "$kind" "$layers" >"$work/facts" || exit @FAILED@
(
  case $kind in
    pg_custom|pg_tar|pg_directory) contents ;;
    sqlite) stream >/dev/null 2>&1; sqlite_facts ;;
    sqlite_folder) printf 'ending\twhole\n' ;;
    redis_aof|redis_folder) redis_facts ;;
    mongo_*) stream >/dev/null 2>&1; printf 'ending\tunknown\n' ;;
    *)
      case $dialect in
        redis) redis_facts -v is_text=1 ;;
        ?*) stream 2>/dev/null | scan "$dialect" ;;
        *) stream >/dev/null 2>&1; printf 'ending\tunknown\n' ;;
      esac ;;
  esac
) >"$work/found"
code=$?
case $code in
  @INVALID@) cat "$work/found"; exit "$code" ;;
  @UNAVAILABLE@) cat "$work/facts" "$work/found"; exit "$code" ;;
esac
sound
cat "$work/found" >>"$work/facts" || exit @FAILED@
has_fact ending || { echo 'the scanner of the dump failed'; exit @FAILED@; }
refusal=$(fact_of refuse)
[ -z "$refusal" ] || refuse "$what: $refusal"
cat "$work/facts"]=]

local KNOWN = [=[
layers=$(fact_of layers)
for layer in $layers; do
  case $layer in
@PROGRAMS@
  esac
  command -v "$program" >/dev/null 2>&1 || lacks "$program" "$layer"
done
kind=$(fact_of kind)
echo 'it was read through before it was sent']=]

local function document(path, text)
  return ("cat >\"$work/%s\" <<'ONEOFF_TEXT' || exit %d\n%s\nONEOFF_TEXT\n"):format(path,
    dump.FAILED, (text:gsub("\n$", "")))
end

local function whats()
  local lines = {}
  for kind, what in pairs(dump.what_of) do
    lines[#lines + 1] = ("  %s) what=%s ;;"):format(kind, shell_quote("the dump is " .. what))
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function programs()
  local lines = {}
  for layer, program in pairs(dump.layers) do
    lines[#lines + 1] = ("    %s) program=%s ;;"):format(layer, program)
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local keepable = { "owners", "privileges", "definers", "replication" }

local function keep_words(opts)
  local words = {}
  for _, word in ipairs(keepable) do
    if opts["keep_" .. word] then words[#words + 1] = word end
  end
  return shell_quote(table.concat(words, ","))
end

local function fill(text, recipe, opts)
  return (text:gsub("@(%u+)@", {
    INVALID = tostring(dump.INVALID), UNAVAILABLE = tostring(dump.UNAVAILABLE),
    FAILED = tostring(dump.FAILED), DATABASE = recipe.title, WHATS = whats(),
    KINDS = table.concat(recipe.kinds, "|"), DIALECT = recipe.dialect or "",
    KEEP = keep_words(opts), ONE = opts.transaction == false and "0" or "1", PROGRAMS = programs(),
  }))
end

local function functions(recipe, opts)
  return stream.functions() .. "\n" .. fill(TOOLS .. "\n" .. FORMS, recipe, opts) .. "\n"
end

local function scanners(recipe)
  local texts = {}
  for _, name in ipairs(recipe.scanners) do
    texts[#texts + 1] = document(name .. ".awk", scan.programs[name])
  end
  return table.concat(texts)
end

-- Which parts of the dump are wanted.
local function chosen(opts)
  local text = choice.text(opts)
  return text ~= "" and document("choice", text) or ""
end

-- Where the parts of a file stand in the container (task/unpack_script.lua), and our own files.
local function in_container(name)
  return ("work=$ONEOFF_UPLOADS/.oneoff-restore\nparts() { cat -- \"$ONEOFF_UPLOADS\"/%s.part.* || "
    .. "broke upload $?; }\n"):format(shell_quote(name))
end

--- The command of the step that reads an upload through, and refuses what is no dump for the
--- database. It prints the facts.
---@param name string of the uploaded file
---@param recipe table of one database
---@param opts table of restore.run
---@param known string? the facts, where it was looked at here
---@return string
function reading.command(name, recipe, opts, known)
  local text = "counts=\n" .. in_container(name) .. functions(recipe, opts)
    .. ("mkdir \"$work\" || exit %d\n"):format(dump.FAILED) .. scanners(recipe)
    .. chosen(opts)
  if known then return text .. document("facts", known) .. fill(KNOWN, recipe, opts) end
  return text .. fill(READ, recipe, opts)
end

--- The same for a file or a folder here.
---@param path string
---@param is_folder boolean
---@param recipe table
---@param opts table of restore.run
---@param is_whole boolean an archive, of which is known that it is not cut
---@return string
function reading.command_here(path, is_folder, recipe, opts, is_whole)
  local parts = is_folder and "tar -cf - -C %s ." or "cat -- %s"
  return table.concat {
    "counts=", opts.counts and "1" or "", "\nwork=$(mktemp -d) && [ -d \"$work\" ] || exit ",
    tostring(dump.FAILED),
    "\ntrap 'rm -rf \"$work\"' EXIT\ntrap 'exit 1' HUP INT TERM PIPE\nis_whole=",
    is_whole and "1" or "", "\nparts() { ", parts:format(shell_quote(path)), "; }\n",
    functions(recipe, opts), scanners(recipe), chosen(opts), fill(READ, recipe, opts),
  }
end

--- What a restoring command begins with: `stream` prints the dump, `kind` is its kind; `fact_of`,
--- `filter` and `scan` are there.
---@param name string of the uploaded file
---@param recipe table
---@param opts table
---@return string
function reading.prelude(name, recipe, opts)
  return in_container(name) .. functions(recipe, opts)
    .. "counts= kind=$(fact_of kind) layers=$(fact_of layers)\nrm -f \"$work/broken\"\n"
end

return reading

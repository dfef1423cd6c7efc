-- How a SQLite database is restored and checked, with the sqlite3 program in the container.
-- SPDX-License-Identifier: MIT
--
-- The database is a file of the container, by default /tmp/restored.sqlite3. The disk of a one-off
-- container is temporary: the file ends with the container, so it serves to check a dump, or for
-- what further checks do with it. It is made beside its place and moved there when it is whole and
-- sound; a file that stood there is replaced then, not before.

local around = require "oneoff.restore.around"
local dump = require "oneoff.restore.dump"
local rows = require "oneoff.restore.rows"
local shell_quote = require "oneoff.base.shell_quote"

local DEFAULT_TARGET = "/tmp/restored.sqlite3"

local sqlite = {
  title = "SQLite",
  is_private = true, -- nobody else has its file
  kinds = { "sqlite", "sqlite_folder", "sqlite_sql", "sql" },
  dialect = "sqlite", has_parts = true, scanners = { "sqlite" },
  tools = { "sqlite3" },
}

-- A dump that was cut before its COMMIT leaves an empty database and no error.
local RESTORE = [=[
target=@TARGET@
new=$target.oneoff-new
rm -f "$new" "$new-journal" "$new-wal" "$new-shm"
trap 'rm -f "$new" "$new-journal" "$new-wal" "$new-shm"' EXIT
filtered() { if needs_filter; then stream | filter sqlite; else stream; fi; }
# Functions that run programs or touch files are off, where the dump can do without the rest of it.
safe=
if ! has_fact writable_schema; then
  ! sqlite3 -safe :memory: 'select 1' >/dev/null 2>&1 || safe=-safe
fi
case $kind in
  sqlite) stream >"$new" || exit ;;
  sqlite_folder)
    unpacked || exit @FAILED@
    file=$(find "$work/folder" -name '*-wal' -o -name '*-journal' | head -n 1)
    case $file in
      *-wal) mv "$file" "$new-wal" && mv "${file%-wal}" "$new" ;;
      *) mv "$file" "$new-journal" && mv "${file%-journal}" "$new" ;;
    esac || exit @FAILED@
    sqlite3 -batch -bail "$new" 'pragma wal_checkpoint(truncate)' >/dev/null || exit ;;
  *) filtered | sqlite3 -batch -bail $safe "$new" || exit ;;
esac
tables=$(sqlite3 -batch -bail "$new" "select count(*) from sqlite_master") || exit
[ "$tables" -gt 0 ] || { echo 'the database is empty: was the dump cut?'; exit @INVALID@; }
sound=$(sqlite3 -batch -bail "$new" 'pragma integrity_check') || exit
[ "$sound" = ok ] || { printf 'the database is damaged: %s\n' "$sound"; exit @INVALID@; }
rm -f "$target-journal" "$target-wal" "$target-shm"
mv -f "$new" "$target"]=]

local ROWS = [=[
ask_rows() { sqlite3 -batch -bail -noheader -separator '	' -readonly @TARGET@; }
list_tables() {
  ask_rows <<'END'
select name, '', 'r', '"' || replace(name, '"', '""') || '"' from sqlite_master
where type = 'table' and sql not like 'create virtual%'
  and instr(name, char(9)) + instr(name, char(10)) + instr(name, char(13)) = 0;
END
}
]=]

--- What is wrong with the options of a restore, or nil; the name of the option too.
---@return string? problem
---@return string? name
function sqlite.misuse(opts)
  local target = opts.target
  if target ~= nil and (type(target) ~= "string" or target == "" or target:find("[%z\n]")
    or target:sub(-1) == "/") then
    return "the path of a file in the container expected", "target"
  elseif opts.url_variable ~= nil then
    return "SQLite is a file: target is its path", "url_variable"
  elseif around.has_sql(opts.before) then
    return "a SQLite database is replaced as a whole: there is nothing to do before", "before"
  elseif opts.transaction == false then
    return "a SQLite database is replaced as a whole", "transaction"
  end
  return nil
end

-- Not a path that sqlite3 takes for an option or an address.
local function target_of(opts)
  local target = opts.target or DEFAULT_TARGET
  return target:sub(1, 1) == "/" and target or "./" .. target
end

--- The command that restores the stream of reading.prelude.
---@return string
function sqlite.restore_command(opts)
  local values = {
    TARGET = shell_quote(target_of(opts)), INVALID = tostring(dump.INVALID),
    FAILED = tostring(dump.FAILED),
  }
  return (RESTORE:gsub("@(%u+)@", values))
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function sqlite.check_command(opts)
  return "exec sqlite3 -batch -bail -noheader -list -readonly " .. shell_quote(target_of(opts))
end

--- The command that reads statements and has them done.
---@return string
function sqlite.change_command(opts)
  return "exec sqlite3 -batch -bail -noheader -list " .. shell_quote(target_of(opts))
end

--- The command that compares rows.
---@return string
function sqlite.rows_command(opts)
  return rows.command((ROWS:gsub("@TARGET@", function() return shell_quote(target_of(opts)) end)))
end

--- The name under which the restored database is spoken of.
---@return string
function sqlite.where(_, opts)
  return target_of(opts)
end

--- What went wrong, from what the program says.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function sqlite.failure(output)
  local line, message = output:match("near line (%d+): ([^\n]*)")
  return { statement = output:match("near line %d+: [^\n]*\n%s+([^\n]+)"), line = tonumber(line),
    message = message }
end

return sqlite

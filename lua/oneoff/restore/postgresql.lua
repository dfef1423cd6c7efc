-- How a PostgreSQL database is restored and checked, with the client programs in the container.
-- SPDX-License-Identifier: MIT
--
-- All or nothing: the restore is one transaction, which its first error ends, whatever BEGIN and
-- COMMIT stand in the dump. With `transaction = false` it stops at the first error and keeps what
-- it did before. The server is asked first what it knows and has: settings, extensions and schemas
-- that would fail are left out and named.

local database_url = require "oneoff.restore.database_url"
local rows = require "oneoff.restore.rows"

local postgresql = {
  title = "PostgreSQL",
  kinds = { "pg_custom", "pg_tar", "pg_directory", "pg_sql", "sql" },
  dialect = "postgresql", has_parts = true, scanners = { "postgresql", "contents" },
  tools = { "psql", "pg_restore" },
  fetch = "pgsql", -- what dbclient-fetcher calls them
  variable = "SCALINGO_POSTGRESQL_URL",
  -- A name that is no address is not shown: psql would take it for a database's name and print it.
  schemes = "postgres://*|postgresql://*|*=*",
}

-- Names come in as a variable of psql, which quotes them.
local ASK = [=[
ask() {
  query=$1
  shift
  printf '%s\n' "$query" | psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
    "$@" --dbname "$url" --file -
}
left_out() {
  printf 'left out: %s: %s (%s)\n' "$1" "$2" "$3"
  printf '%s %s\n' "$1" "$2" >>"$work/drop"
}
unknown_settings() {
  names=$(fact_of setting)
  [ -n "$names" ] || return 0
  ask "select n from regexp_split_to_table(:'names', '\n') n
    where current_setting(n, true) is null" --set names="$names"
}
schemas_there() {
  names=$(fact_of schema)
  [ -n "$names" ] || return 0
  ask "select nspname from pg_namespace
    where nspname in (select regexp_split_to_table(:'names', '\n'))" --set names="$names"
}
# One that cannot be made is tried and taken back: the server says why.
extension_problem() {
  there=$(ask "select 1 from pg_extension where extname = :'name'" --set name="$1") || return 1
  [ -z "$there" ] || { echo 'it is there already'; return; }
  ask 'begin; create extension if not exists :"name" cascade; rollback;' --set name="$1" \
    >"$work/said" 2>&1 || sed -n 's/^.*ERROR: *//p' "$work/said" | head -n 1
}
ask_server() {
  : >"$work/drop"
  answer=$(unknown_settings) || return
  printf '%s\n' "$answer" | while IFS= read -r name; do
    [ -z "$name" ] || left_out setting "$name" 'this server does not know it'
  done
  answer=$(schemas_there) || return
  printf '%s\n' "$answer" | while IFS= read -r name; do
    [ -z "$name" ] || left_out schema "$name" 'it is there already'
  done
  fact_of extension >"$work/extensions"
  while IFS= read -r name <&3; do
    why=$(extension_problem "$name") || return
    [ -z "$why" ] || left_out extension "$name" "$why"
  done 3<"$work/extensions"
}
]=]

local RESTORE = [=[
known_restrict=
psql --help=commands 2>/dev/null | grep -q restrict && known_restrict=1
filtered() {
  if needs_filter || { [ -z "$known_restrict" ] && has_fact restrict; }; then
    stream | filter postgresql -v known_restrict="$known_restrict"
  else
    stream
  fi
}
# The transaction ends well only where the stream did.
statements() {
  filtered
  [ -s "$work/broken" ] || printf '\n%s\n' @COMMIT@
}
ask_server || exit
case $kind in
  pg_custom|pg_tar|pg_directory)
    pg_restored --list >"$work/contents" || exit
    structure || exit
    scan contents -v out=1 -v drop="$work/drop" <"$work/contents" >"$work/chosen" || exit
    pg_restored --clean --if-exists @FLAGS@ --use-list="$work/chosen" --dbname "$url" ;;
  *)
    statements | psql --no-psqlrc --quiet --echo-errors --output /dev/null --set ON_ERROR_STOP=1 \
      @BEGIN@ --dbname "$url" --file - ;;
esac]=]

local ROWS = [=[
tab='	'
list_tables() {
  ask "select s.nspname || '.' || c.relname,
      case when pg_table_is_visible(c.oid) then c.relname end,
      case when c.relkind = 'p' or c.relispartition then 'p' else 'r' end,
      case c.relkind when 'r' then 'only ' else '' end || c.oid::regclass
    from pg_class c join pg_namespace s on s.oid = c.relnamespace
    where c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
      and not row_security_active(c.oid)
      and s.nspname || c.relname !~ '[[:cntrl:]]'" --field-separator "$tab"
}
ask_rows() {
  psql --no-psqlrc --quiet --no-align --tuples-only --field-separator "$tab" \
    --set ON_ERROR_STOP=1 --dbname "$url" --file -
}
]=]

local CHECK = [=[
exec psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
  --dbname "$url" --file -]=]

local CHANGE = CHECK .. " --single-transaction"

local ANALYZE = [=[
exec psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$url" \
  --command 'set client_min_messages = error' --command analyze]=]

-- The two numbers are "oneo" and "rest". A holder that was killed a moment ago is waited for.
local HOLD = [=[
PGAPPNAME=$who
export PGAPPNAME
feed "set lock_timeout = '3s';
select pg_advisory_lock(1869505903, 1919251316) \g /dev/null
select case when exists (select 1 from pg_locks where pid = pg_backend_pid() and granted
    and locktype = 'advisory' and classid = 1869505903) then 'held' else 'busy '
  || coalesce((select a.application_name || ' since '
      || to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted
      and l.classid = 1869505903 and l.objid = 1919251316
      and l.database = (select oid from pg_database where datname = current_database())
    limit 1), '') end;" 'select 1;' 60 |
  psql --no-psqlrc --quiet --no-align --tuples-only --dbname "$url"]=]

postgresql.misuse = database_url.misuse

local function flags(opts)
  local words = { opts.transaction == false and "--exit-on-error" or "--single-transaction" }
  if not opts.keep_owners then words[#words + 1] = "--no-owner" end
  if not opts.keep_privileges then words[#words + 1] = "--no-privileges" end
  return table.concat(words, " ")
end

--- The command that restores the stream of reading.prelude.
---@return string
function postgresql.restore_command(opts)
  local is_one = opts.transaction ~= false
  return database_url.url(postgresql, opts) .. ASK .. (RESTORE:gsub("@(%u+)@", {
    FLAGS = flags(opts), BEGIN = is_one and "--command 'begin'" or "",
    COMMIT = is_one and "'commit;'" or "''",
  }))
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function postgresql.check_command(opts)
  return database_url.url(postgresql, opts) .. CHECK
end

--- The command that reads statements and has them done, all or none.
---@return string
function postgresql.change_command(opts)
  return database_url.url(postgresql, opts) .. CHANGE
end

--- The command that gives the planner its statistics, of what this role may analyze.
---@return string
function postgresql.analyze_command(opts)
  return database_url.url(postgresql, opts) .. ANALYZE
end

--- The command that holds a lock until it is killed, and prints whether it has it.
---@return string
function postgresql.lock_command(opts)
  return database_url.url(postgresql, opts) .. HOLD
end

--- The command that compares rows.
---@return string
function postgresql.rows_command(opts)
  return database_url.url(postgresql, opts) .. rows.command(ASK .. ROWS)
end

postgresql.where = database_url.where

--- What went wrong, from what the programs say: the statement, the line of the dump, and the
--- message.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function postgresql.failure(output)
  local line, message = output:match("psql:<stdin>:(%d+): (%u+:[^\n]*)")
  if not message then message = output:match("pg_restore: error: ([^\n]*)") end
  local statement = output:match("STATEMENT:%s*(.-)\n*$")
    or output:match("\nCommand was: ([^\n]*)")
  return { statement = statement, line = tonumber(line), message = message }
end

return postgresql

-- How a PostgreSQL database is restored and checked, with the client programs in the container.
-- SPDX-License-Identifier: MIT
--
-- All or nothing: the restore is one transaction, which its first error ends, whatever BEGIN and
-- COMMIT stand in the dump. With `transaction = false` it stops at the first error and keeps what
-- it did before. The server is asked first what it knows and has: settings, extensions and schemas
-- that would fail are left out and named.

local database_url = require "oneoff.restore.database_url"
local rows = require "oneoff.restore.rows"
local shell = require "oneoff.restore.postgresql_shell"
local replacement = require "oneoff.restore.postgresql_replace"
local transaction = require "oneoff.restore.postgresql_transaction"

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

local RESTORE = [=[
# The transaction ends well only where the stream did.
statements() {
  filtered
  [ -s "$work/broken" ] || printf '\n%s\n' @COMMIT@
}
ask_server || exit
if is_archive; then
  choose_contents || exit
  pg_restored --clean --if-exists @FLAGS@ --use-list="$work/chosen" --dbname "$url"
else
  statements | psql --no-psqlrc --quiet --echo-errors --output /dev/null --set ON_ERROR_STOP=1 \
    @BEGIN@ --dbname "$url" --file -
fi]=]

local ROWS = [=[
ask_rows() {
  psql --no-psqlrc --quiet --no-align --tuples-only --field-separator "$tab" \
    --set ON_ERROR_STOP=1 --dbname "$url" --file -
}
]=]

local CHECK = [=[
exec psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
  --dbname "$url" --file -]=]

local CHANGE = CHECK .. " --single-transaction"

local REPLACE = CHECK:gsub("%-$", "") .. '"$work/replace" --single-transaction'

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

--- The same commands for inside of one transaction that several steps share.
postgresql.in_transaction = transaction.of(postgresql, flags)

--- The command that empties the database, where that is no part of the restore's transaction.
---@return string
function postgresql.replace_command(opts)
  return database_url.url(postgresql, opts) .. replacement.script("$work/replace")
    .. REPLACE
end

--- The command that restores the stream of reading.prelude.
---@return string
function postgresql.restore_command(opts)
  local is_one = opts.transaction ~= false
  return database_url.url(postgresql, opts) .. shell.ASK .. shell.DUMP .. (RESTORE:gsub("@(%u+)@", {
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
  return database_url.url(postgresql, opts) .. rows.command(shell.TABLES .. ROWS)
end

postgresql.where = database_url.where

--- What went wrong, from what the programs say: the statement, the line of the dump, and the
--- message.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function postgresql.failure(output)
  local line, message = output:match("psql:<stdin>:(%d+): (%u+:[^\n]*)")
  if not message then line, message = output:match("/session/dump:(%d+): (%u+:[^\n]*)") end
  if not message then message = output:match("/session/[%w_.]+:%d+: (%u+:[^\n]*)") end
  if not message then message = output:match("pg_restore: error: ([^\n]*)") end
  local statement = output:match("STATEMENT:%s*(.-)\n*$")
    or output:match("\nCommand was: ([^\n]*)")
  return { statement = statement, line = tonumber(line), message = message }
end

return postgresql

-- How a PostgreSQL database is restored and checked, with the client programs in the container.
-- SPDX-License-Identifier: MIT
--
-- All or nothing: the restore is one transaction, which its first error ends. With
-- `transaction = false` it stops at the first error and keeps what it did before.

local database_url = require "oneoff.restore.database_url"

local postgresql = {
  title = "PostgreSQL",
  kinds = { "pg_custom", "pg_tar", "pg_sql", "sql" },
  tools = { "psql", "pg_restore" },
  fetch = "pgsql", -- what dbclient-fetcher calls them
  variable = "SCALINGO_POSTGRESQL_URL",
  -- A name that is no address is not shown: psql would take it for a database's name and print it.
  schemes = "postgres://*|postgresql://*|*=*",
}

-- An archive is read to its end before anything is restored from it. A program that is too old, or
-- none here, is for the container's own to judge.
postgresql.verify = [=[
case $kind in pg_custom|pg_tar)
  if command -v pg_restore >/dev/null 2>&1; then
    stream 2>/dev/null | pg_restore --file=/dev/null 2>"$work/said" ||
      grep -q 'unsupported version' "$work/said" ||
      refuse "$what, and damaged or cut short: $(tail -n 1 "$work/said")"
  fi ;;
esac]=]

local RESTORE = [=[
case $kind in
  pg_custom|pg_tar)
    stream | pg_restore --clean --if-exists --no-owner --no-privileges --no-comments \
      @STOP@ --dbname "$url" ;;
  *) # a stream that broke must not be taken for one that ended
    { stream; [ ! -s "$work/broken" ] || echo 'rollback;'; } | psql --no-psqlrc \
      --quiet --echo-errors --output /dev/null --set ON_ERROR_STOP=1 @ONE@ \
      --dbname "$url" --file - ;;
esac]=]

local CHECK = [=[
exec psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
  --dbname "$url" --file -]=]

postgresql.misuse = database_url.misuse

--- The command that restores the stream of dump.stream_functions.
---@return string
function postgresql.restore_command(opts)
  local is_one = opts.transaction ~= false
  return database_url.url(postgresql, opts) .. (RESTORE:gsub("@(%u+)@", {
    STOP = is_one and "--single-transaction" or "--exit-on-error",
    ONE = is_one and "--single-transaction" or "",
  }))
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function postgresql.check_command(opts)
  return database_url.url(postgresql, opts) .. CHECK
end

postgresql.where = database_url.where

--- What went wrong, from what the programs say: the statement, the line of the dump, the message.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function postgresql.failure(output)
  local line, message = output:match("psql:<stdin>:(%d+): (%u+:[^\n]*)")
  if not message then
    message = output:match("pg_restore: error: ([^\n]*)")
  end
  local statement = output:match("STATEMENT:%s*(.-)\n*$")
    or output:match("\nCommand was: ([^\n]*)")
  return { statement = statement, line = tonumber(line), message = message }
end

return postgresql

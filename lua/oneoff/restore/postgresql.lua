-- How a PostgreSQL database is restored and checked, with the client programs in the container.
-- SPDX-License-Identifier: MIT
--
-- All or nothing: the restore is one transaction, which its first error ends. With
-- `transaction = false` it stops at the first error and keeps what it did before.

local dump = require "oneoff.restore.dump"

local postgresql = {
  title = "PostgreSQL",
  kinds = { "pg_custom", "pg_tar", "pg_sql", "sql" },
  tools = { "psql", "pg_restore" },
  fetch = "pgsql", -- what dbclient-fetcher calls them
}

-- A name that is no address is not shown: psql would take it for a database's name and print it.
local CONNECT = [=[
url=@URL@
case $url in
  postgres://*|postgresql://*|*=*) ;;
  '') echo '@MISSING@'; exit @UNAVAILABLE@ ;;
  *) echo '@WRONG@'; exit @UNAVAILABLE@ ;;
esac
]=]

local RESTORE = [=[
work=$ONEOFF_UPLOADS/.oneoff-restore
read -r kind <"$work/kind" || exit @UNAVAILABLE@
case $kind in
  pg_custom|pg_tar)
    exec pg_restore --clean --if-exists --no-owner --no-privileges --no-comments \
      @STOP@ --dbname "$url" "$work/dump" ;;
  *)
    exec psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 \
      @ONE@ --dbname "$url" --file "$work/dump" ;;
esac]=]

local CHECK = [=[
exec psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
  --dbname "$url" --file -]=]

--- What is wrong with the options of a restore, or nil; the name of the option too.
---@return string? problem
---@return string? name
function postgresql.misuse(opts)
  local name = opts.url_variable
  if name ~= nil and (type(name) ~= "string" or not name:find("^[%a_][%w_]*$")) then
    return "the name of an environment variable expected", "url_variable"
  elseif opts.target ~= nil then
    return "the database is where url_variable says", "target"
  end
  return nil
end

local function connect(opts)
  local name = opts.url_variable
  local values = {
    UNAVAILABLE = tostring(dump.UNAVAILABLE),
    URL = name and ("${%s:-}"):format(name) or "${SCALINGO_POSTGRESQL_URL:-${DATABASE_URL:-}}",
    MISSING = ("the container has no %s: does the application have a PostgreSQL database?"):format(
      name or "SCALINGO_POSTGRESQL_URL and no DATABASE_URL"),
    WRONG = (name or "SCALINGO_POSTGRESQL_URL or DATABASE_URL") .. " is no address of PostgreSQL",
  }
  return (CONNECT:gsub("@(%u+)@", values))
end

--- The command that restores what dump.unpack_command left.
---@return string
function postgresql.restore_command(opts)
  local is_one = opts.transaction ~= false
  local values = {
    STOP = is_one and "--single-transaction" or "--exit-on-error",
    ONE = is_one and "--single-transaction" or "", UNAVAILABLE = tostring(dump.UNAVAILABLE),
  }
  return connect(opts) .. (RESTORE:gsub("@(%u+)@", values))
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function postgresql.check_command(opts)
  return connect(opts) .. CHECK
end

--- The name under which the restored database is spoken of.
---@return string
function postgresql.where(opts)
  return "$" .. (opts.url_variable or "SCALINGO_POSTGRESQL_URL")
end

return postgresql

-- How commands are imported into a Redis database, and checked, with redis-cli in the container.
-- SPDX-License-Identifier: MIT
--
-- A snapshot (RDB) is loaded by a server at its start, which nobody can do to the platform's: it is
-- refused. What can be imported are commands: one a line, or as an append-only file has
-- them. Keys that are there and not spoken of stay; a command that fails does not undo the others.

local database_url = require "oneoff.restore.database_url"
local dump = require "oneoff.restore.dump"

local redis = {
  title = "Redis",
  kinds = { "redis_aof", "redis_folder", "sql" }, -- a text of commands looks like any other
  dialect = "redis", scanners = { "redis" },
  tools = { "redis-cli" },
  fetch = "redis",
  variable = "SCALINGO_REDIS_URL",
  schemes = "redis://*|rediss://*",
}

local CONNECT = [=[
[ -z "$password" ] || export REDISCLI_AUTH="$password"
set -- -h "${host:-127.0.0.1}" -p "${port:-6379}"
[ -z "$user" ] || [ "$user" = default ] || set -- "$@" --user "$user"
[ -z "$database" ] || set -- "$@" -n "$database"
[ "$scheme" != rediss ] || set -- "$@" --tls
]=]

-- A line's end is CR LF there. --pipe itself selects no database.
local RESTORE = [=[
select_database() {
  [ -z "$database" ] || printf 'SELECT %s\r\n' "$database"
}
commands() {
  if [ "$kind" = sql ]; then redis_commands | scan redis -v out=1 -v is_text=1
  elif has_fact left; then redis_commands | scan redis -v out=1
  else redis_commands
  fi
}
# What an awk cannot carry must not be cut by it.
if [ "$kind" != sql ] && has_fact left; then
  [ "$(printf 'a\000b' | LC_ALL=C $awk '{ print length($0) }')" = 3 ] || {
    echo 'the awk here takes no NUL bytes: mawk or gawk is needed'
    exit @UNAVAILABLE@
  }
fi
{ select_database; commands; } | redis-cli "$@" --pipe]=]

local REPLACE = [=[
count=$(redis-cli "$@" DBSIZE) || { printf '%s\n' "$count"; exit 1; }
said=$(redis-cli "$@" FLUSHDB) || { printf '%s\n' "$said"; exit 1; }
[ "$said" = OK ] || { printf '%s\n' "$said"; exit 1; }
printf 'dropped: keys %s\n' "${count##* }"]=]

-- An error is known by its word: not every version has an option that makes it a failure.
local CHECK = [=[
rows=$(redis-cli "$@") || { printf '%s\n' "$rows"; exit 1; }
printf '%s\n' "$rows"
case $rows in
  'ERR '*|'NOAUTH '*|'WRONGTYPE '*|'WRONGPASS '*|'NOPERM '*|'Could not connect'*) exit 1 ;;
esac]=]

redis.misuse = database_url.misuse
redis.where = database_url.where

--- The command that imports the stream of reading.prelude.
---@return string
function redis.restore_command(opts)
  return database_url.parts(redis, opts) .. CONNECT
    .. RESTORE:gsub("@UNAVAILABLE@", tostring(dump.UNAVAILABLE))
end

--- The command that reads commands, one a line, and prints what they answer.
---@return string
function redis.check_command(opts)
  return database_url.parts(redis, opts) .. CONNECT .. CHECK
end

--- The command that empties the database, for good.
---@return string
function redis.replace_command(opts)
  return database_url.parts(redis, opts) .. CONNECT .. REPLACE
end

--- What went wrong, from what the program says.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function redis.failure(output)
  return { message = output:match("%f[%u](%u%u%u+ [^\n]+)") }
end

return redis

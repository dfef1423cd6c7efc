-- How a MySQL or MariaDB database is restored and checked, with the client in the container.
-- SPDX-License-Identifier: MIT
--
-- It stops at the first error. What was done before stays: these databases end a transaction at
-- every statement that creates or drops something. A failure says so.

local database_url = require "oneoff.restore.database_url"
local rows = require "oneoff.restore.rows"

local mysql = {
  title = "MySQL",
  kinds = { "mysql_sql", "sql" },
  dialect = "mysql", has_parts = true, scanners = { "mysql" },
  tools = { "mysql" },
  fetch = "mysql",
  variable = "SCALINGO_MYSQL_URL",
  schemes = "mysql://*|mysql2://*|mariadb://*",
}

-- Beside the step's own folder, so that it is gone when the step is over.
local CONNECT = [=[
options=$(mktemp) || exit 74
trap 'rm -f "$options" "$options.rows" "$options.said"' EXIT
is_mariadb() { case $(mysql --version) in *MariaDB*) ;; *) return 1 ;; esac; }
word() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
{
  echo '[client]'
  [ -z "$user" ] || { printf 'user='; word "$user"; echo; }
  [ -z "$password" ] || { printf 'password='; word "$password"; echo; }
  case $host in
    '') ;;
    /*) printf 'socket='; word "$host"; echo ;;
    *) printf 'host='; word "$host"; echo; echo 'protocol=tcp' ;;
  esac
  [ -z "$port" ] || printf 'port=%s\n' "$port"
  case $query in
    *useSSL=true*|*ssl=true*|*sslmode=require*)
      if is_mariadb; then echo 'ssl'; else echo 'ssl-mode=REQUIRED'; fi ;;
  esac
} >"$options"
# No command of the client reaches a shell, even if one was overlooked.
without_shell() {
  for option in --sandbox --skip-system-command; do
    ! mysql --help </dev/null 2>/dev/null | grep -q -e "^ *$option" || echo "$option"
  done | tail -n 1
}
client() {
  mysql --defaults-extra-file="$options" --default-character-set=utf8mb4 "$@" "$database"
}
]=]

-- Collations that the server does not know, each with the nearest one that it knows.
local COLLATIONS = [=[
ask() { client --batch --raw --skip-column-names --execute "$1"; }
ask_server() {
  : >"$work/drop"
  fact_of collation | LC_ALL=C sort -u >"$work/named"
  [ -s "$work/named" ] || return 0
  ask 'select collation_name from information_schema.collations' >"$work/there" || return
  grep -vxFf "$work/there" "$work/named" | while IFS= read -r name; do
    for other in $(nearest "$name"); do
      grep -qxF "$other" "$work/there" || continue
      printf 'left out: collation: %s (this server does not know it; %s in its place)\n' \
        "$name" "$other"
      printf 'collation %s %s\n' "$name" "$other" >>"$work/drop"
      break
    done
  done
}
nearest() {
  charset=${1%%_*}
  case $charset in uca1400) charset=utf8mb4 ;; esac
  case $1 in
    *_bin|*_as_cs|*_cs) echo "${charset}_bin" ;;
    *)
      for name in 0900_ai_ci uca1400_ai_ci unicode_520_ci unicode_ci general_ci; do
        echo "${charset}_$name"
      done ;;
  esac
}
]=]

-- MariaDB's dumps begin with a line for its own client alone, which MySQL's takes for an error. The
-- line that failed is said before the error: the client does not show it.
local RESTORE = [=[
known_sandbox=
! is_mariadb || known_sandbox=1
filtered() {
  if needs_filter || { [ -z "$known_sandbox" ] && has_fact sandbox; }; then
    stream | filter mysql -v known_sandbox="$known_sandbox"
  else
    stream
  fi
}
ask_server || exit
filtered | client --batch $(without_shell) 2>"$options.said"
code=$?
at=$(sed -n 's/^ERROR [0-9]* ([^)]*) at line \([0-9]*\).*/\1/p' "$options.said" | head -n 1)
[ -z "$at" ] || printf 'line %d of the dump: %s\n' "$at" \
  "$(stream 2>/dev/null | sed -n "${at}{p;q;}" | cut -c 1-500)"
cat "$options.said"
(exit "$code")]=]

-- Of an engine that keeps rows of other tables or none, a dump has no rows.
local ROWS = [=[
ask_rows() { client --batch --raw --skip-column-names $(without_shell); }
list_tables() {
  ask_rows <<'END'
select table_name, '', 'r', concat('`', replace(table_name, '`', '``'), '`')
from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'
  and engine in ('InnoDB', 'MyISAM', 'Aria', 'MEMORY', 'ARCHIVE', 'CSV', 'RocksDB', 'ndbcluster')
  and instr(table_name, char(9)) + instr(table_name, char(10)) + instr(table_name, char(13)) = 0;
END
}
]=]

-- Views first: they stand on tables. A sequence is a table of MariaDB's own kind.
local REPLACE = [=[
ask_objects() {
  client --batch --raw --skip-column-names $(without_shell) <<'END'
select case table_type when 'VIEW' then 'view' when 'SEQUENCE' then 'sequence' else 'table' end,
  table_name from information_schema.tables where table_schema = database() order by 1 desc, 2;
select lower(routine_type), routine_name from information_schema.routines
where routine_schema = database() order by 2;
select 'event', event_name from information_schema.events where event_schema = database();
END
}
ask_objects >"$options.rows" || exit
LC_ALL=C awk -F '\t' 'BEGIN { print "set foreign_key_checks = 0;" }
  { gsub(/`/, "``", $2); print "drop " $1 " if exists `" $2 "`;" }' "$options.rows" |
  client --batch $(without_shell) || exit
LC_ALL=C awk -F '\t' '{ print "dropped: " $1 " " $2 }' "$options.rows"]=]

local CHECK = [=[
client --batch --raw --skip-column-names >"$options.rows" || exit
tr '\t' '|' <"$options.rows"]=]

-- Who holds the lock stands in the statement that its connection runs: the name of a column. It is
-- a short one, as the server sees only after it that a holder was killed; the next one follows.
local HOLD = [=[
feed "select case when get_lock(left(concat('oneoff.', database()), 64), 5) then 'held' else
  concat('busy ', coalesce((select substring_index(substring_index(info, '\`', -2), '\`', 1)
    from information_schema.processlist
    where id = is_used_lock(left(concat('oneoff.', database()), 64))), '')) end;" \
  "select sleep(1) as \`$who since $since\`;" 0 |
  client --batch --raw --skip-column-names --unbuffered]=]

mysql.misuse = database_url.misuse
mysql.where = database_url.where

--- The command that restores the stream of reading.prelude.
---@return string
function mysql.restore_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. COLLATIONS .. RESTORE
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function mysql.check_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. CHECK
end

--- The command that reads statements and has them done; what they print comes as it is printed.
---@return string
function mysql.change_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. "client --batch --raw --skip-column-names"
end

--- The command that empties the database, for good.
---@return string
function mysql.replace_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. REPLACE
end

--- The command that holds a lock until it is killed, and prints whether it has it.
---@return string
function mysql.lock_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. HOLD
end

--- The command that compares rows.
---@return string
function mysql.rows_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. rows.command(ROWS)
end

--- What went wrong, from what the program says, and the beginning of the line that it names.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function mysql.failure(output)
  local message = output:match("(ERROR %d+[^\n]*)")
  return { line = tonumber(output:match("ERROR %d+ [^\n]- at line (%d+)")), message = message,
    statement = output:match("line %d+ of the dump: ([^\n]*)") }
end

return mysql

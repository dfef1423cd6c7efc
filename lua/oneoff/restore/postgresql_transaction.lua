-- Keeps one transaction of PostgreSQL open over several steps of a restore.
-- SPDX-License-Identifier: MIT
--
-- The first step starts psql beside the steps. It reads its commands from one FIFO and prints into
-- another one, so that each step has its own time, output and exit code. Whatever ends the steps
-- before the last one ends the container, and with it psql: the server rolls back then.
--
-- Each text of SQL is a file of its own for psql: what is left open in it (a quote, a comment) ends
-- with it.

local database_url = require "oneoff.restore.database_url"
local dump = require "oneoff.restore.dump"
local postgresql_replace = require "oneoff.restore.postgresql_replace"
local rows = require "oneoff.restore.rows"
local shell = require "oneoff.restore.postgresql_shell"

local transaction = {}

-- Both FIFOs are kept open for reading and writing: no open of one waits, and what psql said last
-- is still there when it has ended. `in_session FILE` has psql read a file, prints what it prints,
-- and returns its exit code once psql has ended. The output is read to the mark, its last line.
local SESSION = [=[
session=$ONEOFF_UPLOADS/.oneoff-restore/session
is_open() { [ -p "$session/in" ]; }
open_session() {
  ! is_open || return 0
  mkdir -p "$session" && mkfifo "$session/in" "$session/out" || exit @FAILED@
  mark=oneoff-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$mark" >"$session/mark"
  ( psql --no-psqlrc --quiet --no-align --tuples-only --echo-errors --set ON_ERROR_STOP=1 \
      --dbname "$url" --file -
    printf '%s %d\n' "$mark" $?
    exec sleep 2147483647 ) <>"$session/in" 1<>"$session/out" 2>&1 &
  cat >"$session/begin" <<'END'
begin;
set local idle_in_transaction_session_timeout = 0;
select txid_current() as oneoff_transaction \gset
END
  in_session "$session/begin"
}
in_session() {
  read -r mark <"$session/mark"
  printf "\\\\i '%s'\n\\\\echo %s\n" "$1" "$mark" >"$session/in"
  while IFS= read -r line <&5; do
    case $line in
      "$mark") return 0 ;;
      "$mark "*) [ "${line##* }" = 0 ] && return 3 || return "${line##* }" ;;
    esac
    printf '%s\n' "$line"
  done 5<>"$session/out"
}
]=]

-- A statement that ends the transaction would make what came before it final.
local TEXT = [=[
ends_transaction() {
  awk_of_scanner=$ONEOFF_UPLOADS/.oneoff-restore/postgresql.awk
  [ -s "$awk_of_scanner" ] || return 1
  LC_ALL=C ${awk:-awk} -v keep=owners,privileges,replication -v one=1 -f "$awk_of_scanner" \
    <"$1" 2>/dev/null | grep -q -e '^transaction' -e 'takes back what it did'
}
open_session || exit
text=$session/text.sql
cat >"$text" || exit @FAILED@
if ends_transaction "$text"; then
  echo 'this SQL begins or ends a transaction of its own, and all of it is to be in one'
  exit @INVALID@
fi
cat >"$session/guard" <<'END'
select case when txid_current() = :oneoff_transaction then 'true' else 'false' end as oneoff_same
\gset
\if :oneoff_same
\else
\echo 'a statement of this step has ended the transaction: what came before it stays'
\i 'the transaction has ended'
\endif
END
in_session "$text" || exit
in_session "$session/guard"]=]

-- The dump comes through a FIFO, so that what the error names are its lines. What its session has
-- set (an empty search_path) is put back.
local RESTORE = [=[
ask_server || exit
! is_archive || choose_contents || exit
open_session || exit
input=$session/dump
! is_archive || input=$session/archive
mkfifo "$input" || exit @FAILED@
{
  if is_archive; then
    pg_restored --clean --if-exists @FLAGS@ --use-list="$work/chosen" --file=-
  else
    filtered
  fi >"$input"
  echo $? >"$session/status"
} 2>"$session/said" &
writer=$!
cat >"$session/restore" <<END
\o /dev/null
\i '$input'
\o
reset session authorization;
reset all;
set local idle_in_transaction_session_timeout = 0;
END
in_session "$session/restore"
code=$?
[ "$code" = 0 ] || kill "$writer" 2>/dev/null
wait "$writer"
cat "$session/said"
[ "$code" = 0 ] || exit "$code"
read -r code <"$session/status"
[ "$code" = 0 ] || exit "$code"
[ ! -s "$work/broken" ] || exit 0
@COMMIT@]=]

local COMMIT = [=[
printf 'commit;\n' >"$session/commit"
in_session "$session/commit"]=]

local ROWS = [=[
ask_rows() {
  { printf "\\\\pset fieldsep '\\\\t'\n"; cat; printf "\n\\\\pset fieldsep '|'\n"
  } >"$session/rows"
  in_session "$session/rows"
}
]=]

local function fill(text)
  return (text:gsub("@(%u+)@", {
    FAILED = tostring(dump.FAILED), INVALID = tostring(dump.INVALID),
  }))
end

--- The commands of a recipe, as those that it has itself, for inside of the transaction.
---@param recipe table
---@param flags fun(opts: table): string of pg_restore
---@return table
function transaction.of(recipe, flags)
  local inside = {}

  local function begin(opts)
    return database_url.url(recipe, opts) .. fill(SESSION)
  end

  function inside.restore_command(opts)
    local restore = RESTORE:gsub("@(%u+)@", {
      FLAGS = flags(opts), COMMIT = opts.atomic and "exit 0" or COMMIT,
    })
    return begin(opts) .. shell.ASK .. shell.DUMP .. fill(restore)
  end

  function inside.replace_command(opts)
    return begin(opts) .. "open_session || exit\n" .. postgresql_replace.script("$session/replace")
      .. 'in_session "$session/replace"'
  end

  function inside.change_command(opts)
    return begin(opts) .. fill(TEXT)
  end

  inside.check_command = inside.change_command

  function inside.rows_command(opts)
    return begin(opts) .. rows.command(shell.TABLES .. ROWS)
  end

  function inside.commit_command(opts)
    return begin(opts) .. COMMIT
  end

  return inside
end

return transaction

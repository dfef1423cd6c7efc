-- The shell functions that the steps of a PostgreSQL database share.
-- SPDX-License-Identifier: MIT

local shell = {}

-- Names come in as a variable of psql, which quotes them.
shell.ASK = [=[
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

-- The dump in SQL, without what must not reach the server; and an archive's contents, chosen.
shell.DUMP = [=[
known_restrict=
psql --help=commands 2>/dev/null | grep -q restrict && known_restrict=1
filtered() {
  if needs_filter || { [ -z "$known_restrict" ] && has_fact restrict; }; then
    stream | filter postgresql -v known_restrict="$known_restrict"
  else
    stream
  fi
}
is_archive() { case $kind in pg_custom|pg_tar|pg_directory) ;; *) return 1 ;; esac; }
choose_contents() {
  pg_restored --list >"$work/contents" && structure &&
    scan contents -v out=1 -v drop="$work/drop" <"$work/contents" >"$work/chosen"
}
]=]

-- What can be counted; ask_rows runs statements and prints fields with tabs between them.
shell.TABLES = [=[
tab='	'
list_tables() {
  ask_rows <<'END'
select s.nspname || '.' || c.relname,
  case when pg_table_is_visible(c.oid) then c.relname end,
  case when c.relkind = 'p' or c.relispartition then 'p' else 'r' end,
  case c.relkind when 'r' then 'only ' else '' end || c.oid::regclass
from pg_class c join pg_namespace s on s.oid = c.relnamespace
where c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
  and not row_security_active(c.oid)
  and s.nspname || c.relname !~ '[[:cntrl:]]';
END
}
]=]

return shell

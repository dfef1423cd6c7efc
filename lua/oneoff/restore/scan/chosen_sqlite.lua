-- The part of SQLite's scanner that knows to which table a statement belongs.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after chosen_sql.lua. With a table come its rows, indexes and triggers. The tables
-- of SQLite itself hold lines on all tables.

return [==[
function leave_by_choice(name) {
  if (upper ~ /^(PRAGMA|BEGIN|SAVEPOINT|RELEASE|COMMIT|END|ROLLBACK|ANALYZE)( |$)/) return 0
  if (upper ~ /^(INSERT|REPLACE|DELETE) /) return leave_change()
  return has_only ? leave_object() : 0
}
function leave_change(name) {
  name = upper ~ /^DELETE / ? full_name(after("^DELETE FROM ")) : table_of_insert(head)
  if (tolower(name) ~ /^sqlite_(schema|master)$/) return has_only ? leave("object") : 0
  if (tolower(name) ~ /^sqlite_/) {
    inserted = 0
    return has_only || schema_only ? leave("sequence value") : 0
  }
  return !is_row_kept(name)
}
function leave_object(name, is_table) {
  name = table_of_object()
  is_table = after("^CREATE " OBJECT_WORDS "(TABLE|VIEW) ") != ""
  if (is_table && name != "") see_table(name)
  if (name != "" && is_chosen(name)) return 0
  if (!is_table || name == "") return leave("object")
  leave_table(name)
  return 1
}
function table_of_rest() { return "" }
]==]

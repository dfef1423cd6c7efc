-- The part of MySQL's scanner that knows to which table a statement belongs.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after chosen_sql.lua. With a table come its rows, indexes and triggers.

return [==[
function is_plain_insert() { return 1 }
function leave_by_choice(name) {
  if (upper ~ /^(SET|UNLOCK|BEGIN|START|COMMIT|ROLLBACK)( |$)/) return 0
  if (upper ~ /^(INSERT|REPLACE) /) return !is_row_kept(table_of_insert(head))
  if ((name = after("^LOCK TABLES? ")) != "")
    return is_chosen(full_name(name)) ? 0 : leave("object")
  if (data_only && upper !~ /^ALTER TABLE .* (DISABLE|ENABLE) KEYS$/) {
    if ((name = after("^CREATE " OBJECT_WORDS "TABLE (IF NOT EXISTS )?")) != "")
      see_table(full_name(name))
    return leave("structure")
  }
  return has_only ? leave_object() : 0
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
function table_of_rest(rest) {
  rest = after("^(TRUNCATE|ANALYZE|OPTIMIZE)( TABLE)? ")
  return rest == "" ? "" : full_name(rest)
}
]==]

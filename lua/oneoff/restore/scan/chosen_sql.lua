-- The part of the SQL scanners that leaves out rows and statements that are not wanted.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after choice.lua.

return [==[
function take_rows(table, rows) {
  if (has_choice && row_left) leave_rows(table, rows)
  else count_rows(table, rows, 0, length($0) + 1)
}
function take_inserted(table) {
  if (has_choice && !is_row_kept(table)) leave_rows(table, inserted)
  else count_rows(table, inserted, statement_line, bytes - statement_bytes)
  counted_bytes = bytes
}
# An INSERT is known by its table; what else is left out, at its end.
function settle_by_choice() {
  if (head ~ /^([Ii][Nn][Ss][Ee][Rr][Tt]|[Rr][Ee][Pp][Ll][Aa][Cc][Ee]) /) {
    if (is_insert() && is_plain_insert()) settle(is_row_kept(table_of_insert(head)))
  } else if (!has_only && !schema_only && !data_only && is_sure()) settle(1)
}
# The table behind the first WORD of what follows on a name.
function name_behind(word, at) {
  at = index(toupper(after_name), word)
  return at ? full_name(substr(after_name, at + length(word))) : ""
}
# What makes, changes or takes away a table, a view or a sequence, or hangs on one: its name. The
# words are sets in between.
function table_of_object(rest) {
  if ((rest = after("^(CREATE|ALTER|DROP) " OBJECT_WORDS "(TABLE|VIEW|SEQUENCE) " \
      "(IF (NOT )?EXISTS )?(ONLY )?")) != "") return full_name(rest)
  if ((rest = after("^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?(IF NOT EXISTS )?")) != "")
    return table_of_index(full_name(rest))
  if ((rest = after("^(CREATE|COMMENT ON) " OBJECT_WORDS "(TRIGGER|POLICY|CONSTRAINT) " \
      "(IF NOT EXISTS )?")) != "") {
    full_name(rest)
    return name_behind(" ON ")
  }
  return table_of_rest()
}
function table_of_index(name, table) {
  table = name_behind(" ON ")
  if (table == "only") table = full_name(substr(after_name, 2))
  return belongs(qualifier == "" ? name : qualifier "." name, table)
}
# What has a name of its own is remembered with its table.
function belongs(name, table) {
  if (is_chosen(table) && !(name in index_table)) fact("index", name, table)
  return index_table[name] = table
}
]==]

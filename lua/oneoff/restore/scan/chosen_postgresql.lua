-- The part of PostgreSQL's scanner that knows to which table a statement belongs.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after chosen_sql.lua. What belongs to a table is what pg_dump --table takes with
-- it: rows, defaults, sequences of its columns, indexes, constraints, triggers, rules, policies,
-- comments, privileges. A foreign key to a table that is not wanted is left out.

return [==[
function leave_by_choice(name) {
  if (upper ~ /^(SET|RESET|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE)( |$)/ ||
      upper ~ /^SELECT PG_CATALOG[.]SET_CONFIG/) return 0
  if (upper ~ /^COPY .* FROM STDIN/) return leave_copy(full_name(after("^COPY ")))
  if (upper ~ /^INSERT /) return !is_row_kept(table_of_insert(head))
  if (upper ~ /^SELECT PG_CATALOG[.]SETVAL ?[(]/) return leave_value()
  if (upper ~ /^SELECT PG_CATALOG[.]LO/)
    return schema_only || has_only ? leave("large object") : 0
  if ((name = after("^REFRESH MATERIALIZED VIEW ")) != "") {
    if (schema_only || !is_chosen(full_name(name))) return leave("object")
    return 0
  }
  if (data_only && upper !~ /^ALTER TABLE .* (DISABLE|ENABLE) TRIGGER ALL$/)
    return leave_structure()
  return has_only ? leave_object() : 0
}
function leave_copy(table) {
  see_table(table)
  if (is_row_kept(table)) return 0
  leave_rows(table, 0)
  copy_table = table
  copy_next = copy_left = 1
  return 1
}
function leave_value(name) {
  if (schema_only) return leave("sequence value")
  if (!has_only) return 0
  name = head
  sub(/^[^']*'/, "", name)
  sub(/'.*$/, "", name)
  return leave_sequence(full_name(name))
}
function leave_structure(name) {
  if (upper ~ /^CREATE /) {
    name = after("^CREATE " OBJECT_WORDS "TABLE (IF NOT EXISTS )?")
    if (name != "") see_table(full_name(name))
  }
  if (has_only) note_owned()
  return leave("structure")
}
function leave_object(name, is_table) {
  note_owned()
  if (upper ~ /^[A-Z]+ SEQUENCE |^COMMENT ON SEQUENCE |^(GRANT|REVOKE) .* ON SEQUENCE /) {
    match(upper, / SEQUENCE (IF (NOT )?EXISTS )?/)
    return leave_sequence(full_name(substr(head, RSTART + RLENGTH)))
  }
  name = table_of_object()
  is_table = upper ~ /^CREATE / && after("^CREATE " OBJECT_WORDS "(TABLE|VIEW) ") != ""
  if (is_table && name != "") see_table(name)
  if (name != "" && is_chosen(name)) return leave_reference(name)
  if (!is_table) return leave("object")
  leave_table(name)
  return 1
}
# A key, or a partition, that needs another table.
function leave_reference(table, name) {
  if (match(upper, / FOREIGN KEY .* REFERENCES /)) {
    name = full_name(substr(head, RSTART + RLENGTH))
    if (is_chosen(name)) return 0
    name = name_in(after("^ALTER TABLE .* ADD CONSTRAINT "))
    fact("foreign", table " " name)
    return leave("foreign key")
  }
  if (match(upper, / ATTACH PARTITION /) && upper ~ /^ALTER TABLE /)
    return is_chosen(full_name(substr(head, RSTART + RLENGTH))) ? 0 : leave("object")
  return 0
}
function note_owned(sequence, rest) {
  if (upper ~ /^ALTER SEQUENCE .* OWNED BY /) {
    sequence = full_name(after("^ALTER SEQUENCE "))
    match(upper, / OWNED BY /)
    full_name(substr(head, RSTART + RLENGTH))
    rest = qualifier
  } else if (match(upper, /[( ]SEQUENCE NAME /) && upper ~ /^ALTER TABLE /) {
    sequence = full_name(substr(head, RSTART + RLENGTH))
    rest = full_name(after("^ALTER TABLE (IF EXISTS )?(ONLY )?"))
    if (is_chosen(rest) && !(sequence in sequence_count)) {
      sequence_name[++sequences] = sequence
      sequence_count[sequence] = 0
    }
  } else return
  if (is_chosen(rest)) owned[sequence] = 1
}
function table_of_rest(rest) {
  if ((rest = after("^COMMENT ON (FOREIGN |MATERIALIZED )?(TABLE|VIEW) ")) != "")
    return full_name(rest)
  if ((rest = after("^COMMENT ON COLUMN ")) != "") {
    full_name(rest)
    return qualifier
  }
  if ((rest = after("^(COMMENT ON|ALTER) INDEX (IF EXISTS )?")) != "") {
    rest = full_name(rest)
    return rest in index_table ? index_table[rest] : ""
  }
  if ((rest = after("^CREATE STATISTICS (IF NOT EXISTS )?")) != "") {
    rest = full_name(rest)
    return belongs(rest, name_behind(" FROM "))
  }
  if ((rest = after("^CREATE (OR REPLACE )?RULE ")) != "") {
    name_in(rest)
    return name_behind(" TO ")
  }
  if ((rest = after("^(GRANT|REVOKE) .* ON TABLE ")) != "") return full_name(rest)
  return ""
}
]==]

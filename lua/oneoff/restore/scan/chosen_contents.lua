-- The part of the scanner of an archive's contents that leaves out what is not wanted.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after choice.lua. What an entry does not tell by its name (whose sequence or index
-- it is, where a foreign key leads), the file `structure` tells: what the scanner of SQL found in
-- the archive's structure.

return [==[
function leave_by_choice(kind, space, tag, name, is_data) {
  name = space "." tag
  if (kind ~ /^(TABLE|FOREIGN TABLE|VIEW|MATERIALIZED VIEW)$/) see_table(name)
  is_data = kind ~ / DATA$|^SEQUENCE SET$|^BLOB/
  if (kind == "TABLE DATA" && !is_row_kept(name)) {
    leave_rows(name, -1)
    return 1
  }
  if (is_data && schema_only) return leave_entry(kind, name)
  if (!is_data && data_only) {
    leave_out("structure", "", entry)
    return 1
  }
  if (!has_only) return 0
  if (is_wanted(kind, space, tag)) return 0
  if (kind ~ /^(TABLE|FOREIGN TABLE|VIEW|MATERIALIZED VIEW)$/) {
    leave_table(name)
    return 1
  }
  return leave_entry(kind, name)
}
function leave_entry(kind, name) {
  leave_out(name in is_foreign ? "foreign key" : kind == "SEQUENCE SET" && schema_only ? \
    "sequence value" : kind ~ /^BLOB/ ? "large object" : "object", "", entry)
  return 1
}
function is_wanted(kind, space, tag, name) {
  name = space "." tag
  if (kind ~ /TABLE$|VIEW$|^(TABLE|MATERIALIZED VIEW) DATA$|^ROW SECURITY$|^TABLE ATTACH$/)
    return is_chosen(name)
  if (kind ~ /^SEQUENCE/) return name in owned || is_chosen(name)
  if (kind ~ /^(INDEX|STATISTICS|STATISTICS DATA)$/) return name in index_table || is_chosen(name)
  if (name in is_foreign) return 0
  if (kind ~ /^(DEFAULT|CONSTRAINT|CHECK CONSTRAINT|FK CONSTRAINT|TRIGGER|RULE|POLICY)$/)
    return is_of_chosen(space, tag)
  return kind ~ /^(COMMENT|ACL|SECURITY LABEL)$/ && is_note_wanted(space, tag)
}
# "table what": either may have spaces.
function is_of_chosen(space, tag, at, done) {
  while (at = index(tag, " ")) {
    done = done substr(tag, 1, at - 1)
    if ((space "." done) in is_seen && is_chosen(space "." done)) return 1
    done = done " "
    tag = substr(tag, at + 1)
  }
  return 0
}
function is_note_wanted(space, tag, word) {
  word = tag
  sub(/ .*$/, "", word)
  if (match(tag, /^(FOREIGN TABLE|MATERIALIZED VIEW|TABLE|VIEW) /))
    return is_chosen(space "." name_in(substr(tag, RLENGTH + 1)))
  sub(/^[A-Z]+ /, "", tag)
  if (word == "COLUMN") {
    full_name(tag)
    return is_chosen(space "." qualifier)
  }
  if (word == "SEQUENCE") return (space "." name_in(tag)) in owned
  if (word == "INDEX") return (space "." name_in(tag)) in index_table
  if (word ~ /^(CONSTRAINT|TRIGGER|POLICY|RULE)$/ && match(tag, / ON /)) {
    return is_chosen(space "." name_in(substr(tag, RSTART + RLENGTH)))
  }
  return 0
}
]==]

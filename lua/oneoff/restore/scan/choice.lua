-- The part of every scanner that knows which parts of a dump are wanted: tables, rows, structure.
-- SPDX-License-Identifier: MIT
--
-- A text in awk. In the folder `work` it finds `choice` (see choice.lua of the folder above), and
-- `facts` where it is a filter. A dialect adds `leave_by_choice`, which says whether a statement is
-- left out and counts it.

return [==[
function read_choice(line, field) {
  if (work == "") return
  is_named["table"] = is_named["rows"] = 1
  while ((getline line < (work "/choice")) > 0) {
    split(line, field, "\t")
    has_choice = 1
    if (field[1] == "schema_only") schema_only = 1
    else if (field[1] == "data_only") data_only = 1
    else {
      wanted_word[++wanted] = field[1]
      wanted_name[wanted] = field[2]
      wanted_pattern[wanted] = field[folds || ignores_case ? 4 : 3]
      if (field[1] == "only") has_only = 1
    }
  }
  if (out && has_only) read_owned(work "/facts")
}
# What belongs to a table that is wanted: sequences, indexes; and keys that lead to another one.
function read_owned(path, line, field) {
  while ((getline line < path) > 0) {
    split(line, field, "\t")
    if (field[1] == "owned") owned[field[2]] = 1
    else if (field[1] == "index") index_table[field[2]] = field[3]
    else if (field[1] == "foreign") is_foreign[field[2]] = 1
  }
}
function fits(word, name, i, is_fit) {
  if ((word, name) in fit) return fit[word, name]
  for (i = 1; i <= wanted; i++)
    if (wanted_word[i] == word && (ignores_case ? tolower(name) : name) ~ wanted_pattern[i])
      is_fit = hits[i] = 1
  return fit[word, name] = is_fit + 0
}
function is_chosen(name) { return !has_only || fits("only", name) }
function is_row_kept(name) { return !schema_only && is_chosen(name) && !fits("data", name) }
function see_table(name) {
  if (name in is_seen) return
  is_seen[name] = ++seen
  if (seen <= 20) seen_names = seen_names (seen > 1 ? ", " : "") name
  fits("only", name)
  fits("data", name)
}
function check_choice(i) {
  for (i = 1; i <= wanted; i++)
    if (!hits[i]) refuse("no table matches '" wanted_name[i] "': it holds " \
      (seen ? seen_names (seen > 20 ? ", ..." : "") : "no table"))
}

# --- what is left out -----------------------------------------------------------------------------

function leave_rows(name, rows) {
  if (!(name in left_rows)) {
    rows_name[++rows_left] = name
    left_rows[name] = 0
    see_table(name)
  }
  if (rows < 0) left_rows[name] = -1
  else left_rows[name] += rows
}
function leave_table(name) {
  if (name in is_left) return
  is_left[name] = 1
  left_table[++tables_left] = name
  see_table(name)
}
function with_rows(name) {
  return name (left_rows[name] > 0 ? " (" left_rows[name] \
    (left_rows[name] == 1 ? " row)" : " rows)") : "")
}
function name_left(i, name) {
  for (i = 1; i <= tables_left; i++) leave_out("table", "", with_rows(left_table[i]))
  for (i = 1; i <= rows_left; i++)
    if (!(rows_name[i] in is_left) && left_rows[rows_name[i]])
      leave_out("rows", "", with_rows(rows_name[i]))
  for (i = 1; i <= sequences; i++) {
    name = sequence_name[i]
    if (name in owned) fact("owned", name)
    else for (; sequence_count[name] > 0; sequence_count[name]--) leave_out("object", "", name)
  }
}
# Whose sequence it is stands behind it: before that it is remembered.
function leave_sequence(name) {
  if (is_chosen(name)) owned[name] = 1
  if (out) return !(name in owned)
  if (!(name in sequence_count)) sequence_name[++sequences] = name
  sequence_count[name]++
  return 0
}
function leave(what) {
  leave_out(what, statement_line, head)
  return 1
}
]==]

-- The part of every scanner that keeps what was found: facts, what is left out, why to refuse.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, for mawk, gawk and busybox alike. Facts are lines of a word and its fields,
-- between tabs; facts.lua of the folder above reads them. Names lose their controls.

return [==[
function clean(text) {
  gsub(/[\001-\037\177]+/, " ", text)
  sub(/^ +/, "", text)
  sub(/ +$/, "", text)
  return length(text) > 160 ? substr(text, 1, 157) "..." : text
}
function fact(word, first, second, third) {
  facts[++fact_count] = word "\t" clean(first) (second == "" ? "" : "\t" clean(second)) \
    (third == "" ? "" : "\t" clean(third))
}
# A fact that counts once, however often it is met.
function fact_once(word, value) {
  if ((word, value) in known) return
  known[word, value] = 1
  known_count[word]++
  fact(word, value)
}
function names_of(word, i, field, list) {
  for (i = 1; i <= fact_count; i++) {
    split(facts[i], field, "\t")
    if (field[1] == word) list = list (list == "" ? "" : ", ") field[2]
  }
  return list
}
function leave_out(what, line, text) {
  if (match(toupper(text), /^(CREATE|ALTER|SET|GRANT) .*(PASSWORD|IDENTIFIED) /))
    text = substr(text, 1, RLENGTH) "..." # a secret
  if (!(what in left_count)) left_name[++lefts] = what
  if (++left_count[what] > (what in is_named ? 50 : 3)) return
  left_lines[what] = left_lines[what] (left_count[what] > 1 ? "," : "") line
  left_texts[what] = left_texts[what] "\t" clean(text)
}
# The first reason counts: what is said is one sentence.
function refuse(why) {
  if (refusal == "") refusal = clean(why)
}
function refuse_command(line, text, program) {
  refuse("line " line ": " clean(text) ": a command of " program \
    ", and no program runs from a dump: take that line out")
}
# What makes it several dumps, or none.
function check_databases(is_mixed, advice) {
  if (known_count["database"] + is_mixed <= 1) return
  refuse("it is for several databases, " names_of("database") \
    (is_mixed ? " and the one of the address" : "") ": " advice)
}
function count_rows(table, rows, line, bytes) {
  if (!(table in table_rows)) {
    table_name[++tables] = table
    table_line[table] = line ? line : NR
    table_rows[table] = 0
    if (has_choice) see_table(table)
  }
  table_rows[table] += rows
  table_bytes[table] += bytes
  all_rows += rows
}
# A table that is new: its rows are those of the dump. With IF NOT EXISTS it may be an old one.
function create_table(name, line) {
  count_rows(name, 0, line)
  if (toupper(head) !~ /^[A-Z ]+ TABLE IF NOT EXISTS / || name in is_dropped_table)
    is_created[name] = 1
}
function print_facts(i, name) {
  if (tables && !all_rows && !data && !schema_only) fact("rows", "none")
  if (refusal != "") printf "refuse\t%s\n", refusal
  for (i = 1; i <= fact_count; i++) print facts[i]
  for (i = 1; i <= tables; i++) {
    name = table_name[i]
    if (name in is_view) continue
    printf "table\t%s\t%d\t%d%s\n", clean(name), table_rows[name], table_line[name],
      name in is_created ? "" : "\tadded"
    if (counts) printf "bytes\t%s\t%.0f\n", clean(name), table_bytes[name]
  }
  for (i = 1; i <= lefts; i++) {
    name = left_name[i]
    printf "left\t%s\t%d\t%s%s\n", name, left_count[name], left_lines[name], left_texts[name]
  }
  printf "ending\t%s\nlines\t%d\n", ending, NR
}
]==]

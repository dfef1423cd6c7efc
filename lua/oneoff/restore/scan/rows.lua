-- The part of the SQL scanners that reads names, and whole rows of INSERT without each byte.
-- SPDX-License-Identifier: MIT
--
-- A text in awk; sql.lua says what the variables are.

return [==[
# The first name of a text: quoted in one way or another, or a word; `after_name` is what follows.
function name_in(text, q, name, at) {
  sub(/^ +/, "", text)
  q = substr(text, 1, 1)
  if (q != "\"" && q != "`" && q != "[") {
    match(text, /^[^ .,();=]*/)
    after_name = substr(text, RLENGTH + 1)
    name = substr(text, 1, RLENGTH)
    return folds ? tolower(name) : name
  }
  if (q == "[") q = "]"
  text = substr(text, 2)
  while (at = index(text, q)) {
    name = name substr(text, 1, at - 1)
    text = substr(text, at + 1)
    if (substr(text, 1, 1) != q) break
    name = name q
    text = substr(text, 2)
  }
  after_name = text
  return name
}
# Both names of "schema"."name", with a dot between them.
function full_name(text, name) {
  qualifier = ""
  name = name_in(text)
  while (after_name ~ /^ ?\./) {
    sub(/^ ?\./, "", after_name)
    qualifier = name
    name = name "." name_in(after_name)
  }
  return name
}
# What follows on words at the beginning of the statement: after("CREATE TABLE").
function after(pattern) {
  return match(upper, pattern) ? substr(head, RLENGTH + 1) : ""
}
function table_of_insert(text) {
  match(toupper(text),
    /^(INSERT|REPLACE)( (LOW|HIGH)_PRIORITY| DELAYED| IGNORE| OR [A-Z]+)*( INTO)? ?/)
  return full_name(substr(text, RLENGTH + 1))
}

# Whether a line is an INSERT from its beginning to its end, or rows of one, and nothing more. Most
# lines of a dump with INSERTs are: they are not read byte by byte. In doubt it is not.
function is_row(line, rows) {
  if (fate == "none") {
    if (line !~ /^(INSERT|REPLACE) INTO / || line !~ /\);$/) return 0
    rows = rows_in(line, 1)
    if (rows < 1) return 0
    count_rows(row_table, rows)
    return 1
  }
  if (line !~ /^ *\(.*\),$/ || !is_insert()) return 0
  rows = rows_in(line, 0)
  if (rows < 1) return 0
  inserted += rows
  return 1
}
# How many rows; 0 where something stands there that is none.
function rows_in(text, has_head, n, i, piece, rows, how) {
  if (index(text, "\\")) {
    how = escapes_in(text)
    if (how == "mixed") return 0
    if (how == "all") gsub(/\\./, "", text)
  }
  n = split(text, row, "'")
  if (n % 2 == 0 || !(has_head ? is_row_head(row[1]) : row[1] ~ /^ *\([^";`#\[$\\]*$/)) return 0
  if (row[1] ~ /--|\/\*/ || n > 1 && row[n] !~ /^[^";`#\[$\\]*\)[;,]$/) return 0
  rows = 1 + gsub(/\), *\(/, "", row[1])
  for (i = 3; i <= n; i += 2) {
    piece = row[i]
    if (piece == "," || piece == ", " || piece == "") continue
    if (i < n && piece ~ /[";`#\[$\\]/ || piece ~ /--|\/\*/) return 0
    if (index(piece, "(")) rows += gsub(/\), *\(/, "", piece)
  }
  return rows
}
# The words before the first text. Those of the row before are known.
function is_row_head(text, rest) {
  if (row_prefix == "" || index(text, row_prefix) != 1) {
    row_prefix = ""
    if (!match(text, ROW_PREFIX)) return 0
    row_prefix = substr(text, 1, RLENGTH)
    row_table = table_of_insert(row_prefix)
    if (!may_insert(row_prefix)) { row_prefix = ""; return 0 }
  }
  rest = substr(text, length(row_prefix) + 1)
  return rest ~ /^(\([^;()\\]*\) )?VALUES ?\([^;"`#$\[\\]*(\);)?$/
}
]==]

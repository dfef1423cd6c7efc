-- The part of the SQL scanners that reads whole rows of INSERT without each byte.
-- SPDX-License-Identifier: MIT
--
-- A text in awk; sql.lua says what the variables are.

return [==[
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
function is_row(line, last, rows) {
  last = substr(line, length(line) - 1)
  if (fate == "none") {
    if (last != ");" || !is_row_head(line)) return 0
    rows = rows_in(substr(line, row_length + 1, length(line) - row_length - 1))
    if (rows) take_rows(row_table, rows)
    return rows
  }
  if (last != ")," || line !~ /^ *\(/ || !is_insert_open()) return 0
  rows = rows_in(substr(line, 1, length(line) - 1))
  inserted += rows
  return rows
}
function is_insert_open() {
  if (head != row_head) {
    row_head = head
    takes_rows = is_insert()
  }
  return takes_rows
}
# How many rows, from the first bracket on or from behind it; 0 where something stands there that is
# none. What is outside of texts is looked at as one, in pieces where it is long.
function rows_in(text, n, i, piece, outside, rows, how) {
  if (index(text, "\\")) {
    how = escapes_in(text)
    if (how == "mixed") return 0
    if (how == "all") gsub(/\\./, "\001", text)
  }
  n = split(text, row, "'")
  if (n % 2 == 0) return 0
  rows = 1
  outside = row[1]
  for (i = 3; i <= n; i += 2) {
    piece = row[i]
    if (piece == "," || piece == "") continue
    outside = outside "'" piece
    if (length(outside) < 1000) continue
    if (outside ~ /[";`#$\[\\\001]|--|\/[*]/) return 0
    rows += gsub(/\), *\(/, "", outside)
    outside = ""
  }
  if (outside ~ /[";`#$\[\\\001]|--|\/[*]/) return 0
  if (index(outside, "),")) rows += gsub(/\), *\(/, "", outside)
  return rows
}
# The words before the first row. Those of the INSERT before are known.
function is_row_head(line) {
  if (row_prefix != "" && substr(line, 1, row_length) == row_prefix) return 1
  row_prefix = ""
  if (!match(line, ROW_PREFIX)) return 0
  row_prefix = substr(line, 1, RLENGTH)
  row_length = RLENGTH
  row_table = table_of_insert(row_prefix)
  if (row_prefix ~ /--|\/\*/ || !may_insert(row_prefix)) row_prefix = ""
  return row_prefix != ""
}
]==]

-- The part of the SQL scanners that tells statements from texts, comments and rows.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, with statement.lua and rows.lua. A dialect adds its rules: `set_up`, `at_line`,
-- `in_code`, `opens`, `judge`, `note`, `comment`, `translate`. The state is `inside`: "" in code,
-- else what has to end first: a quote, "*" a comment, "-" one to the end of the line, "\" a command
-- to the end of the line, a $tag$.
-- `head` is the statement so far, without comments, blanks squeezed; `depth` counts its brackets.
--
-- As a filter (out = 1) it prints what may reach the server: a statement is held back until `judge`
-- knows its fate, and of one that is left out the line ends stay, so that lines keep their numbers.

return [==[
BEGIN {
  head = held = inside = ""
  lines_held = depth = blocks = 0
  fate = "none"
  NAME = "(\"[^\"\\\\]*\"|`[^`\\\\]*`|[A-Za-z_0-9]+)"
  ROW_PREFIX = "^(INSERT|REPLACE) INTO " NAME "([.]" NAME ")? (\\(" NAME "(, ?" NAME ")*\\) )?" \
    "VALUES ?\\("
  set_up()
  read_choice()
}

# Rows of a COPY are no statements, whatever stands in them.
copying {
  if (is_cr && sub(/\r$/, "")) crs++
  if (counts) copy_bytes += length($0) + 1
  if ($0 == "\\.") end_copy()
  if (!out) next
  if (copy_left) print ""
  else print
  next
}
{
  if (NR == 1) first_line()
  if (counts) bytes += length($0) + 1
  if (is_cr && sub(/\r$/, "")) crs++
  if (inside == "" && has_rows && is_row($0)) {
    if (out) print_row()
    next
  }
  at_line($0)
  end_line()
}
END {
  if (out) { finish_output(); exit }
  check_choice()
  finish()
  name_left()
  print_facts()
}

function first_line() {
  if (substr($0, 1, 3) == "\357\273\277") {
    $0 = substr($0, 4)
    leave_out("byte order mark", 1, "")
  }
  is_cr = $0 ~ /\r$/ && (!out || is_crlf)
}

# --- a line in pieces -----------------------------------------------------------------------------

# Quotes are the most frequent of what matters, and a piece is cut where it is long: both so that a
# line of a million bytes takes a time in proportion.
function scan(line, i, n, pieces) {
  n = split(line, pieces, "'")
  for (i = 1; i <= n; i++) {
    if (i > 1) quote(pieces[i - 1])
    if (pieces[i] != "") scan_piece(pieces[i])
  }
}
function scan_piece(piece, block) {
  if (inside == "'" || inside == "-" || inside == "\\") { take(piece); return }
  while (length(piece) > 4000) {
    block = substr(piece, 1, 3000)
    if (match(substr(piece, 3001, 3000), /[ ,;\t]/)) block = block substr(piece, 3001, RSTART)
    else block = substr(piece, 1, 6000)
    piece = substr(piece, length(block) + 1)
    scan_block(block)
  }
  scan_block(piece)
}
function scan_block(text) {
  while (text != "") {
    if (inside == "") text = in_code(text)
    else if (inside == "-" || inside == "\\" || inside == "'") { take(text); return }
    else text = in_other(text)
  }
}
# A quote of the text: it opens a string, ends one, or is a byte of what we are inside of.
function quote(before) {
  if (inside == "'") {
    take("'")
    if (has_escapes && before ~ /\\$/ && is_escaped(before)) return
    inside = ""
    closed = 1
  } else if (inside == "") {
    begin_statement()
    if (!(closed && before == "")) has_escapes = opens(before)
    take("'")
    inside = "'"
  } else take("'")
}
function is_escaped(text) {
  match(text, /\\+$/)
  return RLENGTH > 0 && RLENGTH % 2
}
# Up to the end of a comment, a quoted name or a dollar-quoted text.
function in_other(text, at, stop, opened) {
  stop = inside == "*" ? "*/" : inside
  at = index(text, stop)
  if (inside == "*" && nests) {
    opened = index(text, "/*")
    if (opened && (!at || opened < at)) {
      comment_depth++
      take(substr(text, 1, opened + 1))
      return substr(text, opened + 2)
    }
  }
  if (!at) { take(text); return "" }
  if (inside == "\"" && has_name_escapes && is_escaped(substr(text, 1, at - 1))) {
    take(substr(text, 1, at))
    return substr(text, at + 1)
  }
  take(substr(text, 1, at + length(stop) - 1))
  if (inside != "*" || --comment_depth == 0) inside = ""
  return substr(text, at + length(stop))
}
]==]

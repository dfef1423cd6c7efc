-- The part of the SQL scanners that tells statements from texts, comments and rows.
-- SPDX-License-Identifier: MIT
--
-- A text in awk. A dialect adds its rules: `set_up`, `at_line`, `in_code`, `opens`, `at_end_of_line`,
-- `judge`, `note`, `comment`, `translate`. The state is `inside`: "" in code, else what has to end first: a quote,
-- "*" a comment, "-" one to the line's end, "\" a command to the line's end, a $tag$, "copy" rows.
-- `head` is the statement so far, without comments, blanks squeezed; `depth` counts its brackets.
--
-- As a filter (out = 1) it prints what may reach the server: a statement is held back until `judge`
-- knows its fate, and of one that is left out the line ends stay, so that lines keep their numbers.

return [==[
BEGIN {
  head = held = inside = ""
  lines_held = depth = blocks = 0
  fate = "none"
  set_up()
}

# Rows of a COPY are no statements, whatever stands in them.
copying {
  if (is_cr && sub(/\r$/, "")) crs++
  if ($0 == "\\.") end_copy()
  if (out) print
  next
}
{
  if (NR == 1) first_line()
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
  finish()
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

# --- a statement in parts -------------------------------------------------------------------------

function begin_statement() {
  if (fate != "none") return
  fate = "open"
  statement_line = NR
}
# Text of any kind that belongs to where we are.
function take(text) {
  if (inside == "-" || inside == "\\") line_text = line_text text
  else if (inside != "*" && fate != "none" && length(head) < 2000) head = head substr(text, 1, 500)
  put(text)
}
# What a command of the client is, is known at its line's end.
function put(text) {
  if (!out || inside == "\\") return
  if (fate == "open") held = held text
  else printf "%s", text
}
# Code without anything special in it.
function code(text, words) {
  if (text == "") return
  text = translate(text)
  closed = 0
  if (fate == "none") {
    if (text !~ /[^ \t\r\f\v]/) { put(text); return }
    begin_statement()
  }
  if (length(head) < 2000) {
    words = text
    gsub(/[ \t\r\f\v]+/, " ", words)
    if (head == "" || head ~ / $/) sub(/^ /, "", words)
    head = head words
  }
  if (!counts_blocks && head ~ /^[Cc]/ && toupper(head) ~ block_pattern) counts_blocks = 1
  if (counts_blocks) count_words(text)
  else if (text ~ /[()]/) brackets(text)
  put(text)
}
function brackets(text, c) {
  while (match(text, /[()]/)) {
    c = substr(text, RSTART, 1)
    text = substr(text, RSTART + 1)
    if (c == "(" && depth == 0 && is_insert()) inserted++
    bracket(c)
  }
}
function bracket(c) {
  depth += c == "(" ? 1 : depth > 0 ? -1 : 0
}
function is_insert() {
  return head ~ /^([Ii][Nn][Ss][Ee][Rr][Tt]|[Rr][Ee][Pp][Ll][Aa][Cc][Ee]) / &&
    toupper(head) ~ /[ )`"]VALUES? ?(\(|$)/
}
# Statements in the body of a routine or trigger end with a semicolon that ends nothing of ours.
function count_words(text, word) {
  text = toupper(text)
  while (match(text, /[A-Z_0-9]+|[()]/)) {
    word = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    if (word == "(" || word == ")") bracket(word)
    else if (depth == 0) block(word)
  }
}
function block(word) {
  if (word == "BEGIN" || word == "CASE" && blocks) blocks++
  else if (word == "END" && blocks) blocks--
}
function print_row() {
  if (fate == "open") { release(1); fate = "keep" }
  print
}
function end_statement(mark, kept) {
  sub(/ +$/, "", head)
  upper = toupper(head)
  kept = fate == "keep" || judge()
  if (kept) note()
  put(mark)
  release(kept)
  if (inserted) count_rows(table_of_insert(head), inserted, statement_line)
  fate = "none"
  head = ""
  depth = blocks = counts_blocks = inserted = closed = 0
}
function release(kept) {
  if (!out || held == "") return
  if (!kept) gsub(/[^\n]+/, "", held)
  printf "%s", held
  held = ""
}
# The fate of most statements is known by their first words.
function end_line() {
  if (inside == "-" || inside == "\\") end_line_state()
  if (fate == "open" && inside != "\\" && is_sure()) {
    release(1)
    fate = "keep"
  }
  if (fate != "none" && inside == "" && head != "") code_space()
  if (out && fate == "open") held = held "\n"
  else if (out) print ""
  if (copy_next) {
    copy_next = 0
    copy_line = NR
    copying = 1
  }
}
function end_copy() {
  copying = 0
  count_rows(copy_table, NR - copy_line - 1)
}
function code_space() {
  if (head !~ / $/) head = head " "
  closed = 0
}
function end_line_state(was) {
  was = inside
  inside = ""
  if (was == "-") comment(line_text)
  else command(line_text)
  line_text = ""
}
# Every line ends with CR LF: the file was converted, and so were the texts of several lines.
function carriage_returns() {
  if (crs && crs == NR) leave_out("carriage return", 1, "")
}
function finish_output() {
  if (held != "") printf "%s", held
}

# --- names ----------------------------------------------------------------------------------------

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
  match(toupper(text), /^(INSERT|REPLACE)( LOW_PRIORITY| DELAYED| HIGH_PRIORITY| IGNORE| OR [A-Z]+)*( INTO)? ?/)
  return full_name(substr(text, RLENGTH + 1))
}

# --- rows -----------------------------------------------------------------------------------------

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
    if (!match(text, /^[A-Z]+ INTO ("[^"]*"|`[^`]*`|[A-Za-z_0-9]+)(\.("[^"]*"|`[^`]*`|[A-Za-z_0-9]+))? /)) return 0
    row_prefix = substr(text, 1, RLENGTH)
    row_table = table_of_insert(row_prefix)
    if (!may_insert(row_prefix)) { row_prefix = ""; return 0 }
  }
  rest = substr(text, length(row_prefix) + 1)
  return rest ~ /^(\([^;()\\]*\) )?VALUES ?\([^;"`#$\[\\]*(\);)?$/
}
]==]

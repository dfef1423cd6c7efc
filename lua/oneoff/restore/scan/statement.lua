-- The part of the SQL scanners that gathers a statement, knows its fate, and ends the dump.
-- SPDX-License-Identifier: MIT
--
-- A text in awk; sql.lua says what the variables are.

return [==[
function begin_statement() {
  if (fate != "none") return
  fate = "open"
  statement_line = NR
  if (!counts) return
  statement_bytes = bytes - length($0) - 1
  if (statement_bytes < counted_bytes) statement_bytes = counted_bytes
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
  else if (fate != "drop") printf "%s", text
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
  if (fate == "open") settle(!has_choice || is_row_kept(table_of_insert(head)))
  if (fate == "drop" || fate == "none" && row_left) print ""
  else print
}
function end_statement(mark, kept) {
  sub(/ +$/, "", head)
  upper = toupper(head)
  kept = fate == "keep" || fate != "drop" && judge()
  if (kept) note()
  put(mark)
  release(kept)
  if (!inserted && upper ~ /^INSERT .* DEFAULT VALUES$/) inserted = 1
  if (inserted) take_inserted(table_of_insert(head))
  fate = "none"
  head = ""
  depth = blocks = counts_blocks = inserted = closed = 0
}
function settle(kept) {
  release(kept)
  fate = kept ? "keep" : "drop"
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
  if (fate == "open" && inside != "\\") {
    if (has_choice) settle_by_choice()
    else if (is_sure()) settle(1)
  }
  if (fate != "none" && inside == "" && head != "") code_space()
  if (out && fate == "open") held = held "\n"
  else if (out) print ""
  if (copy_next) {
    copy_next = 0
    copy_line = NR
    copy_bytes = 0
    copying = 1
  }
}
function end_copy() {
  copying = 0
  if (copy_left) leave_rows(copy_table, NR - copy_line - 1)
  else count_rows(copy_table, NR - copy_line - 1, 0, copy_bytes - 3)
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
# How it ends: what began in that line, if any, has no end.
function judge_end(line) {
  if (cut == "" && (inside != "" || fate != "none"))
    cut = "its last statement (line " statement_line ") does not end"
  else if (cut == "" && dump_line) cut = "the dump that begins in line " dump_line " does not end"
  else if (cut == "" && line) cut = "what begins in line " line " does not end"
  ending = cut != "" ? "cut" : evidence ? "whole" : "unknown"
  if (cut != "") refuse("cut short: " cut)
  else if (!tables && !views) refuse("it holds no table: nothing would be restored")
  carriage_returns()
}
# Every line ends with CR LF: the file was converted, and so were the texts of several lines.
function carriage_returns() {
  if (crs && crs == NR) leave_out("carriage return", 1, "")
}
function finish_output() {
  if (held != "") printf "%s", held
}
]==]

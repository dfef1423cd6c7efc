-- The scanner of SQLite's SQL, as the program sqlite3 reads it.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after facts.lua and the parts of sql. Variables from outside: out (1: a filter),
-- is_crlf.

return [==[
function set_up() {
  has_rows = ignores_case = 1
  OBJECT_WORDS = "((TEMP|TEMPORARY|VIRTUAL) )*"
  block_pattern = "^CREATE (TEMP |TEMPORARY )?TRIGGER "
}
function opens(before) { return length(before) < 0 }
function escapes_in(text) { return text == "" ? "all" : "none" }
function may_insert(text) {
  row_left = has_choice && !is_row_kept(row_table)
  return text != "" && is_plain_insert()
}
# Those of SQLite itself are looked at one by one.
function is_plain_insert() { return !has_choice || head row_prefix !~ /sqlite_/ }
function translate(text) { return text }
function at_line(line) {
  if (inside == "" && fate == "none" && line ~ /^\./)
    refuse_command(NR, line, "sqlite3")
  if (line ~ /^\/\*+ CORRUPTION ERROR/ && inside == "" && fate == "none") is_damaged = 1
  scan(line)
}
function in_code(text, token, before) {
  if (!match(text, /["`;\[]|--|\/\*/)) { code(text); return "" }
  before = substr(text, 1, RSTART - 1)
  token = substr(text, RSTART, RLENGTH)
  text = substr(text, RSTART + RLENGTH)
  code(before)
  if (token == ";") {
    if (blocks) code(token); else end_statement(token)
  } else if (token == "--") {
    inside = "-"
    take(token)
  } else if (token == "/*") {
    put(token)
    inside = "*"
    comment_depth = 1
  } else {
    begin_statement()
    take(token)
    inside = token == "[" ? "]" : token
  }
  return text
}
function comment(text) { if (text == "") return }
function command(text) { if (text == "") return }

# --- statements -----------------------------------------------------------------------------------

function is_sure() { return head != "" }
function judge() { return !has_choice || !leave_by_choice() }
function note(rest) {
  if (upper ~ /^(BEGIN|SAVEPOINT)( |$)/) begun_line = statement_line
  else if (upper ~ /^(COMMIT|END|RELEASE)( |$)/) { begun_line = 0; evidence++ }
  else if (upper ~ /^ROLLBACK( |$)/) is_damaged = 1
  else if (upper ~ /^ATTACH |^DETACH |^VACUUM INTO /)
    refuse("line " statement_line ": " clean(head) ": it opens another file than the database")
  else if (upper ~ /^PRAGMA WRITABLE_SCHEMA/) fact_once("writable_schema", "on")
  else if (upper ~ /^CREATE (TEMP |TEMPORARY |VIRTUAL )?TABLE /) {
    rest = after("^CREATE (TEMP |TEMPORARY |VIRTUAL )?TABLE (IF NOT EXISTS )?")
    rest = full_name(rest)
    create_table(rest, statement_line)
    is_created[rest] = 1 # the file is new
  } else if (upper ~ /^CREATE (TEMP |TEMPORARY )?VIEW /) views++
}
function finish() {
  if (is_damaged) refuse("it ends with ROLLBACK: it was taken from a damaged database, and lacks " \
    "what could not be read; .recover of sqlite3 saves more")
  judge_end(begun_line)
}
]==]

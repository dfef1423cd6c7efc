-- The scanner of PostgreSQL's SQL, as psql reads it.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after facts.lua and sql.lua. Variables from outside: out (1: a filter), is_crlf,
-- keep (words: owners, privileges, replication), one (1: one transaction), known_restrict, and
-- drop, a file of what this server has already or does not know.

return [==[
function set_up(line, field) {
  folds = nests = has_rows = 1
  standard = 1
  OBJECT_WORDS = "((OR REPLACE|GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|FOREIGN|MATERIALIZED|" \
    "RECURSIVE|CONSTRAINT) )*"
  UNSURE = "^(ALTER|GRANT|REVOKE|SET|RESET|REASSIGN|COMMENT|SECURITY|BEGIN|START|COMMIT|END|" \
    "ROLLBACK|ABORT|PREPARE|DROP)([^A-Z_]|$)|^COPY |^CREATE *$|^CREATE (OR *$|OR REPLACE|" \
    "TRUSTED|PROCEDURAL|LANGUAGE|EXTENSION|SCHEMA|DATABASE|ROLE|USER|GROUP|TABLESPACE|" \
    "PUBLICATION|SUBSCRIPTION)"
  block_pattern = "^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE) "
  keeps_owners = keep ~ /owners/
  keeps_privileges = keep ~ /privileges/
  keeps_replication = keep ~ /replication/
  while (drop != "" && (getline line < drop) > 0) {
    match(line, / /)
    dropped[substr(line, 1, RSTART - 1), substr(line, RSTART + 1)] = 1
  }
}
function at_line(line) { scan(line) }
function translate(text) { return text }
function opens(before) {
  return !standard || before ~ /(^|[^A-Za-z0-9_$\200-\377])[eE]$/
}
function escapes_in(text) {
  return !standard ? "all" : text ~ /[eE]'/ ? "mixed" : "none"
}
function may_insert(text) {
  objects++
  row_left = has_choice && !is_row_kept(row_table)
  return text != ""
}
function is_plain_insert() { return 1 }

function in_code(text, token, before) {
  if (!match(text, /["$;\\]|--|\/\*/)) { code(text); return "" }
  before = substr(text, 1, RSTART - 1)
  token = substr(text, RSTART, RLENGTH)
  text = substr(text, RSTART + RLENGTH)
  code(before)
  if (token == "$") return dollar(before, text)
  if (token == ";") {
    if (depth || blocks) code(token); else end_statement(token)
  } else if (token == "\"") {
    begin_statement()
    take(token)
    inside = token
  } else if (token == "/*") {
    put(token)
    inside = "*"
    comment_depth = 1
  } else {
    inside = token == "--" ? "-" : "\\"
    take(token)
  }
  return text
}
function dollar(before, text, tag) {
  if (before !~ /[A-Za-z0-9_\200-\377]$/ &&
      match(text, /^([A-Za-z_\200-\377][A-Za-z0-9_\200-\377]*)?\$/)) {
    tag = "$" substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
    begin_statement()
    take(tag)
    inside = tag
  } else code("$")
  return text
}

# --- what stands between statements ---------------------------------------------------------------

function comment(text) {
  if (fate != "none") return
  if (text == "-- PostgreSQL database dump") begin_dump()
  else if (text == "-- PostgreSQL database dump complete") end_dump()
  else if (text == "-- PostgreSQL database cluster dump") is_cluster = 1
  else if (sub(/^-- Dumped from database version /, "", text)) fact_once("version", text)
  else if (sub(/^-- Dumped by /, "", text)) {
    sub(/ version /, " ", text)
    fact_once("program", text)
  }
}
function begin_dump() {
  if (dump_line) cut = "the dump that begins in line " dump_line " does not end"
  dump_line = NR
}
function end_dump() {
  dump_line = 0
  evidence++
}
function command(text, name) {
  name = text
  sub(/^\\/, "", name)
  sub(/[ \t].*$/, "", name)
  if (name == "connect" || name == "c") {
    if (!is_connected && objects) is_mixed = 1
    is_connected = 1
    name_database(connected_to(substr(text, length(name) + 2)))
    leave_out("database", NR, text)
  } else if (name == "restrict" || name == "unrestrict") {
    restrict_line = name == "restrict" ? NR : 0
    fact_once("restrict", "psql")
    evidence++
    if (out && known_restrict) printf "%s", text
  } else if (name == "encoding") {
    if (out) printf "%s", text
  } else refuse_command(NR, text, "psql")
}
function connected_to(text) {
  sub(/^[ \t]+/, "", text)
  sub(/[ \t]+$/, "", text)
  sub(/^-reuse-previous=[a-z]+[ \t]+/, "", text)
  if (text ~ /dbname=/) {
    sub(/^.*dbname='/, "", text)
    sub(/'[ "]*$/, "", text)
    gsub(/''/, "'", text)
    gsub(/\\'/, "'", text)
    gsub(/\\\\/, "\\", text)
    gsub(/""/, "\"", text)
    return text
  }
  return name_in(text)
}
function name_database(name) {
  if (name != "" && name != "-") fact_once("database", name)
}

# --- statements -----------------------------------------------------------------------------------

# Whether it reaches the server whatever comes.
function is_sure() {
  return toupper(head) !~ UNSURE
}
function judge(what) {
  if (head == "") return 1
  what = what_of_database()
  if (what == "" && has_choice && leave_by_choice()) return 0
  if (what == "") what = what_of_account()
  if (what == "") what = what_of_server()
  if (what == "") what = what_of_transaction()
  if (what != "" && what != "kept") {
    leave_out(what, statement_line, head)
    return 0
  }
  return 1
}
function what_of_database(rest) {
  if (upper ~ /^(CREATE|DROP|ALTER) DATABASE /) rest = after("^[A-Z]+ DATABASE (IF EXISTS )?")
  else if (upper ~ /^COMMENT ON DATABASE /) rest = after("^COMMENT ON DATABASE ")
  else if (upper ~ /^(GRANT|REVOKE|SECURITY LABEL) .* ON DATABASE /) {
    match(upper, / ON DATABASE /)
    rest = substr(head, RSTART + RLENGTH)
  } else return ""
  name_database(name_in(rest))
  return "database"
}
function what_of_account(rest) {
  if (upper ~ /^(CREATE|ALTER|DROP) (ROLE|USER|GROUP) / && upper !~ /^[A-Z]+ USER MAPPING /) {
    fact_once("role", name_in(after("^[A-Z]+ [A-Z]+ (IF EXISTS )?")))
    return "role"
  }
  if (match(upper, / OWNER TO ("[^"]+"|[^ "]+)$/) && upper ~ /^ALTER /) {
    rest = substr(head, RSTART + 10)
    fact_once("role", name_in(rest))
    return keeps_owners ? "kept" : "owner"
  }
  if (upper ~ /^(SET|RESET) (LOCAL |SESSION )?(SESSION AUTHORIZATION|ROLE)( |$)/ ||
      upper ~ /^(REASSIGN|DROP) OWNED /) return keeps_owners ? "kept" : "owner"
  if (upper ~ /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /)
    return keeps_privileges ? "kept" : "privilege"
  return ""
}
function what_of_server(name) {
  if (upper ~ /^(CREATE|DROP|ALTER) EXTENSION /) {
    name = name_in(after("^[A-Z]+ EXTENSION (IF (NOT )?EXISTS )?"))
    if (upper ~ /^CREATE/) fact_once("extension", name)
    return upper !~ /^CREATE/ || is_dropped("extension", name) ? "extension" : "kept"
  }
  if (upper ~ /^COMMENT ON EXTENSION /) return "extension comment"
  if (upper ~ /^(CREATE|DROP|ALTER|COMMENT ON) ([A-Z]+ )*LANGUAGE "?PLPGSQL/) return "language"
  if (upper ~ /^(CREATE|DROP|ALTER) TABLESPACE |^SET DEFAULT_TABLESPACE (=|TO) [^']/)
    return "tablespace"
  if (upper ~ /^COMMENT ON SCHEMA "?PUBLIC("| )/) return "schema"
  if (upper ~ /^(CREATE|DROP) SCHEMA /) return schema()
  if (upper ~ /^(CREATE|DROP|ALTER|COMMENT ON) (PUBLICATION|SUBSCRIPTION) /) {
    return keeps_replication ? "kept" : "replication"
  }
  return setting()
}
function schema(name) {
  name = name_in(after("^[A-Z]+ SCHEMA (IF (NOT )?EXISTS )?"))
  if (upper ~ /^CREATE/) fact_once("schema", name)
  if (name == "public" && upper ~ /^DROP/) return "schema"
  return is_dropped("schema", name) ? "schema" : "kept"
}
function setting(name) {
  if (upper !~ /^SET (SESSION |LOCAL )?[A-Z_]+ ?(=|TO ) ?/) return ""
  name = name_in(after("^SET (SESSION |LOCAL )?"))
  if (name == "standard_conforming_strings") standard = upper !~ /(OFF|FALSE|0)'?$/
  else fact_once("setting", name)
  return is_dropped("setting", name) ? "setting" : "kept"
}
function is_dropped(what, name) { return (what, name) in dropped }

# One transaction is begun and ended around the dump: its own would end it too early.
function what_of_transaction() {
  if (upper ~ /^(ROLLBACK|ABORT)( WORK| TRANSACTION)?( AND |$)/ ||
      upper ~ /^PREPARE TRANSACTION |^(COMMIT|ROLLBACK) PREPARED /) {
    refuse("line " statement_line ": " head ": the dump takes back what it did before, and " \
      "cannot be restored as a whole")
    return "transaction"
  }
  if (upper ~ /^(BEGIN|START TRANSACTION)( |$)/) begun_line = statement_line
  else if (upper ~ /^(COMMIT|END)( |$)/) begun_line = 0
  else return ""
  fact_once("transaction", "own")
  return one ? "transaction" : "kept"
}
function note() {
  if (upper ~ /^(CREATE|INSERT|COPY|ALTER|UPDATE|DELETE|DROP) /) objects++
  if (upper ~ /^COPY /) note_copy()
  else if (upper ~ /^CREATE ((GLOBAL |LOCAL )?TEMP(ORARY)? |UNLOGGED |FOREIGN )?TABLE /)
    create_table(full_name(after("^CREATE ([A-Z]+ )*TABLE (IF NOT EXISTS )?")), statement_line)
  else if (upper ~ /^CREATE (OR REPLACE )?([A-Z]+ )*VIEW /) views++
  else if (upper ~ /^INSERT /) count_rows(table_of_insert(head), 0, statement_line)
}
function note_copy() {
  if (upper ~ /(FROM|TO) PROGRAM /)
    refuse("line " statement_line ": " head ": it runs a program, and none runs from a dump")
  if (upper !~ / FROM STDIN/) return
  copy_table = full_name(after("^COPY "))
  count_rows(copy_table, 0, statement_line)
  copy_next = 1
  copy_left = 0
}

# --- the end --------------------------------------------------------------------------------------

function finish() {
  if (copying) cut = "the rows of " copy_table " (from line " copy_line ") do not end"
  if (is_cluster) refuse("a dump of a whole cluster (pg_dumpall), of the databases " \
    names_of("database") ": take one with pg_dump of the database that you want")
  check_databases(is_mixed, "take a dump of one")
  judge_end(restrict_line ? restrict_line : begun_line)
}
]==]

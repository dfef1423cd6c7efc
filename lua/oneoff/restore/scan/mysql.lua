-- The scanner of MySQL's and MariaDB's SQL, as the program mysql reads it.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after facts.lua and sql.lua. Variables from outside: out (1: a filter), is_crlf,
-- keep (words: definers, privileges, replication), known_sandbox, and drop, a file of collations
-- that this server does not know, each with the one to take in its place.

return [==[
function set_up(line, field) {
  has_rows = has_escapes = has_name_escapes = 1
  delimiter = ";"
  block_pattern = "^$"
  OBJECT_WORDS = "((OR REPLACE|TEMPORARY|ALGORITHM ?= ?[A-Z]+|DEFINER ?= ?[^ ]+|" \
    "SQL SECURITY [A-Z]+) )*"
  BEFORE_DEFINER = "^[ \t]*(([/][*]M?![0-9]+|[*][/]|CREATE|OR|REPLACE|AGGREGATE|" \
    "ALGORITHM *= *[A-Z]+)[ \t]*)*DEFINER *= *"
  USER = "(`[^`]*`|'[^']*'|\"[^\"]*\"|[A-Za-z0-9_.$%-]+)"
  USER = "^" USER "(@" USER ")?"
  UNSURE = "^(USE|GRANT|REVOKE|FLUSH|SET|CHANGE|START|STOP|RESET|RENAME|SYSTEM|SOURCE|DROP|" \
    "ALTER|BEGIN|COMMIT|ROLLBACK|LOCK|UNLOCK)([^A-Z_]|$)|^CREATE *$|^CREATE (OR *$|" \
    "OR REPLACE *$|(OR REPLACE )?(DATABASE|SCHEMA|USER|ROLE))|^$"
  REPLICATION = "^SET .*(GTID_PURGED|SQL_LOG_BIN|GTID_SLAVE_POS|GTID_BINLOG_STATE)|" \
    "^CHANGE (MASTER|REPLICATION) |^(START|STOP) (SLAVE|REPLICA|GROUP_REPLICATION|ALL SLAVES)|" \
    "^RESET (MASTER|SLAVE|REPLICA|BINARY)"
  CLIENT = "^(system|source|tee|pager|edit|connect|exit|quit|resetconnection|prompt)([ \t]|$)"
  CHANGES = "^(DROP|ALTER|TRUNCATE|LOCK|UPDATE|DELETE FROM|LOAD)" \
    "( (TABLES?|VIEW|IF|EXISTS|IGNORE|ONLINE))* "
  keeps_definers = keep ~ /definers/
  keeps_privileges = keep ~ /privileges/
  keeps_replication = keep ~ /replication/
  while (drop != "" && (getline line < drop) > 0) {
    split(line, field, " ")
    if (field[1] == "collation") replacement[field[2]] = field[3]
  }
}
function opens(before) { return 1 + length(before) }
function escapes_in(text) { return text == "" ? "none" : "all" }

function at_line(line) {
  if (inside == "" && fate == "none") {
    if (is_client_line(line)) return
    sub(/^[ \t]+/, "", line)
  }
  if (inside == "") line = without_definer(line)
  scan(line)
}
# What the client reads for itself, and what is no SQL at all.
function is_client_line(line, words) {
  words = tolower(line)
  sub(/^[ \t]+/, "", words)
  if (words ~ /^\/\*m?!999999\\- /) {
    fact_once("sandbox", "mariadb")
    if (out && known_sandbox) printf "%s", line
  } else if (words ~ /^delimiter[ \t]+[^ \t]/) {
    delimiter = line
    sub(/^[ \t]*[A-Za-z]+[ \t]+/, "", delimiter)
    sub(/[ \t].*$/, "", delimiter)
    has_rows = delimiter == ";"
    if (out) printf "%s", line
  } else if (words ~ /^(mysqldump|mariadb-dump|mysqlpump)(\.exe)?: / ||
      words ~ /^warning: a partial dump from a server/) {
    note_message(line, words)
  } else if (words ~ CLIENT) {
    refuse_command(NR, line, "mysql")
  } else return is_use_line(line, words)
  return 1
}
function note_message(line, words) {
  if (words ~ /\[?error\]?[: ]|couldn't|could not|lost connection|denied|failed/)
    refuse("line " NR ": " clean(line) ": the program that took the dump failed: it is not whole")
  leave_out("message", NR, line)
}
# Without a delimiter the client takes the line.
function is_use_line(line, words) {
  if (words !~ /^use[ \t]/ || index(words, delimiter)) return 0
  sub(/^[ \t]*[A-Za-z]+[ \t]+/, "", line)
  name_database(name_in(line))
  leave_out("database", NR, "USE " line)
  return 1
}
# DEFINER=user in front of what is created. Nothing but words of CREATE may stand before it.
function without_definer(line, text, before, user, rest) {
  text = toupper(line)
  if (index(text, "DEFINER") == 0 || fate != "none" &&
      toupper(head) !~ /^CREATE( OR REPLACE)?( ALGORITHM ?= ?[A-Z]+)? ?$/) return line
  if (!match(text, BEFORE_DEFINER)) return line
  before = substr(line, 1, RLENGTH)
  line = substr(line, RLENGTH + 1)
  if (!match(line, USER)) return before line
  user = substr(line, 1, RLENGTH)
  rest = substr(line, RLENGTH + 1)
  if (keeps_definers || toupper(user) == "CURRENT_USER") return before line
  fact_once("role", user)
  leave_out("definer", NR, "DEFINER=" user)
  sub(/[Dd][Ee][Ff][Ii][Nn][Ee][Rr] *= *$/, "", before)
  return before rest
}

function in_code(text, stop, token, before) {
  stop = index(text, delimiter)
  if (!match(text, /["`#\\]|--|\/\*|\*\//)) RSTART = 0
  if (stop && (!RSTART || stop < RSTART)) {
    code(substr(text, 1, stop - 1))
    end_statement(delimiter)
    is_executed = 0
    return substr(text, stop + length(delimiter))
  }
  if (!RSTART) { code(text); return "" }
  before = substr(text, 1, RSTART - 1)
  token = substr(text, RSTART, RLENGTH)
  text = substr(text, RSTART + RLENGTH)
  code(before)
  return special(token, text)
}
function special(token, text) {
  if (token == "\"" || token == "`") {
    begin_statement()
    take(token)
    inside = token
    has_name_escapes = token == "\""
  } else if (token == "/*" && match(text, /^M?!/)) {
    begin_statement()
    put(token)
    return executed(text)
  } else if (token == "/*") {
    put(token)
    inside = "*"
    comment_depth = 1
  } else if (token == "*/") {
    put(token)
    if (fate != "none" && head != "") code_space()
    is_executed = 0
  } else if (token == "#" || token == "--" && text ~ /^([ \t]|$)/) {
    inside = "-"
    take(token)
  } else if (token == "\\" && text !~ /^N/) {
    inside = "\\"
    take(token)
  } else code(token)
  return text
}
# The number of a version, and then code.
function executed(text) {
  match(text, /^M?![0-9]*/)
  put(substr(text, 1, RLENGTH))
  is_executed = 1
  return substr(text, RLENGTH + 1)
}

# --- what stands between statements ---------------------------------------------------------------

function comment(text) {
  if (fate != "none") return
  if (text ~ /^-- (MySQL|MariaDB) dump /) {
    if (dump_line) cut = "the dump that begins in line " dump_line " does not end"
    dump_line = NR
    fact_once("program", substr(text, 4))
  } else if (text ~ /^-- Dump completed/) {
    dump_line = 0
    evidence++
  } else if (sub(/^-- Server[ -][Vv]ersion:?[ \t]+/, "", text)) fact_once("version", text)
  else if (text ~ /^-- (phpMyAdmin|Adminer|HeidiSQL)/) fact_once("program", substr(text, 4))
}
function command(text) {
  refuse_command(NR, text, "mysql")
}
function name_database(name) {
  if (name != "") fact_once("database", name)
}

# --- statements -----------------------------------------------------------------------------------

function is_sure() {
  return toupper(head) !~ UNSURE
}
function judge(what) {
  if (head == "") return 1
  check_client_words()
  what = what_of_database()
  if (what == "" && has_choice && leave_by_choice()) return 0
  if (what == "") what = what_of_account()
  if (what == "") what = what_of_server()
  if (what != "") {
    leave_out(what, statement_line, head)
    return 0
  }
  return 1
}
function note() {
  check_files()
  note_ends()
  note_object()
}
function check_client_words() {
  if (tolower(head) ~ CLIENT)
    refuse_command(statement_line, head, "mysql")
}
function check_files() {
  if (upper ~ /^LOAD (DATA|XML) |^SELECT .* INTO (OUTFILE|DUMPFILE) |^INSTALL /)
    refuse("line " statement_line ": " clean(head) ": it reads or writes files beside the database")
}
function what_of_database(rest) {
  if (upper ~ /^USE /) rest = after("^USE ")
  else if (upper ~ /^(CREATE|DROP|ALTER)( OR REPLACE)? (DATABASE|SCHEMA) /) {
    rest = after("^[A-Z]+( OR REPLACE)? [A-Z]+ (IF (NOT )?EXISTS )?")
    if (toupper(rest) ~ /^(DEFAULT )?(CHARACTER SET|CHARSET|COLLATE|ENCRYPTION)[ =]/)
      return "database"
  } else return ""
  name_database(name_in(rest))
  return "database"
}
function what_of_account() {
  if (upper ~ /^(CREATE|ALTER|DROP|RENAME)( OR REPLACE)? (USER|ROLE) / ||
      upper ~ /^SET (DEFAULT ROLE|PASSWORD) /) {
    fact_once("role", name_in(after("^[A-Z]+( OR REPLACE)? [A-Z]+ (IF (NOT )?EXISTS )?")))
    return "role"
  }
  if (upper ~ /^(GRANT|REVOKE) |^FLUSH PRIVILEGES/ && !keeps_privileges) return "privilege"
  return ""
}
function what_of_server() {
  if (!keeps_replication && upper ~ REPLICATION) return "replication"
  if (upper ~ /^SET (GLOBAL |PERSIST |@@GLOBAL\.|@@PERSIST\.)/) return "setting"
  return ""
}
# What a program does at its beginning, and takes back at its end.
function note_ends() {
  if (upper ~ /^SET @OLD_[A-Z_]+ ?= ?@@/) { if (!saved_line) saved_line = statement_line }
  else if (upper ~ /^SET .*@OLD_[A-Z_]+/) { saved_line = 0; evidence++ }
  else if (upper ~ /^LOCK TABLES? /) lock_line = statement_line
  else if (upper ~ /^UNLOCK TABLES?$/) lock_line = 0
  else if (upper ~ /^(START TRANSACTION|BEGIN)( |$)/) begun_line = statement_line
  else if (upper ~ /^(COMMIT|ROLLBACK)( |$)/) { if (begun_line) evidence++; begun_line = 0 }
}
function note_object(name) {
  if (upper ~ /^CREATE (OR REPLACE )?(TEMPORARY )?TABLE /) {
    name = full_name(after("^CREATE (OR REPLACE )?(TEMPORARY )?TABLE (IF NOT EXISTS )?"))
    create_table(name, statement_line)
  } else if (upper ~ /^CREATE (OR REPLACE )?([^ ]+ )*VIEW /) {
    views++
    name = full_name(after("^CREATE (OR REPLACE )?([^ ]+ )*VIEW (IF NOT EXISTS )?"))
    is_view[name] = 1
  } else if (upper ~ /^(INSERT|REPLACE) /) {
    name = table_of_insert(head)
    count_rows(name, 0, statement_line)
  } else if (upper ~ /^(DROP|ALTER|TRUNCATE|LOCK|UPDATE|DELETE FROM|LOAD)[ A-Z]* /) {
    name = full_name(after(CHANGES))
    if (upper ~ /^DROP TABLE /) is_dropped_table[name] = 1
  } else if (upper ~ /^RENAME TABLES? .* TO [^ ]*[.]/) {
    match(upper, / TO [^ ]*[.]/)
    name = full_name(substr(head, RSTART + 4))
  } else return
  check_qualifier()
}
function check_qualifier() {
  if (qualifier == "") return
  refuse("line " NR ": a statement names the database " qualifier \
    " itself, and would change that one: take that name out, as mysqldump does")
}
function may_insert(text) {
  check_qualifier()
  row_left = has_choice && !is_row_kept(row_table)
  return qualifier == "" && text != ""
}
# Collations by name; those that the server does not know are replaced.
function translate(text, rest, done, name) {
  if (text !~ /[Cc][Oo][Ll][Ll][Aa][Tt]/) return text
  rest = text
  while (match(toupper(rest), /COLLAT(E|ION_CONNECTION)[ =]+[A-Z0-9_]+/)) {
    name = substr(rest, RSTART, RLENGTH)
    done = done substr(rest, 1, RSTART - 1)
    rest = substr(rest, RSTART + RLENGTH)
    match(name, /[A-Za-z0-9_]+$/)
    done = done substr(name, 1, RSTART - 1)
    name = substr(name, RSTART)
    if (name !~ /^[0-9]/) fact_once("collation", name)
    done = done (name in replacement ? replacement[name] : name)
  }
  return done rest
}

# --- the end --------------------------------------------------------------------------------------

function finish() {
  check_databases(0, "take a dump of one")
  judge_end(lock_line ? lock_line : begun_line ? begun_line : saved_line)
}
]==]

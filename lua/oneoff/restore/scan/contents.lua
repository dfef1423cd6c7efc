-- The scanner of an archive's table of contents, as pg_restore --list prints it.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after facts.lua. Variables from outside: out (1: the list for --use-list, without
-- what is left out), keep (words: owners, privileges, replication), and drop, a file of what this
-- server has already.

return [==[
BEGIN {
  folds = 1
  read_choice()
  if (has_only) read_owned(work "/structure")
  while (drop != "" && (getline line < drop) > 0) {
    match(line, / /)
    dropped[substr(line, 1, RSTART - 1), substr(line, RSTART + 1)] = 1
  }
  KINDS = "^(" \
    "TABLE DATA|TABLE ATTACH|TABLE|MATERIALIZED VIEW DATA|MATERIALIZED VIEW" \
    "|VIEW|FOREIGN TABLE|SEQUENCE SET|SEQUENCE OWNED BY|SEQUENCE|DEFAULT ACL" \
    "|ACL|EXTENSION|SCHEMA|COMMENT|PUBLICATION TABLES IN SCHEMA" \
    "|PUBLICATION TABLE|PUBLICATION|SUBSCRIPTION TABLE|SUBSCRIPTION" \
    "|PROCEDURAL LANGUAGE|DATABASE PROPERTIES|DATABASE|BLOB METADATA|BLOBS|BLOB" \
    "|FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|INDEX ATTACH|INDEX|FK CONSTRAINT" \
    "|CHECK CONSTRAINT|CONSTRAINT|DEFAULT|TRIGGER|RULE|POLICY|ROW SECURITY" \
    "|EVENT TRIGGER|STATISTICS|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR" \
    "|COLLATION|CONVERSION|CAST|SERVER|USER MAPPING|FOREIGN DATA WRAPPER" \
    "|TEXT SEARCH [A-Z]+|SHELL TYPE|TRANSFORM|ACCESS METHOD|SECURITY LABEL" \
    "|STATISTICS DATA|REFRESH" \
    ") "
}
/^;/ {
  if (out) print
  note($0)
  next
}
/^[0-9]+; / {
  what = judge($0)
  if (what != "" && what != "kept" && what != "counted") leave_out(what, NR, entry)
  if (out) print (what != "" && what != "kept" ? ";" : "") $0
}
END {
  if (out) exit
  ending = "whole"
  if (owners && keep !~ /owners/) {
    leave_out("owner", 1, "")
    left_count["owner"] = owners
    left_texts["owner"] = ""
  }
  for (what in left_lines) left_lines[what] = "" # of the list, not of the dump
  check_choice()
  if (!tables && !views && !data) refuse("it holds no table: nothing would be restored")
  for (i = 1; i <= tables; i++) {
    if (is_row_kept(table_name[i])) table_rows[table_name[i]] = -1
    is_created[table_name[i]] = 1
  }
  name_left()
  print_facts()
}
function note(text) {
  if (sub(/^; +Dumped from database version: /, "", text)) fact_once("version", text)
  else if (sub(/^; +Dumped by pg_dump version: /, "", text)) fact_once("program", "pg_dump " text)
}
# What an entry is left out as, or "". `entry` is what it is called.
function judge(line, kind, space, name, i) {
  entry = line
  sub(/^[0-9]+; [0-9]+ [0-9]+ /, "", entry)
  if (!match(entry, KINDS)) return ""
  kind = substr(entry, 1, RLENGTH - 1)
  name = substr(entry, RLENGTH + 1)
  i = index(name, " ")
  space = substr(name, 1, i - 1)
  name = substr(name, i + 1)
  if (kind !~ /ACL$|DATA$|^COMMENT/ && name ~ / [^ ]+$/) owners++
  full_tag = name
  if (kind != "COMMENT") sub(/ [^ ]*$/, "", name)
  sub(/ [^ ]*$/, "", full_tag)
  if (has_choice && leave_by_choice(kind, space, full_tag)) return "counted"
  if (kind == "TABLE" || kind == "FOREIGN TABLE") count_rows(space "." name, 0)
  else if (kind ~ /VIEW$/) views++
  else if (kind == "TABLE DATA" || kind ~ /^BLOB/) data++
  return what_of(kind, name)
}
function what_of(kind, name) {
  if (kind == "ACL" || kind == "DEFAULT ACL") return keep ~ /privileges/ ? "kept" : "privilege"
  if (kind ~ /^(PUBLICATION|SUBSCRIPTION)/) return keep ~ /replication/ ? "kept" : "replication"
  if (kind == "COMMENT") {
    if (name ~ /^EXTENSION /) return "extension comment"
    return name ~ /^(SCHEMA public|DATABASE) / ? "schema" : ""
  }
  if (kind == "PROCEDURAL LANGUAGE" && name == "plpgsql") return "language"
  if (kind == "EXTENSION" || kind == "SCHEMA") {
    fact_once(tolower(kind), name)
    return (tolower(kind), name) in dropped ? tolower(kind) : "kept"
  }
  return ""
}
]==]

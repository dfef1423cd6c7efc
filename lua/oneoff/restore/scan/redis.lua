-- The scanner of Redis' commands: as an append-only file has them, or one a line.
-- SPDX-License-Identifier: MIT
--
-- A text in awk, after facts.lua. Variables from outside: out (1: a filter), is_text (1: a command
-- a line). A line end is added to what it reads, so that the last line tells whether it had one.
-- What selects a database is left out. `args` are the words of a command, at most three, shortened.

return [==[
BEGIN {
  state = "command"
  MOST = 200
  split("FLUSHALL SWAPDB MOVE MIGRATE SHUTDOWN CONFIG DEBUG REPLICAOF SLAVEOF ACL CLUSTER " \
    "FAILOVER MODULE EVAL EVALSHA EVAL_RO EVALSHA_RO SCRIPT FUNCTION FCALL FCALL_RO CLIENT " \
    "MONITOR SUBSCRIBE PSUBSCRIBE SSUBSCRIBE SYNC PSYNC SAVE BGSAVE BGREWRITEAOF LATENCY HELLO " \
    "AUTH QUIT RESET", list, " ")
  for (i in list) too_far[list[i]] = 1
}
is_text { text_line($0); next }
{ resp_line($0) }
END {
  if (out) exit
  if (!is_text && (state != "command" || $0 != "")) cut = "its last command does not end"
  if (multi_line) cut = "the transaction that begins in line " multi_line " does not end"
  ending = cut != "" ? "cut" : is_text ? "unknown" : "whole"
  check_databases(is_mixed, "take the commands of one (SELECT)")
  if (cut != "") refuse("cut short: " cut)
  else if (!commands) refuse("it holds no command that changes data: nothing would be restored")
  fact("commands", commands)
  print_facts()
}

# --- an append-only file: *COUNT, and each word as $LENGTH and that many bytes --------------------

function resp_line(line) {
  if (state == "bytes") { resp_bytes(line); return }
  if (line == "" && state == "command") { last_is_empty = 1; return }
  line = substr(line, 1, length(line) - (line ~ /\r$/))
  if (state == "command" && line ~ /^#/) { leave_out("annotation", NR, line); return }
  if (state == "command" && line ~ /^\*[0-9]+$/) {
    words = substr(line, 2) + 0
    begin_command(line)
    if (words) state = "length"
  } else if (state == "length" && line ~ /^\$[0-9]+$/) {
    bytes = substr(line, 2) + 2
    hold(line "\r\n")
    state = "bytes"
    value = ""
  } else {
    refuse("line " NR ": no command of Redis stands there: the file is damaged")
    state = "command"
  }
}
function begin_command(line) {
  count = 0
  args[1] = args[2] = args[3] = ""
  held = ""
  is_known = 0
  hold(line "\r\n")
}
function resp_bytes(line) {
  bytes -= length(line) + 1
  if (length(value) < MOST) value = value substr(line, 1, MOST) (bytes > 0 ? "\n" : "")
  hold(line "\n")
  if (bytes > 0) return
  if (bytes < 0) refuse("line " NR ": a word is longer than it says: the file is damaged")
  sub(/\r$/, "", value)
  if (++count <= 3) args[count] = value
  state = "length"
  if (count == 1 && toupper(value) != "SELECT") release()
  if (count < words) return
  state = "command"
  if (judge(count)) release()
  held = ""
}
function hold(text) {
  if (!out) return
  if (is_known) printf "%s", text; else held = held text
}
function release() {
  if (out) printf "%s", held
  held = ""
  is_known = 1
}

# --- a command a line -----------------------------------------------------------------------------

function text_line(line, n) {
  sub(/\r+$/, "", line)
  if (NR == 1) sub(/^\357\273\277/, "", line)
  if (line !~ /[^ \t]/) return
  n = split_words(line)
  if (n < 0) { refuse("cut short: the quoted word in line " NR " does not end"); return }
  if (judge(n) && out) printf "%s\r\n", line
}
function split_words(line, n, word) {
  args[1] = args[2] = args[3] = ""
  sub(/^[ \t]+/, "", line)
  while (line != "") {
    word = ""
    if (line ~ /^"/) {
      if (!match(line, /^"([^"\\]|\\.)*"/)) return -1
    } else if (line ~ /^'/) {
      if (!match(line, /^'([^'\\]|\\.)*'/)) return -1
    } else match(line, /^[^ \t]+/)
    word = substr(line, 1, RLENGTH)
    line = substr(line, RLENGTH + 1)
    gsub(/^["']|["']$/, "", word)
    if (++n <= 3) args[n] = substr(word, 1, MOST)
    sub(/^[ \t]+/, "", line)
  }
  return n
}

# --- commands -------------------------------------------------------------------------------------

# Whether it may reach the server. What touches more than the database of the address is refused.
function judge(n, name) {
  name = toupper(args[1])
  if (name == "SELECT") {
    if (commands && !known_count["database"] && (is_text || args[2] != "0")) is_mixed = 1
    fact_once("database", args[2])
    leave_out("database", NR, "SELECT " args[2])
    return 0
  }
  if (name == "MULTI") multi_line = NR
  else if (name == "EXEC" || name == "DISCARD") multi_line = 0
  else if (name in too_far || name == "COPY" && n > 3)
    refuse("line " NR ": " clean(args[1] " " args[2]) \
      ": it reaches further than the data of one database: take it out")
  else if (name != "PING") commands++
  return 1
}
]==]

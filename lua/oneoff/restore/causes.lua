-- Why restores fail: what an error of a database means, and what to do about it.
-- SPDX-License-Identifier: MIT
--
-- The first entry with a pattern in the error decides. PostgreSQL's errors are known by their words
-- and not by SQLSTATE: pg_restore prints none, and one code stands for several causes (42704: a
-- role, a setting, a type; 53200: locks, memory). A server that speaks another language than
-- English gives no cause; its message stays in the report. MySQL's errors are known by their
-- number, whatever the language. The patterns are Lua's, in lower case; no other line than the
-- programs' own is compared (see error_lines.lua).

local error_lines = require "oneoff.restore.error_lines"

local causes = {}

---@class oneoff.restore.cause
---@field name string a word for programs
---@field means string what happened, without a full stop
---@field advice string what to do, without a full stop
---@field message string the line of the error
---@field pattern string|integer what it was known by
---@field is_refused boolean true: the server refused the connection, nothing was done

-- Under a database's name: patterns, and what it means there where that is something else.
local list = {
  { name = "role_missing", means = "the dump names a role that this database server does not have",
    advice = "restore without option 'keep_owners' and without option 'keep_privileges', or remove "
      .. "the role from the dump",
    postgresql = { '^error: role ".*" does not exist' },
    mysql = { 1449, "^error 1045 .* at line", means = "a view, a trigger or a routine belongs to a "
      .. "user (DEFINER) that this server does not have",
      advice = "restore without option 'keep_definers'" } },

  { name = "extension", means = "the dump needs an extension that this database does not have, and "
      .. "that its user may not add",
    advice = "have the platform enable the extension first, or leave it out of the dump",
    postgresql = { '^error: extension ".*" is not available',
      "^error: permission denied to create extension" } },

  { name = "login", means = "the database server refused the user, the password or the database of "
      .. "the address",
    advice = "correct the address in the application's environment, or name another variable with "
      .. "option 'url_variable'", is_refused = true,
    postgresql = { "^fatal: password authentication failed", "^fatal: no pg_hba.conf entry",
      '^fatal: role ".*" is not permitted to log in', '^fatal: database ".*" does not exist',
      '^fatal: permission denied for database' },
    mysql = { "^error 1045 %(28000%):", "^error 1044 %(42000%):" },
    redis = { "wrongpass ", "noauth " } },

  { name = "too_many_connections", means = "the database server takes no more connections",
    advice = "close other connections (scale the application down), or choose a larger plan of the "
      .. "database", is_refused = true,
    postgresql = { "^fatal: too many connections", "^fatal: sorry, too many clients already",
      "^fatal: remaining connection slots are reserved" },
    mysql = { 1040, 1226 }, redis = { "max number of clients reached" } },

  { name = "permission", means = "the database's user may not do what the statement does",
    advice = "leave the statement out of the dump: platforms do not give this right to users",
    postgresql = { "^error: permission denied", "^error: must be owner of",
      "^error: must be superuser", "^error: must be able to set role",
      "^error: must be member of role" },
    mysql = { 1044, 1142, 1227 },
    redis = { "^noperm " },
    sqlite = { "in safe mode$", means = "the dump would run a program, or use another file",
      advice = "look who made the dump, and remove the line" } },

  { name = "version", means = "the dump is of another version of the database, which this one does "
      .. "not understand",
    advice = "restore into a server of the same version or a newer one; an archive also needs a "
      .. "client as new as the program that made it (option 'client_version')",
    postgresql = { "^unsupported version", "^error: unrecognized configuration parameter" },
    mysql = { 1115, 1193, 1273, 1286,
      advice = "restore into a server of the same kind (MySQL or MariaDB) and version, or a newer "
        .. "version" },
    redis = { "^err unknown command", "dump payload version or checksum are wrong" },
    sqlite = { "unsupported file format" } },

  { name = "syntax", means = "the server does not understand a statement: the dump is of another "
      .. "database or of a newer version, or it was changed by hand",
    advice = "look at the statement, and make the dump again for this database",
    postgresql = { "^error: syntax error" }, mysql = { 1064 },
    redis = { "^err wrong number of arguments", "^err syntax error" },
    sqlite = { ": syntax error" } },

  { name = "locks", means = "one transaction can lock no more tables and other objects on this "
      .. "server",
    advice = "restore without the one transaction (option 'transaction'), or have the platform "
      .. "raise max_locks_per_transaction",
    postgresql = { "^error: out of shared memory" } },

  { name = "already_exists", means = "something in the dump is in the database already",
    advice = "restore into an empty database, or make the dump with pg_dump --clean --if-exists",
    postgresql = { "^error: .* already exists", "^error: duplicate key value",
      "^error: multiple primary keys for table" },
    mysql = { 1050, 1061, 1062, 1068, 1304, 1359, 1826, "^error 1005 .*errno: 121",
      advice = "restore into an empty database, or make the dump with mysqldump --add-drop-table "
        .. "--routines --triggers" },
    redis = { "^busykey ", advice = "restore into an empty database" },
    sqlite = { " already exists$", "unique constraint failed",
      advice = "make the dump again with .dump: it has something twice" } },

  { name = "dependents", means = "the dump drops something on which other things in the database "
      .. "depend",
    advice = "restore into an empty database, or drop first what is not in the dump",
    postgresql = { "^error: cannot drop .* because other objects depend on it" },
    mysql = { 3730, "^error 1451 .*constraint fails$" } },

  { name = "foreign_key", means = "rows or tables refer to others that are not there",
    advice = "make the dump with the tables that they refer to as well",
    postgresql = { "^error: .* violates foreign key constraint",
      "^error: there is no unique constraint matching given keys" },
    mysql = { 1451, 1452, 1824, 6125, "^error 1005 .*errno: 150" },
    sqlite = { "foreign key constraint failed", "foreign key mismatch" } },

  { name = "missing", means = "the dump uses something that is not in the database: of a part that "
      .. "the dump does not have, or of an extension",
    advice = "make a dump of the whole database; have the platform enable the extension first, if "
      .. "it belongs to one",
    postgresql = { '^error: [%l ]- ".*" does not exist', "^error: [%l ]- .* does not exist$" },
    mysql = { 1146, 1305, advice = "make a dump of the whole database, with --routines" },
    sqlite = { "no such table: ", "no such function: ", "no such module: ",
      advice = "make a dump of the whole database; functions and modules of an extension are not "
        .. "in the container's sqlite3" } },

  { name = "too_large", means = "one value or one statement is larger than the server takes",
    advice = "make the dump without this value: PostgreSQL takes at most 1 GB",
    postgresql = { "^error: invalid memory alloc request size",
      "^error: requested length too large" },
    mysql = { 1153, advice = "make the dump with smaller statements (mysqldump "
      .. "--net-buffer-length=1M or --skip-extended-insert), or have the platform raise "
      .. "max_allowed_packet" },
    redis = { "invalid bulk length", advice = "leave the value out, or have the platform raise "
      .. "proto-max-bulk-len" },
    sqlite = { "string or blob too big", advice = "make the dump without this value" } },

  { name = "encoding", means = "the dump has characters that this database cannot store",
    advice = "make the dump in the encoding of this database (pg_dump --encoding=UTF8), or restore "
      .. "into a database that has the encoding of the dump",
    postgresql = { "^error: invalid byte sequence for encoding", "has no equivalent in encoding",
      '^error: invalid value for parameter "client_encoding"' },
    mysql = { 1267, 1300, "^error 1366 .*string value",
      advice = "make the dump with mysqldump --default-character-set=utf8mb4, of tables that are "
        .. "utf8mb4" } },

  { name = "full", means = "the database server has no space left on its disk",
    advice = "choose a larger plan of the database, or remove what is not needed",
    postgresql = { "^error: could not extend file" },
    mysql = { 1114 },
    redis = { "^oom command not allowed", "^misconf ", means = "the database server has no memory "
      .. "or disk space left" },
    sqlite = { "database or disk is full", "disk i/o error",
      means = "the container has no space left on its disk",
      advice = "restore into a larger container (option 'size')" } },

  { name = "read_only", means = "the database takes no changes now",
    advice = "restore into the primary server and not into a replica; a platform also stops "
      .. "changes where a plan's disk space is used up",
    postgresql = { "^error: cannot execute .* in a read%-only transaction" },
    mysql = { 1290, 1792 }, redis = { "^readonly " },
    sqlite = { "attempt to write a readonly database", "unable to open database file",
      means = "the file of the database cannot be written",
      advice = "name another path with option 'target'" } },

  { name = "lock_wait", means = "another connection holds a lock that the restore needs",
    advice = "stop what uses the database (scale the application down), and restore again",
    postgresql = { "^error: canceling statement due to lock timeout",
      "^error: could not obtain lock", "^error: deadlock detected" },
    mysql = { 1205, 1213 }, sqlite = { "database is locked" } },

  { name = "canceled", means = "the server or its administrator stopped the restore",
    advice = "restore again at a quiet hour; if it happens again, have the platform raise the "
      .. "time-outs of the database",
    postgresql = { "^error: canceling statement due to statement timeout",
      "^error: canceling statement due to user request",
      "^fatal: terminating connection due to" },
    mysql = { 1317, 1927, 1969, 3024 } },

  { name = "connection", means = "the connection to the database server failed or broke",
    advice = "see whether the server runs or was restarted, and restore again",
    postgresql = { "^server closed the connection unexpectedly", "^connection to server .* failed",
      "^fatal: the database system is " },
    mysql = { 2002, 2003, 2006, 2013, advice = "see whether the server runs or was restarted, and "
      .. "restore again; a statement that is larger than max_allowed_packet breaks it too" },
    redis = { "^could not connect to redis", "^no count of responses" } },
}

-- MySQL's and MariaDB's clients print the number: "ERROR 1050 (42S01) at line 3: …".
local function is_met(pattern, line)
  if type(pattern) == "number" then return tonumber(line:match("^error (%d+)")) == pattern end
  return line:find(pattern) ~= nil
end

local function described(entry, database, pattern)
  local special = entry[database]
  return {
    name = entry.name, means = special.means or entry.means,
    advice = special.advice or entry.advice, pattern = pattern,
    is_refused = entry.is_refused or false,
  }
end

local function cause_of(entry, database, line)
  for _, pattern in ipairs(entry[database] or {}) do
    if is_met(pattern, line:lower()) then
      local cause = described(entry, database, pattern)
      cause.message = line
      return cause
    end
  end
  return nil
end

--- The cause of a failed restore; nil where the error is none that is known.
---@param database "postgresql"|"mysql"|"mongodb"|"redis"|"sqlite"
---@param output string of the client programs
---@return oneoff.restore.cause?
function causes.find(database, output)
  for _, line in ipairs(error_lines.of(database, output)) do
    for _, entry in ipairs(list) do
      local cause = cause_of(entry, database, line)
      if cause then return cause end
    end
  end
  return nil
end

--- Every pattern that is known of a database, with the cause it is for: for its specs.
---@param database string
---@return { name: string, pattern: string|integer, means: string, advice: string }[]
function causes.patterns(database)
  local patterns = {}
  for _, entry in ipairs(list) do
    for _, pattern in ipairs(entry[database] or {}) do
      patterns[#patterns + 1] = described(entry, database, pattern)
    end
  end
  return patterns
end

return causes

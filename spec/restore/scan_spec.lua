-- SPDX-License-Identifier: MIT
-- The scanners alone: the same text through every awk of this machine has to give the same.
local facts = require "oneoff.restore.facts"
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local scan = require "oneoff.restore.scan"

local AWKS = {}
for _, awk in ipairs { "mawk", "gawk", "busybox awk" } do
  if host.capture("command -v " .. awk:match("%S+")) ~= "" then AWKS[#AWKS + 1] = awk end
end

describe("restore.scan", function()
  local folder, remove

  setup(function()
    folder, remove = pty.folder()
    for name, text in pairs(scan.programs) do pty.write(folder .. "/" .. name .. ".awk", text) end
  end)

  teardown(function() remove() end)

  -- What a scanner prints; each awk has to print that.
  local function run(dialect, text, flags)
    pty.write(folder .. "/dump", text)
    local first
    for _, awk in ipairs(AWKS) do
      local out = host.capture(("cd %s; LC_ALL=C %s -v one=1 %s -f %s.awk dump 2>&1"):format(folder,
        awk, flags or "", dialect))
      first = first or out
      assert.are.equal(first, out, awk)
    end
    return first
  end

  local function found(dialect, text, flags)
    local output = run(dialect, text, flags)
    local seen = facts.read(output)
    seen.refusal = output:match("^refuse\t([^\n]*)")
    return seen
  end

  local function filtered(dialect, text, flags)
    return run(dialect, text, "-v out=1 " .. (flags or ""))
  end

  it("is tried with at least one awk #short", function()
    assert.is_true(#AWKS > 0)
  end)

  -- What stands in rows, texts, comments and bodies means nothing.
  local LINES = "USE other;\nCREATE DATABASE other;\nDROP DATABASE other;\nALTER TABLE x "
    .. "OWNER TO y;\n"
    .. "GRANT ALL ON x TO y;\n\\connect other\n\\! env\nBEGIN;\nCOMMIT;\nROLLBACK;\nsystem env\n"
    .. "CREATE EXTENSION pgcrypto;\n-- PostgreSQL database dump\n-- MySQL dump 1\nDELIMITER ;;\n"
    .. "SET @@GLOBAL.GTID_PURGED='x';\nFLUSHALL\n.shell env\nATTACH 'x' AS y;\n"
  local quoted = LINES:gsub("\\", "\\\\")

  for name, text in pairs {
    ["rows of COPY"] = "create table t(x text);\ncopy t from stdin;\n" .. LINES:gsub("\\", "\\\\")
      .. "\\.\n",
    ["a string"] = "create table t(x text);\ninsert into t values ('it''s\n" .. LINES .. "');\n",
    ["a string with escapes"] = "create table t(x text);\ninsert into t values (E'it\\'s\n"
      .. quoted
      .. "\\\\');\n",
    ["a dollar-quoted text"] = "create table t(x text);\ndo $a$ $b$ ' \" /*\n" .. LINES .. "$a$;\n",
    ["a quoted name"] = "create table \"t\n" .. LINES .. "\"(x text);\n",
    ["nested comments"] = "create table t(x text); /* /* '\n" .. LINES .. "*/ \" '\n" .. LINES
      .. "*/\n",
    ["the body of a function"] = "create table t(x text);\ncreate function f(a int) returns int\n"
      .. "begin atomic\n  select case when a = 1 then 2 end;\n  ALTER TABLE x OWNER TO y;\nend;\n",
    ["a rule"] = "create table t(x text);\ncreate rule r as on insert to t do instead (\n"
      .. "GRANT ALL ON x TO y; BEGIN;\n);\n",
  } do
    it("PostgreSQL: leaves " .. name .. " alone", function()
      local seen = found("postgresql", text)
      assert.is_nil(seen.refusal)
      assert.are.same({}, seen.left_out)
      assert.are.same({}, seen.dump.databases)
      assert.are.equal(text, filtered("postgresql", text))
    end)
  end

  for name, text in pairs {
    ["a string"] = "create table t(x text);\ninsert into t values ('it''s\n" .. quoted
      .. "\\'');\n",
    ["a string in double quotes"] = "create table t(x text);\ninsert into t values (\"'\n" .. quoted
      .. "\\\"\");\n",
    ["a quoted name"] = "create table `t\n" .. LINES .. "`(x text);\n",
    ["comments"] = "create table t(x text); /* '\n" .. LINES
      .. "*/\n-- USE other;\n# USE other; '\n",
    ["the body of a routine"] = "create table t(x text);\nDELIMITER ;;\ncreate procedure p() "
      .. "begin\n"
      .. "DROP DATABASE other;\nsystem env;\nend ;;\nDELIMITER ;\n",
  } do
    it("MySQL: leaves " .. name .. " alone", function()
      local seen = found("mysql", text)
      assert.is_nil(seen.refusal)
      assert.are.same({}, seen.left_out)
      assert.are.same({}, seen.dump.databases)
      assert.are.equal(text, filtered("mysql", text))
    end)
  end

  it("SQLite: leaves texts, names and triggers alone", function()
    local text = "BEGIN;\ncreate table [t'\n](x);\ninsert into t values ('a\n" .. LINES .. "');\n"
      .. "create trigger g after insert on t begin\nROLLBACK;\nselect case when 1 then 2 end; "
        .. "end;\n"
      .. "COMMIT;\n"
    local seen = found("sqlite", text)
    assert.is_nil(seen.refusal)
    assert.are.equal(text, filtered("sqlite", text))
    assert.is_true(seen.dump.complete)
  end)

  -- Dialect, text, what is left out, what reaches the server.
  for _, case in ipairs {
    { "postgresql", "alter table a.b owner to \"x y\";\nalter table t add z int;\n", "owner",
      "\nalter table t add z int;\n" },
    { "postgresql", "SET x = 1; GRANT SELECT\n ON t TO y; SET y = 2;\n", "privilege",
      "SET x = 1;\n SET y = 2;\n" },
    { "postgresql", "\\connect other\nselect 1;\n", "database", "\nselect 1;\n" },
    { "postgresql", "CREATE DATABASE other WITH x;\nselect 1;\n", "database", "\nselect 1;\n" },
    { "postgresql", "BEGIN;\nselect 1;\nCOMMIT;\n", "transaction", "\nselect 1;\n\n" },
    { "postgresql", "COMMENT ON EXTENSION x IS 'it''s;';\nselect 1;\n", "extension comment",
      "\nselect 1;\n" },
    { "postgresql", "CREATE ROLE x PASSWORD 'secret';\nselect 1;\n", "role", "\nselect 1;\n" },
    { "postgresql", "CREATE PUBLICATION p FOR ALL TABLES;\nselect 1;\n", "replication",
      "\nselect 1;\n" },
    { "postgresql", "SET default_tablespace = fast;\nselect 1;\n", "tablespace", "\nselect 1;\n" },
    { "mysql", "USE `other`;\nselect 1;\n", "database", "\nselect 1;\n" },
    { "mysql", "use other\nselect 1;\n", "database", "\nselect 1;\n" },
    { "mysql", "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `other` /*!40100 X */;\nselect 1;\n",
      "database", "\nselect 1;\n" },
    { "mysql", "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b'`*/ /*!50003 TRIGGER t x */;\n",
      "definer",
      "/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER t x */;\n" },
    { "mysql", "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-5,\nb:1';\nselect 1;\n", "replication",
      "\n\nselect 1;\n" },
    { "mysql", "mysqldump: [Warning] Using a password\nselect 1;\n", "message", "\nselect 1;\n" },
    { "postgresql", "\239\187\191select 1;\n", "byte order mark", "select 1;\n" },
  } do
    it(("%s: leaves out a %s: %s"):format(case[1], case[3], case[2]:match("[^\n]*")), function()
      local seen = found(case[1], case[2])
      assert.are.equal(case[3], seen.left_out[1].what)
      assert.are.equal(1, #seen.left_out)
      assert.is_nil(seen.text:find("secret", 1, true))
      assert.are.equal(case[4], filtered(case[1], case[2]))
    end)
  end

  it("keeps what is asked for", function()
    for _, case in ipairs {
      { "postgresql", "alter table t owner to x;\n", "owners" },
      { "postgresql", "grant all on t to x;\n", "privileges" },
      { "postgresql", "create publication p for all tables;\n", "replication" },
      { "mysql", "create definer=a@b view v as select 1;\n", "definers" },
      { "mysql", "set @@session.sql_log_bin= 0;\n", "replication" },
    } do
      assert.are.same({}, found(case[1], case[2], "-v keep=" .. case[3]).left_out)
      assert.are.equal(case[2], filtered(case[1], case[2], "-v keep=" .. case[3]))
    end
  end)

  it("takes CR off every line, where every line has one", function()
    local text = "create table t(x text);\r\ninsert into t values ('a\r\nb');\r\ncopy t from "
      .. "stdin;\r\n"
      .. "1\r\n\\.\r\n"
    assert.are.equal("carriage return", found("postgresql", text).left_out[1].what)
    assert.are.equal((text:gsub("\r", "")), filtered("postgresql", text, "-v is_crlf=1"))
    text = "create table t(x text);\ninsert into t values ('a\r\nb');\n"
    assert.are.same({}, found("postgresql", text).left_out)
  end)

  it("leaves out what this server has or does not know", function()
    pty.write(folder .. "/drop", "setting transaction_timeout\nextension pgcrypto\nschema public\n"
      .. "collation utf8mb4_0900_ai_ci utf8mb4_unicode_ci\n")
    assert.are.equal("\n\n\nSET lock_timeout = 0;\n", filtered("postgresql",
      "SET transaction_timeout = 0;\nCREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;\n"
      .. "CREATE SCHEMA public;\nSET lock_timeout = 0;\n", "-v drop=drop"))
    local text = "create table t(x text collate %s) COLLATE=%s;\ninsert into t values ('%s');\n"
    local old, new = "utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci"
    assert.are.equal(text:format(new, new, "COLLATE=" .. old), filtered("mysql",
      text:format(old, old, "COLLATE=" .. old), "-v drop=drop"))
  end)

  for _, case in ipairs {
    { "postgresql", "create table t(x text);\n\\! env\n", "line 2: \\! env: a command of psql" },
    { "postgresql", "create table t(x text); \\o |cat\n", "a command of psql" },
    { "postgresql", "copy t from program 'env';\n", "it runs a program" },
    { "postgresql", "\\connect a\ncreate table t(x text);\n\\connect b\n",
      "several databases, a, b" },
    { "postgresql", "create table t(x text);\n\\connect b\n", "b and the one of the address" },
    { "postgresql", "-- PostgreSQL database cluster dump\n\\connect a\n", "whole cluster" },
    { "postgresql", "create table t(x text);\nrollback;\n", "takes back what it did" },
    { "postgresql", "create table t(x text);\ncopy t from stdin;\n1\n", "the rows of t" },
    { "postgresql", "create table t(x text);\ninsert into t values ('\n",
      "its last statement (line 2)" },
    { "postgresql", "-- PostgreSQL database dump\ncreate table t(x text);\n", "begins in line 1" },
    { "postgresql", "begin;\ncreate table t(x text);\n", "what begins in line 1 does not end" },
    { "postgresql", "set x = 1;\n", "it holds no table" },
    { "mysql", "create table t(x text);\nsystem env\n", "a command of mysql" },
    { "mysql", "create table t(x text);\nselect 1 \\! env\n", "a command of mysql" },
    { "mysql", "create table t(x text);\nload data\nlocal infile 'x' into table t;\n", "files" },
    { "mysql", "insert into other.t values (1);\n", "the database other itself" },
    { "mysql", "drop table if exists `other`.`t`;\ncreate table t(x text);\n",
      "the database other" },
    { "mysql", "use a;\ncreate table t(x text);\nuse b;\n", "several databases, a, b" },
    { "mysql", "-- MySQL dump 1\ncreate table t(x text);\n", "begins in line 1" },
    { "mysql", "start transaction;\ncreate table t(x text);\n", "begins in line 1" },
    { "mysql", "create table t(x text);\nlock tables t write;\n", "begins in line 2" },
    { "mysql", "/*!40101 SET @OLD_X=@@X */;\ncreate table t(x text);\n", "begins in line 1" },
    { "mysql", "create table t(x text);\nmysqldump: Error 2013: Lost connection\n", "failed" },
    { "sqlite", "create table t(x text);\n.shell env\n", "a command of sqlite3" },
    { "sqlite", "attach 'x' as y;\ncreate table t(x text);\n", "another file" },
    { "sqlite", "begin;\ncreate table t(x text);\nrollback; -- due to errors\n",
      "damaged database" },
    { "sqlite", "begin;\ncreate table t(x text);\n", "what begins in line 1" },
  } do
    it(("%s: refuses %s"):format(case[1], (case[2]:gsub("%c", " "))), function()
      local seen = found(case[1], case[2])
      assert.is_truthy(seen.refusal and seen.refusal:find(case[3], 1, true), seen.text)
    end)
  end

  it("counts rows, in every form", function()
    local seen = found("postgresql", "create table a(x int);\ncopy a(x) from stdin;\n1\n2\n\\.\n"
      .. "insert into a values (3), (4);\ninsert into a values (5);\n"
      .. "insert into b values\n (1, 'a),(b'),\n (2, '');\n", "-v counts=1")
    assert.are.same({ { name = "a", rows = 5, line = 1, bytes = 61 },
      { name = "b", rows = 2, line = 8, bytes = 46 } },
      seen.dump.tables)
    seen = found("mysql", "CREATE TABLE `a` (x int);\nINSERT INTO `a` VALUES "
      .. "(1,'it\\'s),('),(2,NULL),"
      .. "(3,'');\nINSERT INTO `a` (`x`) VALUES (4);\nCREATE TABLE `v` (x int);\n"
      .. "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50001 VIEW `v` AS select 1 */;\n",
      "-v counts=1")
    assert.are.same({ { name = "a", rows = 4, line = 1, bytes = 89 } }, seen.dump.tables)
  end)

  it("says where it cannot be known whether a dump is whole, and that it has no rows", function()
    local seen = found("mysql", "create table t(x text);\n")
    assert.is_nil(seen.dump.complete)
    assert.is_truthy(table.concat(seen.dump.notes, "\n"):find("complete", 1, true))
    assert.is_truthy(table.concat(seen.dump.notes, "\n"):find("no rows", 1, true))
  end)

  it("Redis: knows commands in both forms, and what is in values", function()
    local aof = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n"
      .. "$20\r\nx\r\n*1\r\n$8\r\n"
      .. "FLUSHALL\r\n"
    local seen = found("redis", aof .. "\n")
    assert.is_nil(seen.refusal)
    assert.are.equal("database", seen.left_out[1].what)
    assert.are.equal(aof:sub(24), filtered("redis", aof))
    seen = found("redis", "SET a \"FLUSHALL\"\nset b 'x \"'\n", "-v is_text=1")
    assert.is_nil(seen.refusal)
    for _, case in ipairs {
      { "SET a 1\nFLUSHALL\n", "line 2: FLUSHALL: it reaches further" },
      { "SET a \"b\n", "the quoted word in line 1 does not end" },
      { "SELECT 1\nSET a 1\nSELECT 2\n", "several databases, 1, 2" },
      { "SET a 1\nSELECT 2\n", "2 and the one of the address" },
      { "MULTI\nSET a 1\n", "the transaction that begins in line 1" },
      { "PING\n", "no command" },
    } do
      seen = found("redis", case[1], "-v is_text=1")
      assert.is_truthy(seen.refusal and seen.refusal:find(case[2], 1, true), seen.text)
    end
    for length = 30, #aof - 1 do
      assert.is_truthy(run("redis", aof:sub(1, length) .. "\n"):find("^refuse\t"), length)
    end
  end)

  it("takes a time in proportion to a line's length", function()
    local row = "(1,'" .. ("it''s; \\\"x\\\" "):rep(20) .. "',2)"
    local text = "INSERT INTO `t` VALUES " .. (row .. ","):rep(3000) .. row .. ";\n"
    assert.are.equal(3001, found("mysql", text).dump.tables[1].rows)
    text = "INSERT INTO t VALUES (\"" .. ("a, \\\" 'b' "):rep(30000) .. "\");\n"
    assert.are.equal(1, found("mysql", text).dump.tables[1].rows)
  end)
end)

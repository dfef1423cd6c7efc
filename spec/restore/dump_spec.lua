-- SPDX-License-Identifier: MIT
local databases = require "oneoff.restore.databases"
local dump = require "oneoff.restore.dump"
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local reading = require "oneoff.restore.reading"
local stream = require "oneoff.restore.stream"

local PG = "--\n-- PostgreSQL database dump\n--\ncreate table x (y int);\n"
local DONE = "-- PostgreSQL database dump complete\n"
local LITE = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\ncreate table x (y int);\n"

local samples = {
  { "empty", "" },
  { "gzip", "\31\139\8\0" },
  { "pg_custom", "PGDMP\1\14\0" },
  { "pg_tar", "toc.dat\0" .. ("\0"):rep(249) .. "ustar" },
  { "sqlite", "SQLite format 3\0\16\0\1\1" },
  { "sqlite_wal", "7\127\6\130rest" },
  { "zip", "PK\3\4rest" },
  { "mongo_archive", "\109\226\153\129rest" },
  { "redis_rdb", "REDIS0009" },
  { "redis_aof", "*2\r\n$6\r\nSELECT\r\n" },
  { "zstd", "\40\181\47\253rest" },
  { "xz", "\253" .. "7zXZ\0" },
  { "bzip2", "BZh9" },
  { "utf16", "\255\254-\0-\0" },
  { "utf16", "-\0-\0 \0P\0o\0s\0" },
  { "utf16", "\0-\0-\0 \0P\0o\0s" },
  { "tar", ("\1"):rep(257) .. "ustar\0" },
  { "binary", "\1\2\0\3" },
  { "binary", "select 1;\0" },
  { "pg_sql", PG },
  { "pg_sql", "-- a comment of somebody\n\n" .. PG },
  { "pg_sql", "SET statement_timeout = 0;\nSET lock_timeout = 0;\n" },
  { "pg_sql", "\239\187\191--\r\n-- PostgreSQL database dump\r\n" },
  { "pg_sql", "\\connect shop\n" },
  { "mysql_sql", "-- MySQL dump 10.13\n" },
  { "mysql_sql", "-- MariaDB dump 10.19\n" },
  { "mysql_sql", "mysqldump: [Warning] Using a password\n-- MySQL dump 10.13\n" },
  { "mysql_sql", "/*M!999999\\- enable the sandbox mode */ \n" },
  { "mysql_sql", "-- phpMyAdmin SQL Dump\n" },
  { "sqlite_sql", LITE },
  { "sql", "create table x (y int);\n" },
  { "sql", "\239\187\191-- naïve\n" },
  { "sql", "create table x (y text);\ninsert into x values ('\n-- MySQL dump 10.13\n');\n" },
  { "sql", "S" },
}

describe("restore.dump", function()
  local folder, remove

  before_each(function() folder, remove = pty.folder() end)
  after_each(function() remove() end)

  -- What the reading step says of a file with these bytes, sent in two parts, and its exit code.
  local function read(content, database, before, shell)
    os.execute("cd " .. folder .. " && rm -rf .oneoff-restore *")
    pty.write(folder .. "/dump", content)
    os.execute("cd " .. folder .. "; " .. (before or ":"))
    os.execute("cd " .. folder .. " && head -c 30 dump >dump.part.0001 && "
      .. "tail -c +31 dump >dump.part.0002")
    pty.write(folder .. "/step", reading.command("dump", databases.of(database or "postgresql"),
      {}))
    os.execute(("cd %s; ONEOFF_UPLOADS=%s %s step >said 2>&1; echo $? >code"):format(
      folder, folder, shell or "sh"))
    return pty.read(folder .. "/said"), tonumber(pty.read(folder .. "/code"))
  end

  it("knows what a dump is by its beginning #short", function()
    for _, sample in ipairs(samples) do
      assert.are.equal(sample[1], dump.kind(sample[2]), sample[2])
      assert.is_string(dump.what(sample[1]))
    end
    assert.is_true(dump.is_layer("gzip"))
    assert.is_true(dump.is_layer("zip"))
    assert.is_false(dump.is_layer("sql"))
  end)

  it("knows the same in the container", function()
    for _, shell in ipairs { "sh", "bash" } do
      local script = stream.functions()
      for i, sample in ipairs(samples) do
        pty.write(folder .. "/" .. i, sample[2])
        script = script .. ("\nkind_of %s/%d; echo \"$kind\""):format(folder, i)
      end
      pty.write(folder .. "/all", script .. "\n")
      local pipe = io.popen(shell .. " " .. folder .. "/all 2>&1")
      for i, sample in ipairs(samples) do
        assert.are.equal(sample[1], pipe:read("*l"), i .. sample[2])
      end
      assert.is_nil(pipe:read("*l"))
      pipe:close()
    end
  end)

  -- The whole of the stream that the restore reads.
  local function streamed()
    pty.write(folder .. "/show", reading.prelude("dump", databases.of("postgresql"), {})
      .. "\nstream\n")
    return host.capture(("cd %s; ONEOFF_UPLOADS=%s sh show"):format(folder, folder))
  end

  it("reads what is packed, by its content", function()
    local archives = {
      ":", "gzip dump; mv dump.gz dump", "tar -cf a dump; mv a dump", "tar -czf a dump; mv a dump",
      "mkdir 'b c'; mv dump 'b c/my dump'; tar -czf dump 'b c'",
      "gzip dump; tar -cf dump dump.gz", "zstd -q --rm dump; mv dump.zst dump",
      "tar -cf a dump; zstd -q a -o dump -f", "xz dump; mv dump.xz dump",
      "bzip2 dump; mv dump.bz2 dump", "zip -q a dump; mv a.zip dump",
      "mkdir __MACOSX; echo >__MACOSX/._dump; echo >._dump; zip -qr a dump ._dump __MACOSX; "
        .. "mv a.zip dump",
      "echo >._dump; echo >.DS_Store; tar -cf a ._dump .DS_Store dump; mv a dump",
    }
    for _, shell in ipairs { "sh", "bash" } do
      for _, before in ipairs(archives) do
        local said, code = read(PG .. DONE, "postgresql", before, shell)
        assert.are.equal(0, code, before .. said)
        assert.is_truthy(said:find("^kind\tpg_sql\nlayers\t"), said)
        assert.is_truthy(said:find("\ntable\tx\t0\t4\n", 1, true), said)
        assert.is_truthy(said:find("\nending\twhole\n", 1, true), said)
        assert.are.equal(PG .. DONE, streamed())
      end
    end
  end)

  for _, case in ipairs {
    { "an empty file", "", ":", "the dump is empty, nothing to restore into PostgreSQL" },
    { "an empty file in an archive", "", "gzip dump; mv dump.gz dump", "the dump is empty" },
    { "another database", "SQLite format 3\0", ":", "the dump is a SQLite database, nothing" },
    { "a cut gzip file", ("abc"):rep(1000), "gzip dump; head -c 20 dump.gz >dump",
      "the gzip file is damaged" },
    { "a changed gzip file", PG .. DONE, "gzip dump; printf xx | dd of=dump.gz bs=1 seek=40 "
      .. "conv=notrunc 2>/dev/null; mv dump.gz dump", "the gzip file is damaged" },
    { "a cut xz file", PG .. DONE, "xz dump; head -c 60 dump.xz >dump", "the xz file is damaged" },
    { "a cut bzip2 file", PG .. DONE, "bzip2 dump; head -c 60 dump.bz2 >dump",
      "the bzip2 file is damaged" },
    { "a cut zip archive", PG .. DONE, "zip -q a dump; head -c 90 a.zip >dump",
      "the zip archive is damaged" },
    { "a cut tar archive", ("x"):rep(9000), "tar -cf a dump; head -c 4000 a >dump",
      "the tar archive is damaged" },
    { "two files", "x", "echo y >y; tar -czf a dump y; mv a dump",
      "the archive holds 2 files, expected was one dump: dump y" },
    { "two files in a zip", "x", "echo y >y; zip -q a dump y; mv a.zip dump",
      "the archive holds 2 files, expected was one dump: dump y" },
    { "no file", "x", "rm dump; mkdir d; tar -cf dump d", "the archive holds 0 files" },
    { "gzip without end", "x", "for i in 1 2 3 4 5; do gzip dump; mv dump.gz dump; done",
      "archives in archives" },
    { "a cut Zstandard file", PG .. DONE, "zstd -q dump; head -c 60 dump.zst >dump",
      "the zstd file is damaged" },
    { "a dump that was cut", PG, ":", "the dump is a PostgreSQL dump in SQL: cut short: the dump "
      .. "that begins in line 2 does not end" },
    { "a log without its database", "7\127\6\130rest", ":", "the write-ahead log of a SQLite" },
  } do
    it("refuses " .. case[1], function()
      local said, code = read(case[2], "postgresql", case[3])
      assert.is_truthy(said:find(case[4], 1, true), said)
      assert.are.equal(dump.INVALID, code)
    end)
  end

  it("refuses a cut dump of SQLite, and one of PostgreSQL", function()
    local said, code = read(LITE .. "insert into x values (1);\n", "sqlite")
    assert.is_truthy(said:find("cut short: what begins in line 2 does not end", 1, true), said)
    assert.are.equal(dump.INVALID, code)
    said, code = read(LITE .. "COMMIT;\n", "sqlite")
    assert.is_truthy(said:find("\nending\twhole\n", 1, true), said)
    assert.are.equal(0, code)
    said, code = read(PG .. DONE, "sqlite")
    assert.is_truthy(said:find("a PostgreSQL dump in SQL, nothing to restore into SQLite", 1, true))
    assert.are.equal(dump.INVALID, code)
  end)

  it("says which program the container lacks for a layer", function()
    local said, code = read(PG .. DONE, "postgresql", "xz dump; mv dump.xz dump; mkdir bin; "
      .. "for p in mawk cat head od tr wc sed grep mkdir rm sort mktemp tail; do "
      .. "ln -s $(command -v $p) bin/$p; done", "env PATH=./bin /bin/sh")
    assert.are.equal("there is no xz here to read the xz file: unpack it, or pack it with "
      .. "gzip\n", said)
    assert.are.equal(dump.UNAVAILABLE, code)
  end)
end)

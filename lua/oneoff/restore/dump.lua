-- Says what a dump is by its content.
-- SPDX-License-Identifier: MIT
--
-- A dump is a stream: what was sent, in layers (gzip, tar and others) that are told by the first
-- bytes of each. stream.lua has the same in shell, for what lies below a layer.

local dump = {}

--- Exit codes of our own steps: what is restored is not what it should be (EX_DATAERR), the
--- container lacks a program or a setting (EX_UNAVAILABLE), or its disk failed (EX_IOERR).
dump.INVALID = 65
dump.UNAVAILABLE = 69
dump.FAILED = 74

--- How much of a file's beginning is looked at.
dump.HEAD = 4096

--- Beginnings in hexadecimal, the first that fits decides: prefix, kind, what people are told. A
--- kind that no database takes is refused by it.
dump.magics = {
  { "1f8b", "gzip", "a gzip file" },
  { "28b52ffd", "zstd", "a Zstandard file" },
  { "5047444d50", "pg_custom", "a PostgreSQL dump in custom format" },
  { "746f632e64617400", "pg_tar", "a PostgreSQL dump in tar format" },
  { "53514c69746520666f726d6174203300", "sqlite", "a SQLite database" },
  { "377f0682", "sqlite_wal", "the write-ahead log of a SQLite database, without the database" },
  { "377f0683", "sqlite_wal", "the write-ahead log of a SQLite database, without the database" },
  { "6de29981", "mongo_archive", "a MongoDB archive" },
  { "524544495330", "redis_rdb", "a Redis snapshot (RDB), which only a server can load at its "
    .. "start: give commands instead, as in an append-only file without RDB in it" },
  { "2a", "redis_aof", "a stream of Redis commands" },
  { "504b0304", "zip", "a zip archive" },
  { "504b0506", "zip", "a zip archive" },
  { "fd377a585a00", "xz", "an xz file" },
  { "425a68", "bzip2", "a bzip2 file" },
  { "fffe", "utf16", "a text in UTF-16: convert it first (iconv -f utf-16 -t utf-8)" },
  { "feff", "utf16", "a text in UTF-16: convert it first (iconv -f utf-16 -t utf-8)" },
}

--- What a text of SQL begins with, after comments and settings: beginning of a line, kind.
dump.texts = {
  { "-- PostgreSQL database ", "pg_sql" },
  { "-- MySQL dump ", "mysql_sql" },
  { "-- MariaDB dump ", "mysql_sql" },
  { "-- phpMyAdmin SQL Dump", "mysql_sql" },
  { "PRAGMA foreign_keys=OFF;", "sqlite_sql" },
  { "/*M!999999", "mysql_sql" },
  { "/*!40", "mysql_sql" },
  { "\\restrict ", "pg_sql" },
  { "\\connect ", "pg_sql" },
  { "\\c ", "pg_sql" },
  { "SET statement_timeout = ", "pg_sql" },
  { "SELECT pg_catalog.set_config(", "pg_sql" },
}

--- Beginnings of lines that may stand in front of those.
dump.preludes = { "--", "#", "/*", "SET ", "USE ", "use ",
  "mysqldump: ", "mariadb-dump: ", "pg_dump: " }

--- Layers, each with the program that takes it off.
dump.layers = {
  gzip = "gzip", zstd = "zstd", tar = "tar", zip = "unzip", xz = "xz", bzip2 = "bzip2",
}

dump.what_of = {
  pg_sql = "a PostgreSQL dump in SQL", mysql_sql = "a MySQL dump in SQL",
  sqlite_sql = "a SQLite dump in SQL", pg_directory = "a PostgreSQL dump in directory format",
  sqlite_folder = "a SQLite database with its write-ahead log",
  redis_folder = "a folder of Redis' append-only files",
  tar = "a tar archive", sql = "a text that does not say what it is", empty = "empty",
  binary = "not a dump", mongo_folder = "a folder of MongoDB collections",
}
for _, magic in ipairs(dump.magics) do
  dump.what_of[magic[2]] = dump.what_of[magic[2]] or magic[3]
end

--- Says a kind to a person: "a gzip file".
---@param kind string
---@return string
function dump.what(kind)
  return dump.what_of[kind]
end

local function begins(line, beginnings)
  for _, beginning in ipairs(beginnings) do
    local text = type(beginning) == "table" and beginning[1] or beginning
    if line:sub(1, #text) == text then return beginning end
  end
  return nil
end

-- The first line that says what the text is decides; anything but a comment ends the search.
local function kind_of_text(head)
  for line in (head:gsub("^\239\187\191", "") .. "\n"):gmatch("([^\n]*)\n") do
    local text = begins(line, dump.texts)
    if text then return text[2] end
    if line:find("[^%s]") and not begins(line, dump.preludes) then return "sql" end
  end
  return "sql"
end

--- The kind of a file that begins so.
---@param head string its first dump.HEAD bytes, or all of it
---@return string kind
function dump.kind(head)
  if head == "" then return "empty" end
  local hex = head:sub(1, 16):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  for _, magic in ipairs(dump.magics) do
    if hex:sub(1, #magic[1]) == magic[1] then return magic[2] end
  end
  if head:sub(258, 262) == "ustar" then return "tar" end
  if hex:find("^%x%x00%x%x00%x%x00%x%x00") or hex:find("^00%x%x00%x%x00%x%x00%x%x") then
    return "utf16"
  end
  return head:find("%z") and "binary" or kind_of_text(head)
end

--- Whether a kind is a layer, and something else below it.
function dump.is_layer(kind)
  return dump.layers[kind] ~= nil
end

return dump

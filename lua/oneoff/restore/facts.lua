-- Reads what a scanner found in a dump: facts as data, and as sentences for people.
-- SPDX-License-Identifier: MIT

local facts = {}

---@class oneoff.dump
---@field kind string as in restore.plan
---@field program? string that took it, with its version
---@field version? string of the server that it was taken from
---@field databases string[] that it names itself
---@field tables { name: string, rows: integer?, line: integer?, bytes: integer? }[] rows: nil where
---  they cannot be counted without unpacking them; line: where it begins; bytes: of its rows in
---  SQL, where restore.list counted them
---@field roles string[] owners and others whom it names
---@field extensions string[]
---@field schemas string[]
---@field own_transactions boolean it has BEGIN and COMMIT of its own
---@field complete? boolean true: it ends as its program ends it; nil: nobody can tell
---@field lines? integer
---@field notes string[] what one should know before it is restored

---@class oneoff.left_out
---@field what string a word: owner, privilege, role, database, definer …
---@field title string the same for people
---@field count integer
---@field lines integer[] the first ones
---@field examples string[] beginnings of them

--- What each word means, for people.
facts.titles = {
  owner = "owners (ALTER … OWNER TO)", privilege = "privileges (GRANT, REVOKE)",
  role = "roles and users", database = "lines that name another database",
  ["extension comment"] = "comments on extensions", extension = "extensions",
  schema = "lines on schemas that are there already", setting = "settings of the server",
  transaction = "BEGIN and COMMIT of its own (one transaction is around all of it)",
  replication = "replication (publications, subscriptions, GTID, SQL_LOG_BIN)",
  tablespace = "tablespaces", language = "the language plpgsql, which is there already",
  definer = "definers (DEFINER=…): what they defined is the current user's",
  collation = "collations that the server does not know, replaced",
  message = "messages of the program that took the dump",
  annotation = "annotations of the append-only file",
  ["carriage return"] = "carriage returns at the end of every line",
  table = "tables that are not wanted", rows = "tables without their rows",
  object = "lines and objects of what is not wanted", structure = "statements of the structure",
  ["sequence value"] = "values of sequences", ["large object"] = "lines of large objects",
  ["foreign key"] = "foreign keys to a table that is not wanted",
  ["byte order mark"] = "the byte order mark", restrict = "\\restrict of a newer psql",
}

-- A table of one list of words and numbers.
local function listed(list, most)
  local words = {}
  for i = 1, math.min(#list, most) do words[i] = tostring(list[i]) end
  return table.concat(words, ", ") .. (#list > most and ", …" or "")
end

local function counted(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

local function summary(dump, what)
  local rows, is_counted = 0, #dump.tables > 0
  for _, made in ipairs(dump.tables) do
    rows, is_counted = rows + (made.rows or 0), is_counted and made.rows ~= nil
  end
  local words = { what }
  if dump.program then words[#words + 1] = "by " .. dump.program end
  if dump.version then words[#words + 1] = "from version " .. dump.version end
  if #dump.tables > 0 then words[#words + 1] = counted(#dump.tables, "table") end
  if is_counted then words[#words + 1] = counted(rows, "row") end
  return "the dump is " .. table.concat(words, ", ")
end

local function of_left_out(entry)
  local where = ""
  if #entry.lines > 0 then
    where = (entry.count > 1 and " (lines %s)" or " (line %s)"):format(listed(entry.lines, 3)
      .. (entry.count > math.max(3, #entry.lines) and ", …" or ""))
  elseif #entry.examples > 0 then
    where = ": " .. listed(entry.examples, 5)
  end
  return ("left out: %d %s%s"):format(entry.count, entry.title, where)
end

--- The same as sentences.
---@param dump oneoff.dump
---@param left_out oneoff.left_out[]
---@param what string "a PostgreSQL dump in SQL"
---@return string[]
function facts.sentences(dump, left_out, what)
  local sentences = { summary(dump, what) }
  if #dump.databases > 0 then
    sentences[2] = ("it names the database %s: it is restored into the one of the address")
      :format(listed(dump.databases, 10))
  end
  for _, entry in ipairs(left_out) do sentences[#sentences + 1] = of_left_out(entry) end
  for _, note in ipairs(dump.notes) do sentences[#sentences + 1] = "note: " .. note end
  return sentences
end

local function fields_of(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
  return fields
end

local function integers(text)
  local list = {}
  for number in text:gmatch("%d+") do list[#list + 1] = tonumber(number) end
  return list
end

local lists = {
  database = "databases", role = "roles", extension = "extensions", schema = "schemas",
}

local readers = {}

function readers.table(found, name, rows, line)
  rows = tonumber(rows)
  table.insert(found.dump.tables, { name = name, line = tonumber(line),
    rows = rows and rows >= 0 and rows or nil })
end

-- Of the table in the line before.
function readers.bytes(found, _, bytes)
  found.dump.tables[#found.dump.tables].bytes = tonumber(bytes)
end

function readers.left(found, what, count, lines, ...)
  table.insert(found.left_out, { what = what, title = facts.titles[what] or what,
    count = tonumber(count), lines = integers(lines or ""), examples = { ... } })
end

function readers.ending(found, word)
  found.dump.complete = word == "whole" or nil
  if word == "unknown" then
    table.insert(found.dump.notes, "nobody can tell whether it is complete: nothing marks its end")
  end
end

function readers.rows(found)
  table.insert(found.dump.notes, "it holds no rows, only the structure: its tables will be empty")
end

function readers.wal(found)
  table.insert(found.dump.notes, "the database is in WAL mode: what was written last may be in its "
    .. "-wal file (write-ahead log), which is not here")
end

function readers.transaction(found)
  found.dump.own_transactions = true
end

function readers.lines(found, count)
  found.dump.lines = tonumber(count)
end

local function read_line(found, fields)
  local word = fields[1]
  if lists[word] then
    table.insert(found.dump[lists[word]], fields[2])
  elseif word == "kind" or word == "program" or word == "version" then
    found.dump[word] = found.dump[word] or fields[2]
  elseif readers[word] then
    readers[word](found, (unpack or table.unpack)(fields, 2))
  end
end

--- Reads facts. Lines that are none are passed over.
---@param text string
---@return { dump: oneoff.dump, left_out: oneoff.left_out[], text: string }
function facts.read(text)
  local found = { text = text, left_out = {}, dump = {
    databases = {}, tables = {}, roles = {}, extensions = {}, schemas = {}, notes = {},
    own_transactions = false,
  } }
  for line in text:gmatch("[^\n]+") do
    if line:find("\t", 1, true) then read_line(found, fields_of(line)) end
  end
  return found
end

-- What the step of the restore, which asks the server, has to know.
local asked = {
  kind = true, layers = true, left = true, table = true, program = true,
  setting = true, extension = true, schema = true,
  collation = true, owned = true, sandbox = true, restrict = true, writable_schema = true,
}

--- The facts that a restore needs, without the rest.
---@param text string
---@param layer string? that is put around the dump on the way
---@return string
function facts.needed(text, layer)
  local lines = {}
  if layer then text = text:gsub("layers\t", "layers\t " .. layer) end
  for line in text:gmatch("[^\n]+") do
    if asked[line:match("^(%S+)\t")] then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- What the step of the restore left out because of the server: lines "left out: WHAT NAME (WHY)".
---@param output string of the step
---@param left_out oneoff.left_out[] gets them
function facts.add_server(output, left_out)
  local entries = {}
  for what, name in output:gmatch("left out: (%l[%l ]-): ([^\n]+)") do
    local entry = entries[what]
    if not entry then
      entry = { what = what, title = facts.titles[what] or what, count = 0, lines = {},
        examples = {} }
      entries[what] = entry
      left_out[#left_out + 1] = entry
    end
    entry.count = entry.count + 1
    entry.examples[#entry.examples + 1] = name
  end
end

return facts

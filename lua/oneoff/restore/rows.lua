-- Compares the rows of a dump with those of the database after its restore, table by table.
-- SPDX-License-Identifier: MIT
--
-- The scanner counted the rows of the dump. The database is asked in the container: for its tables
-- once, and for their rows a hundred tables at a time. Only what is certain can fail a restore: a
-- table that a dump of a known program creates itself, and whose rows this user sees all of.

local quantity = require "oneoff.base.quantity"

local rows = {}

--- Why a table is not compared, by the word that the step prints.
rows.reasons = {
  archive = "the rows of an archive are not counted",
  added = "the dump adds to a table, or may: it does not create it",
  partitioned = "the dump has its rows elsewhere in the partitioned table",
  unseen = "it was not found, or not all of its rows can be seen",
  unknown = "no program is known to have made the dump",
}

-- `list_tables` prints the name of each table, its name without a schema where that is enough, its
-- kind, and what follows SELECT … to read it; `ask_rows` runs statements from its input. A dump
-- chooses its names: one with a tab or a line's end in it is not listed, since its words would be
-- taken for a statement, or for a command of the client program.
local COUNT = [=[
wanted() {
  LC_ALL=C $awk -F '\t' 'FILENAME == ARGV[1] { if ($1 == "table") number[$2] = ++count; next }
    NF != 4 { next }
    { i = $1 in number ? number[$1] : $2 != "" && $2 in number ? number[$2] : 0 }
    i { print "select " i ", " ($3 == "p") ", count(*) from " $4 }' "$work/facts" -
}
batches() {
  LC_ALL=C $awk '{ printf "%s%s", NR == 1 ? "" : NR % 100 == 1 ? ";\n" : " union all ", $0 }
    END { if (NR) print ";" }'
}
compare() {
  LC_ALL=C $awk -F '\t' '
    FILENAME == ARGV[1] && $1 == "table" { n++; name[n] = $2; rows[n] = $3; is_added[n] = $5 != "" }
    FILENAME == ARGV[1] { if ($1 == "program" || $2 == "sqlite_sql") is_known = 1; next }
    { there[$1] = $3; is_part[$1] = $2 }
    END {
      for (i = 1; i <= n; i++) {
        if (!(i in there)) word = "unseen"
        else if (rows[i] < 0) word = "archive"
        else if (is_part[i] == 1 && (!rows[i] || rows[i] < there[i])) word = "partitioned"
        else if (is_added[i]) word = "added"
        else if (!is_known) word = "unknown"
        else word = rows[i] == there[i] ? "same" : "differs"
        print "rows\t" name[i] "\t" rows[i] "\t" (i in there ? there[i] : "") "\t" word
      }
    }' "$work/facts" "$work/counts"
}
list_tables >"$work/tables" && wanted <"$work/tables" | batches | ask_rows >"$work/counts" ||
  : >"$work/counts"
compare]=]

--- The command that counts and prints a line for each table of the dump.
---@param functions string list_tables and ask_rows
---@return string
function rows.command(functions)
  return functions .. COUNT
end

---@class oneoff.restored_table
---@field name string
---@field rows integer? in the dump; nil: they were not counted
---@field restored integer? in the database, after the restore; nil: they could not be counted
---@field ok? boolean whether both are the same; nil: they were not compared
---@field why? string why they were not compared

--- Reads what the command printed.
---@param output string
---@return oneoff.restored_table[]
function rows.read(output)
  local tables = {}
  for name, dumped, there, word in output:gmatch("rows\t([^\t\n]*)\t(%-?%d+)\t(%d*)\t(%l+)") do
    dumped = tonumber(dumped)
    local made = { name = name, rows = dumped >= 0 and dumped or nil, restored = tonumber(there),
      why = rows.reasons[word] }
    if not made.why then made.ok = word == "same" end
    tables[#tables + 1] = made
  end
  return tables
end

local function counted(count, word)
  return ("%s %s%s"):format(quantity.count(count), word, count == 1 and "" or "s")
end

local function of_different(made)
  return ("%s has %s, the dump %s"):format(made.name, counted(made.restored, "row"),
    quantity.count(made.rows))
end

local function tally(tables)
  local found = { compared = 0, rows = 0, different = {}, left = {} }
  for _, made in ipairs(tables) do
    if made.ok == nil then
      found.left[#found.left + 1] = made
    else
      found.compared = found.compared + 1
      found.rows = found.rows + made.restored
      if not made.ok then found.different[#found.different + 1] = made end
    end
  end
  return found
end

--- The same in a sentence.
---@param tables oneoff.restored_table[]
---@return string
function rows.sentence(tables)
  local found = tally(tables)
  if #tables == 0 then return "not compared: the dump names no tables" end
  local words = {}
  if #found.different > 0 then
    words[1] = of_different(found.different[1])
    if #found.different > 1 then
      words[1] = ("%s, and %s more"):format(words[1], counted(#found.different - 1, "table"))
    end
  elseif found.compared > 0 then
    words[1] = ("%s in %s, as in the dump"):format(counted(found.rows, "row"),
      counted(found.compared, "table"))
  end
  if #found.left > 0 then
    words[#words + 1] = ("%s not compared: %s"):format(counted(#found.left, "table"),
      found.left[1].why)
  end
  return table.concat(words, "; ")
end

local MOST_NAMES = 8

--- The tables that have the most rows, in a sentence; nil where none could be counted.
---@param tables oneoff.restored_table[]
---@return string?
function rows.largest(tables)
  local sorted, words = {}, {}
  for i, made in ipairs(tables) do
    if made.restored then sorted[#sorted + 1] = { made = made, place = i } end
  end
  if #sorted == 0 then return nil end
  table.sort(sorted, function(one, other)
    local difference = one.made.restored - other.made.restored
    return difference > 0 or difference == 0 and one.place < other.place
  end)
  for i = 1, math.min(#sorted, MOST_NAMES) do
    local made = sorted[i].made
    words[i] = ("%s %s"):format(made.name, quantity.count(made.restored))
  end
  if #sorted > MOST_NAMES then words[#words + 1] = ("%d more"):format(#sorted - MOST_NAMES) end
  return "rows: " .. table.concat(words, ", ")
end

--- Whether the step's output says that all of the dump is there, as `expect` of a step.
---@param output string
---@return boolean
---@return string? why
function rows.expect(output)
  local tables = rows.read(output)
  if #tally(tables).different == 0 then return true end
  return false, rows.sentence(tables)
end

return rows

-- Says what a failed restore left in the database.
-- SPDX-License-Identifier: MIT

local left = {}

local MOST = 10 -- tables by name

local words = {
  redis = "the database is partly restored: the commands that succeeded were done and stay",
  mongodb = "the database is partly restored: the collections before the error were replaced",
  sqlite = "nothing was changed: a database that was there before is as it was",
}

-- The tables whose last line stands before the one that failed.
local function tables_before(tables, line)
  local names = {}
  for i, made in ipairs(tables) do
    local following = tables[i + 1]
    if line and following and following.line and following.line <= line then
      names[#names + 1] = made.name
    end
  end
  return names
end

-- Where a database keeps what was done before the error.
local function partly(tables, line)
  local names = tables_before(tables, line)
  local list = table.concat(names, ", ", 1, math.min(#names, MOST))
    .. (#names > MOST and ", …" or "")
  return ("the database is now partly restored: what stands before %s is done and stays%s"):format(
    line and "line " .. line or "the error", #names > 0 and " (" .. list .. ")" or "")
end

-- What breaks during the commit leaves open what the server did with it.
local function of_transaction(cause)
  if cause and cause.name == "connection" then
    return "nothing was changed, unless the connection broke during the commit at the end"
  end
  return "nothing was changed: all of the restore is one transaction, which was rolled back"
end

left.RESTORED = "the dump is restored; what follows this step was not run"
left.PARTLY_DONE = "the dump is restored; this step may be done in part, "
  .. "and what follows was not run"
left.PARTLY_EMPTIED = "the database may be emptied in part; the restore did not begin"
left.UNCHANGED = "nothing was changed"

--- The same where it was emptied before, for good.
left.EMPTIED = "the database was emptied before"

--- What is in the database after an error.
---@param database "postgresql"|"mysql"|"mongodb"|"redis"|"sqlite"
---@param opts { transaction: boolean? } of restore.run
---@param cause oneoff.restore.cause? of the error
---@param tables { name: string, line: integer? }[] of the dump
---@param line integer? of the dump, that failed
---@return string
function left.after(database, opts, cause, tables, line)
  if cause and cause.is_refused then return left.UNCHANGED .. ": there was no connection" end
  if database == "postgresql" and opts.transaction ~= false then return of_transaction(cause) end
  if opts.replace and database ~= "sqlite" then
    return left.EMPTIED .. "; " .. (words[database] or partly(tables, line))
  end
  return words[database] or partly(tables, line)
end

--- The same where nobody knows how the restore ended: it had begun.
---@param database string
---@param opts { transaction: boolean? }
---@return string
function left.unknown(database, opts)
  if database == "postgresql" and opts.transaction ~= false or database == "sqlite" then
    return "nothing was changed, or all of the dump is restored: the restore was cut short"
  end
  return "the database may be partly restored: the restore was cut short"
end

return left

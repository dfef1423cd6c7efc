-- Says what a failed restore left in the database.
-- SPDX-License-Identifier: MIT

local left = {}

local UNCHANGED = "nothing was changed"

local words = {
  mysql = "the database is partly restored: what was done before the error stays",
  redis = "the database is partly restored: the commands that succeeded were done and stay",
  mongodb = "the database is partly restored: the collections before the error were replaced",
  sqlite = "nothing was changed: a database that was there before is as it was",
}

-- A connection that breaks during the commit leaves open what the server did with it.
local function of_postgresql(opts, cause)
  if opts.transaction == false then return words.mysql end
  if cause and cause.name == "connection" then
    return "nothing was changed, unless the connection broke during the commit at the end"
  end
  return "nothing was changed: all of the restore is one transaction, which was rolled back"
end

--- What is in the database after an error.
---@param database "postgresql"|"mysql"|"mongodb"|"redis"|"sqlite"
---@param opts { transaction: boolean? } of restore.run
---@param cause oneoff.restore.cause?
---@return string
function left.after(database, opts, cause)
  if cause and cause.is_refused then return UNCHANGED .. ": there was no connection" end
  if database == "postgresql" then return of_postgresql(opts, cause) end
  return words[database]
end

return left

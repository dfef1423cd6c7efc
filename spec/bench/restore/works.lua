-- The works of the benchmark: what is restored, by whom, and how the same is done by hand.
-- SPDX-License-Identifier: MIT
local peers = require "bench.peers"
local shell = require "bench.shell"

local works = {}

local LIMIT = "3600" -- seconds

-- Each database's dumps in the order of the tables, and what reads them: FILE is the dump, CLIENT
-- the client with the address.
local hands = {
  postgresql = {
    { "sql", "$CLIENT -1 -f $FILE" },
    { "custom", "$RESTORE -1 -x -O -d $ADDRESS $FILE" },
    { "sql.gz", "gzip -dc $FILE | $CLIENT -1 -f -" },
  },
  mariadb = { { "sql", "$CLIENT <$FILE" }, { "sql.gz", "gzip -dc $FILE | $CLIENT" } },
  sqlite = { { "sql", "$CLIENT <$FILE" }, { "sql.gz", "gzip -dc $FILE | $CLIENT" } },
}

--- The works of one database.
---@param name "postgresql"|"mariadb"|"sqlite"
---@param dumps table<string, string> the path of each kind
---@param server table with client, database and, for PostgreSQL, restore and url
---@param host { url: string, token: string }
---@param orders integer rows that the second check expects
---@return { label: string, path: string, fresh: fun(), ours: string[], bare: string[] }[]
function works.of(name, dumps, server, host, orders)
  local list = {}
  for i, hand in ipairs(hands[name]) do
    local kind, command = hand[1], hand[2]
    local words = {
      CLIENT = server.client("target"), FILE = dumps[kind], RESTORE = server.restore,
      ADDRESS = server.url and "'" .. server.url("target") .. "'",
    }
    local ours = peers.interpreter_command(peers.interpreters[1])
    for _, word in ipairs { "spec/bench/restore/ours.lua", host.url, host.token, name,
      dumps[kind], ("%d"):format(orders) } do
      ours[#ours + 1] = word
    end
    list[i] = {
      label = name .. ", " .. kind, path = dumps[kind], ours = ours,
      bare = { "sh", "-c", (command:gsub("%$(%u+)", words)) },
      fresh = function() server.database("target") end,
    }
  end
  return list
end

--- One run: its numbers, or nil where it failed.
---@param command string[]
---@return table<string, number>?
function works.run(command)
  local launch = { "build/bench/launch", "-t", LIMIT }
  for _, word in ipairs(command) do launch[#launch + 1] = word end
  local sample = shell.numbers(shell.output(launch))
  return sample.status == 0 and sample or nil
end

return works

-- One restore by oneoff, from its start to its report: `ours.lua URL TOKEN DATABASE DUMP ROWS`.
-- SPDX-License-Identifier: MIT
--
-- Prints one JSON line: its seconds, and those of each part of it. It ends with status 1 where the
-- restore or one of its two checks fails.
local oneoff = require "oneoff"
local restore = require "oneoff.restore"
local scalingo = require "oneoff.scalingo"

local url, token, database, dump, orders = table.unpack(arg)

orders = tonumber(orders)
local began = oneoff.now()
local at = {}

local account = scalingo.new { token = token, api_url = url, auth_url = url,
  requests_per_minute = 0 }
local report, message = restore.run(account, {
  app = "bench", database = database, dump = dump, log = false,
  checks = {
    { "select count(*) from customers", expect = orders / 4 },
    { "select count(*), max(id) from orders", expect = { ("%d|%d"):format(orders, orders) } },
  },
  -- The last of each kind stays.
  on_event = function(event) at[event.type] = oneoff.now() - began end,
})
local seconds = oneoff.now() - began
if not report or not report.ok then
  io.stderr:write(message or report.output, "\n")
  os.exit(1)
end

local function step_seconds(first, last)
  local sum = 0
  for i = first, last do sum = sum + (report.steps[i].seconds or 0) end
  return sum
end

local parts = {
  look = at.container, ready = at.ready - at.container, upload = at.uploaded - at.ready,
  digest = at.verified - at.uploaded, again = step_seconds(2, 2), restore = step_seconds(5, 5),
  checks = step_seconds(3, 4) + step_seconds(6, 7), seconds = seconds,
}
parts.rest = parts.seconds
for _, name in ipairs { "look", "ready", "upload", "digest", "again", "restore", "checks" } do
  parts.rest = parts.rest - parts[name]
end
for name, value in pairs(parts) do
  io.write(('{"%s": %.4f}\n'):format(name, math.max(0, value)))
end
account:close()

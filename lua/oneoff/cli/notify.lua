-- Sends the document of a command to an address, in one POST.
-- SPDX-License-Identifier: MIT
local client = require "oneoff.client"
local coroutines = require "oneoff.sched.coroutines"
local document = require "oneoff.cli.document"
local url = require "oneoff.base.url"

local notify = {}

local SECONDS = 30

local function post(address, fields)
  -- No token goes there.
  local sender = client.new { token = "none", requests_per_minute = 0 }
  local response, message = sender:request("POST", address, { auth = false, timeout = SECONDS,
    body = document.text(fields), headers = { ["Content-Type"] = "application/json" } })
  sender:close()
  if not response then return nil, (message:gsub("^POST %S*: ", "")) end
  if response.status < 200 or response.status > 299 then
    return nil, ("the response has the status %d"):format(response.status)
  end
  return true
end

--- Sends it once. The message names the host alone: a path or a query may hold a secret.
---@param address string
---@param fields table of the document
---@return true|nil, string? message
function notify.send(address, fields)
  local ok, why = coroutines.run(post, address, fields)
  if ok then return true end
  return nil, ("--notify %s: %s"):format(url.parse(address).host, why)
end

return notify

-- The log of an application, line by line: a dump of text, or Server-Sent Events as they happen.
-- SPDX-License-Identifier: MIT
local http_response = require "oneoff.http.response"
local scheduler = require "oneoff.sched.scheduler"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local retry = require "oneoff.http.retry"
local url = require "oneoff.base.url"

local logs = {}

local SILENCE = 90 -- seconds; the platform pings at least every 30
local LINE_LIMIT = 1024 * 1024

local function query_of(options)
  local query = ""
  if options.lines then query = query .. "&n=" .. math.floor(options.lines) end
  if options.filter then query = query .. "&filter=" .. url.escape(options.filter) end
  return options.follow and query .. "&stream=true" or query
end

local function open_transfer(client, target, options)
  local lines = { "User-Agent: " .. client.user_agent_,
    "Accept: " .. (options.follow and "text/event-stream" or "text/plain") }
  return scheduler.engine():request { method = "GET", url = url.text(target), headers = lines,
    stream = true, connect_timeout = client.connect_timeout_, ca_file = client.ca_file_,
    proxy = client.proxy_,
    stall_timeout = options.follow and SILENCE or client.stall_timeout_ }
end

local function body_of(transfer)
  local parts = {}
  while #parts < 64 do
    local chunk = scheduler.try(transfer:id(), scheduler.now() + 5, transfer.read, transfer)
    if not chunk then break end
    parts[#parts + 1] = chunk
  end
  return table.concat(parts)
end

-- The whole lines of a stream: next() -> line | nil | nil, message, code, detail
local function line_reader(transfer)
  local held, at = "", 1
  return function()
    while true do
      local from, to = held:find("\r?\n", at)
      if from then
        local line = held:sub(at, from - 1)
        at = to + 1
        return line
      end
      if #held - at > LINE_LIMIT then return failure("logs", "limit", "a line is over 1 MiB") end
      local chunk, message, code, detail =
        scheduler.try(transfer:id(), nil, transfer.read, transfer)
      if not chunk then
        local rest = held:sub(at)
        held, at = "", 1
        if rest ~= "" then return rest end
        if message then return nil, "logs: " .. message, code, detail end
        return nil
      end
      scheduler.count_bytes(#chunk)
      held, at = held:sub(at) .. chunk, 1
    end
  end
end

-- The texts of the events named "log".
local function event_reader(next_line)
  return function()
    while true do
      local line, message, code, detail = next_line()
      if not line then return nil, message, code, detail end
      local data = line:match("^data:%s?(.*)$")
      local event = data and json.decode(data)
      if type(event) == "table" and type(event.log) == "string" then
        return (event.log:gsub("\r?\n$", ""))
      end
    end
  end
end

-- One try to open it, with the answer's head read.
local function open_once(client, target, options)
  local transfer, message, code, detail = open_transfer(client, target, options)
  if not transfer then return nil, "logs: " .. message, code, detail end
  local status, head
  status, head, code, detail = scheduler.try(transfer:id(), scheduler.now() + client.timeout_,
    transfer.opened, transfer)
  if not status then
    transfer:close()
    return nil, "logs: " .. head, code, detail or {}
  end
  if status ~= 200 then
    local response = http_response.new(status, head, body_of(transfer))
    transfer:close()
    return http_response.fail("logs", response)
  end
  return transfer
end

--- Opens the log behind an address that the API host handed out, which has its own token in it.
function logs.open(client, address, options)
  local target = url.parse(address)
  if not target then
    return failure("logs", "protocol", "the answer names no address of the log")
  end
  if target.scheme ~= "https" and not url.is_loopback(target) then
    return failure("logs", "tls", "the log is not asked for in clear over the network")
  end
  local query = query_of(options)
  if not target.path:find("?", 1, true) then query = query:gsub("^&", "?") end
  target.path = target.path .. query
  local transfer, message, code, detail = retry.run("logs", { span = client.retry_timeout_,
    may_repeat = retry.is_passing }, function() return open_once(client, target, options) end)
  if not transfer then return nil, message, code, detail end
  local next_line = line_reader(transfer)
  return options.follow and event_reader(next_line) or next_line
end

return logs

-- Asks one location of a server again and again over one connection: how long each answer takes.
-- SPDX-License-Identifier: MIT
--
--     lua5.4 probe.lua PORT PATH MILLISECONDS load LOAD_PATH LOAD_PORT | seconds SECONDS
--
-- It goes on until the answer to LOAD_PATH, asked for first, is there (it is printed), or so many
-- seconds. A request is due every few milliseconds; one that could not be sent because that before
-- it had no answer yet counts from the instant at which it was due.
package.path = "spec/?.lua;" .. package.path

local job = require "bench.hosts.job"
local socket = require "socket"
local spread = require "bench.hosts.spread"

local port, path, period = tonumber(arg[1]), arg[2], tonumber(arg[3]) / 1e3
local until_what, what = arg[4], arg[5]

local function ask(target, at)
  local connection = assert(socket.connect("127.0.0.1", at))
  assert(connection:setoption("tcp-nodelay", true))
  local request = "GET " .. target .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
  assert(connection:send(request))
  return connection, request
end

--- What becomes true when the probing is to end; and the text to print then.
local ends = {}

function ends.load()
  local connection = ask(what, tonumber(arg[6]))
  connection:settimeout(0)
  local text = ""
  return function()
    local _, why, part = connection:receive("*a")
    text = text .. (part or "")
    return text:match("{.-}") or (why == "closed" and error(text))
  end
end

function ends.seconds()
  local at = socket.gettime() + tonumber(what)
  return function() return socket.gettime() >= at and "" end
end

local function receive_answer(connection)
  local status = assert(connection:receive("*l"))
  assert(status:match("^HTTP/1%.1 200 "), status)
  repeat local line = assert(connection:receive("*l")) until line == ""
end

local connection, request = ask(path, port)
receive_answer(connection)
local is_over = assert(ends[until_what], "what ends it?")()
local samples, due = {}, socket.gettime()
local text
repeat
  local began = socket.gettime()
  if began < due then
    socket.sleep(due - began)
    began = socket.gettime()
  else
    began = due
  end
  assert(connection:send(request))
  receive_answer(connection)
  samples[#samples + 1] = (socket.gettime() - began) * 1e3
  due = due + period
  text = is_over()
until text
print(text)
print(job.result { count = #samples, p50 = spread.percentile(samples, 0.50),
  p99 = spread.percentile(samples, 0.99), max = samples[#samples] })

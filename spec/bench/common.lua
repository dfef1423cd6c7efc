-- What the peers' scripts share: their arguments, a clock, the multipart around a file, the result.
-- SPDX-License-Identifier: MIT
--
-- A peer is called as `LUA PEER.lua WORK SCHEME PORT CA_FILE AMOUNT [FILE]`, does the work once,
-- `upload`, `stream` or `echo`, and prints one JSON line: its seconds from before the connection to
-- the end of the work; for `echo` the median and the 99th percentile of a round trip, in
-- microseconds.

local common = {}

--- Bytes a read of a file or a socket asks for, where a peer has to name a number.
common.CHUNK = 64 * 1024

--- Seconds from some fixed instant, in steps of a microsecond or less, by whichever is at hand.
local function find_clock(names)
  for _, name in ipairs(names) do
    local ok, module = pcall(require, name)
    if ok then return module.gettime or module.monotime end
  end
  error("the benchmark needs LuaSocket or cqueues, if only for their clock")
end

common.now = find_clock { "socket", "cqueues" }

function common.arguments(arguments)
  local scheme, port = arguments[2], arguments[3]
  return {
    work = arguments[1],
    scheme = scheme,
    host = "127.0.0.1",
    port = tonumber(port),
    ca_file = arguments[4],
    amount = tonumber(arguments[5]),
    amount_text = arguments[5],
    file = arguments[6],
    url = scheme .. "://127.0.0.1:" .. port,
  }
end

--- The bytes before and after a file in a multipart body, and the body's type and length.
function common.multipart(file, size)
  local boundary = "------------------------0123456789abcdef"
  local name = file:match("[^/]+$")
  local before = "--" .. boundary .. "\r\n"
    .. 'Content-Disposition: form-data; name="file"; filename="' .. name .. '"\r\n'
    .. "Content-Type: application/octet-stream\r\n\r\n"
  local after = "\r\n--" .. boundary .. "--\r\n"
  return {
    before = before,
    after = after,
    type = "multipart/form-data; boundary=" .. boundary,
    length = string.format("%.0f", #before + size + #after),
  }
end

--- The head of an upload, for the peers that write it themselves.
function common.upload_head(job, multipart)
  return "POST /upload/" .. job.amount_text .. "/files HTTP/1.1\r\n"
    .. "Host: " .. job.host .. ":" .. job.port .. "\r\n"
    .. "Content-Type: " .. multipart.type .. "\r\n"
    .. "Content-Length: " .. multipart.length .. "\r\n\r\n"
end

--- The head that asks for the raw stream.
function common.attach_head(job, path)
  return "CONNECT " .. path .. " HTTP/1.1\r\nHost: " .. job.host .. ":" .. job.port .. "\r\n\r\n"
end

--- Prints the result of a work that began at `began` and moved `moved` bytes.
function common.report(job, began, moved)
  local seconds = common.now() - began
  assert(moved == job.amount, "moved " .. moved .. " bytes of " .. job.amount)
  print(string.format('{"seconds": %.6f}', seconds))
end

--- Calls `round_trip` job.amount times and prints the percentiles of its time.
function common.report_echo(job, round_trip)
  local now, times = find_clock { "cqueues", "socket" }, {} -- the finer one first
  for i = 1, job.amount do
    local began = now()
    round_trip()
    times[i] = (now() - began) * 1e6
  end
  table.sort(times)
  local function percentile(share) return times[math.max(1, math.ceil(#times * share))] end
  print(string.format('{"p50": %.3f, "p99": %.3f}', percentile(0.50), percentile(0.99)))
end

return common

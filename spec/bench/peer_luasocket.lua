-- The benchmark's works with LuaSocket, and LuaSec for https.
-- SPDX-License-Identifier: MIT

local common = require "bench.common"
local socket = require "socket"

local job = common.arguments(arg)

local function connect()
  local connection = assert(socket.connect(job.host, job.port))
  assert(connection:setoption("tcp-nodelay", true))
  if job.scheme == "https" then
    connection = assert(require("ssl").wrap(connection, {
      mode = "client", protocol = "any", options = { "all", "no_sslv2", "no_sslv3" },
      verify = "peer", cafile = job.ca_file,
    }))
    assert(connection:dohandshake())
  end
  return connection
end

local function read_head(connection)
  local status = assert(connection:receive("*l"))
  assert(status:match("^HTTP/1%.1 200 "), status)
  repeat local line = assert(connection:receive("*l")) until line == ""
end

local function attach(path)
  local connection = connect()
  assert(connection:send(common.attach_head(job, path)))
  read_head(connection)
  return connection
end

local works = {}

function works.upload()
  local file = assert(io.open(job.file, "rb"))
  file:setvbuf("no")
  local multipart = common.multipart(job.file, job.amount)
  local began, moved = common.now(), 0
  local connection = connect()
  assert(connection:send(common.upload_head(job, multipart) .. multipart.before))
  for chunk in function() return file:read(common.CHUNK) end do
    assert(connection:send(chunk))
    moved = moved + #chunk
  end
  assert(connection:send(multipart.after))
  read_head(connection)
  common.report(job, began, moved)
end

function works.stream()
  local began, moved = common.now(), 0
  local connection = attach("/stream/" .. job.amount_text)
  while true do
    local chunk, why, partial = connection:receive(common.CHUNK)
    moved = moved + #(chunk or partial)
    if why then
      assert(why == "closed", why)
      break
    end
  end
  common.report(job, began, moved)
end

function works.echo()
  local connection = attach("/echo")
  common.report_echo(job, function()
    assert(connection:send("x"))
    assert(connection:receive(1) == "x")
  end)
end

works[job.work]()

-- The benchmark's works with cqueues, and luaossl for https.
-- SPDX-License-Identifier: MIT

local common = require "bench.common"
local socket = require "cqueues.socket"

local job = common.arguments(arg)

local function tls_context()
  local context = require("openssl.ssl.context").new("TLS", false)
  local store = require("openssl.x509.store").new()
  store:add(job.ca_file)
  context:setStore(store)
  context:setVerify(context.VERIFY_PEER)
  return context
end

local function connect()
  local connection = assert(socket.connect { host = job.host, port = job.port, nodelay = true })
  connection:setmode("b", "bn")
  connection:setbufsiz(common.CHUNK, common.CHUNK)
  if job.scheme == "https" then assert(connection:starttls(tls_context())) end
  return connection
end

local function attach(path)
  local connection = connect()
  assert(connection:write(common.attach_head(job, path)))
  local status = assert(connection:read("*l"))
  assert(status:match("^HTTP/1%.1 200 "), status)
  repeat local line = assert(connection:read("*l")) until line == "" or line == "\r"
  return connection
end

local works = {}

function works.stream()
  local began, moved = common.now(), 0
  local connection = attach("/stream/" .. job.amount_text)
  for chunk in function() return connection:read(-common.CHUNK) end do
    moved = moved + #chunk
  end
  common.report(job, began, moved)
end

function works.echo()
  local connection = attach("/echo")
  common.report_echo(job, function()
    assert(connection:write("x"))
    assert(connection:read(1) == "x")
  end)
end

works[job.work]()

-- The benchmark's upload with lua-http.
-- SPDX-License-Identifier: MIT

local common = require "bench.common"
local request = require "http.request"

local job = common.arguments(arg)
assert(job.work == "upload", "lua-http has no attach")

local function tls_context()
  local context = require("http.tls").new_client_context()
  local store = require("openssl.x509.store").new()
  store:add(job.ca_file)
  context:setStore(store)
  return context
end

-- The body as lua-http takes it: a function that returns the next piece.
local function body_of(file, multipart, count)
  local pieces = { multipart.before, false, multipart.after }
  local at = 1
  return function()
    if pieces[at] == false then
      local chunk = file:read(common.CHUNK)
      if chunk then
        count(#chunk)
        return chunk
      end
      at = at + 1
    end
    at = at + 1
    return pieces[at - 1]
  end
end

local file = assert(io.open(job.file, "rb"))
file:setvbuf("no")
local multipart = common.multipart(job.file, job.amount)
local moved, began = 0, common.now()
local post = request.new_from_uri(job.url .. "/upload/" .. job.amount_text .. "/files")
if job.scheme == "https" then post.ctx = tls_context() end
post.headers:upsert(":method", "POST")
post.headers:upsert("content-type", multipart.type)
post:set_body(body_of(file, multipart, function(size) moved = moved + size end))
post.headers:upsert("content-length", multipart.length)
local headers = assert(post:go(600))
assert(headers:get(":status") == "200", headers:get(":status"))
common.report(job, began, moved)

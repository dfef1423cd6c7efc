-- The benchmark's works with oneoff.
-- SPDX-License-Identifier: MIT

local common = require "bench.common"
local oneoff = require "oneoff"

local job = common.arguments(arg)
local client = oneoff.client { token = "bench", ca_file = job.ca_file }

local works = {}

function works.upload()
  local began = common.now()
  local sent = assert(client:upload(job.url .. "/upload/" .. job.amount_text, job.file))
  common.report(job, began, sent.size)
end

function works.stream()
  local began, moved = common.now(), 0
  local terminal = assert(client:attach(job.url .. "/stream/" .. job.amount_text))
  while true do
    local chunk, message = terminal:read()
    if not chunk then
      assert(message == nil, message)
      break
    end
    moved = moved + #chunk
  end
  common.report(job, began, moved)
  terminal:close()
end

function works.echo()
  local terminal = assert(client:attach(job.url .. "/echo"))
  common.report_echo(job, function()
    assert(terminal:write("x"))
    assert(terminal:read() == "x")
  end)
  terminal:close()
end

works[job.work]()
client:close()

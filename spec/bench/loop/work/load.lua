-- Uploads and streams at once, in one worker: what another request of it is measured beside.
-- SPDX-License-Identifier: MIT
local oneoff = require "oneoff"

local function upload(client, job)
  local url = ("https://127.0.0.1:%d/upload/%.0f"):format(job.https, job.size)
  return assert(client:upload(url, job.file)).size
end

local function stream(client, job)
  local url = ("https://127.0.0.1:%d/stream/%.0f"):format(job.https, job.size)
  local terminal, came = assert(client:attach(url)), 0
  for chunk in function() return (terminal:read()) end do came = came + #chunk end
  terminal:close()
  return came
end

return function(_, job)
  local client = oneoff.client { token = "bench", ca_file = job.ca_file }
  local began, tasks, moved = oneoff.now(), {}, 0
  for _ = 1, job.uploads do tasks[#tasks + 1] = oneoff.spawn(upload, client, job) end
  for _ = 1, job.streams do tasks[#tasks + 1] = oneoff.spawn(stream, client, job) end
  for _, task in ipairs(tasks) do moved = moved + task:join() end
  assert(moved == #tasks * job.size, "moved: " .. moved)
  client:close()
  return { load_seconds = oneoff.now() - began }
end

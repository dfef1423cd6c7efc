-- Waits for operations of a host of its own, by oneoff or by asking each second, and reads in the
-- host's own record what that took.
-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local oneoff = require "oneoff"

local sample = {}

local MOST = 400 -- seconds for one measurement

local place_methods = {}
local place_mt = { __index = place_methods }

--- Measurements of one way, which may remember from one to the next.
---@param way "oneoff"|"peer"
function sample.new(way)
  return setmetatable({ way = way, flags = {} }, place_mt)
end

-- The same address and token each time: an account keeps what it learned of them.
local function start(self, flags)
  for _, flag in ipairs(self.flags) do flags[#flags + 1] = flag end
  local server = host.start(flags)
  self.flags = { "--port", server.url:match("%d+$"), "--token", server.token }
  local limit = self.way == "peer" and 0 or nil
  self.account = server:account { requests_per_minute = limit, retry_timeout = MOST }
  return server
end

-- As the platform's client: twice at once, then every second. One thing better: a 429 does not end
-- it.
local function ask_each_second(account, address)
  local deadline = oneoff.now() + MOST
  for count = 1, math.huge do
    local response = assert(account:client():request("GET", address))
    local operation = response.status == 200 and response.json.operation
    if operation and operation.status == "done" then return end
    assert(oneoff.now() < deadline, "it never ended")
    if count > 1 then oneoff.sleep(1) end
  end
end

local function wait_for(self, app)
  local container = assert(self.account:run(app, "true"))
  if self.way == "peer" then
    ask_each_second(self.account, container.operation_url)
  else
    assert(container:ready { timeout = MOST })
  end
end

-- What the host wrote down: how often it was asked, and for each operation how long after its end
-- the answer said so.
local function read_log(server, seconds)
  local found = { polls = 0, refused = 0, delays = {} }
  local asked_at, noticed_at, first, last = {}, {}, nil, nil
  for _, request in ipairs(server:log()) do
    if request.status == 429 then found.refused = found.refused + 1 end
    if request.stage == "run" and request.status == 200 then
      asked_at[request.container] = request.time
      first = first or request.time
    elseif request.stage == "poll" then
      found.polls = found.polls + 1
      if request.status == 200 then
        noticed_at[request.container], last = request.time, request.time
      end
    end
  end
  for id, time in pairs(noticed_at) do
    found.delays[#found.delays + 1] = math.max(0, time - asked_at[id] - seconds)
  end
  table.sort(found.delays)
  found.seconds = last - first
  return found
end

local function finish(self, server, seconds)
  local found = read_log(server, seconds)
  self.account:close()
  server:stop()
  return found
end

--- One operation of that length.
function place_methods:single(seconds)
  local server = start(self, { "--rate", "0", "--start-delay", tostring(seconds) })
  wait_for(self, "app")
  return finish(self, server, seconds)
end

--- Many at once, under the limit of 60 requests a minute.
function place_methods:crowd(count, seconds)
  local server = start(self, { "--rate", "60", "--start-delay", tostring(seconds),
    "--max-containers", "100" })
  local tasks = {}
  for i = 1, count do
    tasks[i] = oneoff.spawn(wait_for, self, "app-" .. i % 10)
  end
  for _, task in ipairs(tasks) do task:join() end
  return finish(self, server, seconds)
end

return sample

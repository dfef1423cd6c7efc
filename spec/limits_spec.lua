-- SPDX-License-Identifier: MIT
-- The platform's limit of requests, enforced by the host: it takes the minute that it takes, so the
-- cases wait it out together.
local host = require "spec.support.host"
local interpreter = require "spec.support.interpreter"
local oneoff = require "oneoff"

local STARTS = 50
local PROCESSES, STARTS_OF_EACH = 3, 10

local program = [[
  local account = require("oneoff.scalingo").new { token = %q, api_url = %q, auth_url = %q }
  require("oneoff").run(function()
    local tasks = {}
    for i = 1, %d do
      tasks[i] = require("oneoff").spawn(function()
        local container = assert(account:run("app-" .. i %% 5, "exit 7"))
        local terminal = assert(container:attach())
        terminal:read_all()
        return assert(terminal:wait())
      end)
    end
    for _, task in ipairs(tasks) do assert(task:join() == 7) end
  end)
  print("done")
]]

-- Processes that know nothing of each other; returns a function that waits for what they print.
local function start_processes(server)
  local path = server.folder .. "/program.lua"
  local file = assert(io.open(path, "w"))
  file:write(program:format(server.token, server.url, server.url, STARTS_OF_EACH))
  file:close()
  local pipes = {}
  for i = 1, PROCESSES do
    pipes[i] = io.popen(("timeout 240 %s %s 2>&1"):format(interpreter, host.quote(path)))
  end
  return function()
    local texts = {}
    for i, pipe in ipairs(pipes) do
      texts[i] = pipe:read("*a")
      pipe:close()
    end
    return texts
  end
end

local function start_together(account, count)
  oneoff.run(function()
    local tasks = {}
    for i = 1, count do
      tasks[i] = oneoff.spawn(function()
        local container = assert(account:run("app-" .. i % 10, "exit 7"))
        local terminal = assert(container:attach())
        terminal:read_all()
        return assert(terminal:wait())
      end)
    end
    for _, task in ipairs(tasks) do assert.equal(7, task:join()) end
  end)
end

local function refusals(server)
  local count = 0
  for _, request in ipairs(server:log()) do
    if request.status == 429 then count = count + 1 end
  end
  return count
end

describe("60 requests a minute #hosts", function()
  it("are enough for fifty starts at once, and for processes that share nothing", function()
    local crowded = host.start { "--rate", "60", "--max-containers", "50" }
    local finish = start_processes(crowded)
    local own = host.start { "--rate", "60", "--max-containers", "50" }
    local account = own:account()
    start_together(account, STARTS)
    assert.equal(0, refusals(own))
    assert.equal(STARTS, own:count("run"))
    assert.equal(0, own:count("stop"))
    for _, text in ipairs(finish()) do assert.equal("done\n", text) end
    -- More than the limit was wanted: some were refused, and not again and again. At most all that
    -- the processes have under way are, each time that the limit is met: twice.
    local refused = refusals(crowded)
    assert.is_true(refused > 0 and refused <= 2 * PROCESSES * STARTS_OF_EACH,
      refused .. " times refused")
    account:close()
    own:stop()
    crowded:stop()
  end)
end)

-- SPDX-License-Identifier: MIT
-- What the locations of spec/nginx/nginx_spec.lua do, in nginx.
local ngx = require "ngx"

local drive = require "spec.loop.drive.nginx"
local oneoff = require "oneoff.nginx"
local scalingo = require "oneoff.scalingo"
local semaphore = require "ngx.semaphore"
local task = require "oneoff.task"

local cases = {}

local account = scalingo.new { requests_per_minute = 0 } -- made before the fork, used after it

local GATE = os.getenv("GATE")
local UNTIL_GATE = ("while [ ! -e %s ]; do sleep 0.02; done"):format(GATE)

local function tell(...)
  ngx.print(...)
  ngx.flush(true)
end

--- Tries to wait, and logs what comes of it.
function cases.say(phase)
  local ok, message = pcall(function() oneoff.sleep(0.01) end)
  ngx.log(ngx.WARN, phase, ": ", tostring(ok), " ", message)
end

function cases.scenario(name)
  ngx.print(drive(name))
end

function cases.timer()
  local done, text = semaphore.new(), nil
  ngx.timer.at(0, function()
    text = drive("timer")
    done:post(1)
  end)
  assert(done:wait(100))
  ngx.print(text)
end

function cases.thread()
  local thread = ngx.thread.spawn(function() return drive("thread") end)
  ngx.print(select(2, ngx.thread.wait(thread)))
end

local function run(on_step)
  local report, message = task.run(account, { app = "nginx",
    steps = { { name = "gate", command = UNTIL_GATE } },
    on_event = function(event)
      if event.type == "step" then
        tell("step\n")
        if on_step then on_step() end
      end
    end })
  tell(report and "exit " .. report.exit_code or message, "\n")
end

function cases.task() run() end

function cases.sleeping()
  run(function() ngx.sleep(600) end)
end

function cases.flushing()
  run(function()
    ngx.log(ngx.WARN, "flushes much")
    tell(("x"):rep(64 * 1024 * 1024))
  end)
end

function cases.raising()
  run(function() error("on purpose") end)
end

function cases.spawned()
  assert(oneoff.spawn(run):join())
end

function cases.exited()
  local step = semaphore.new()
  ngx.thread.spawn(run, function() step:post(1) end)
  assert(step:wait(20))
  ngx.exit(ngx.OK)
end

function cases.aborted()
  oneoff.on_abort(function(value) ngx.log(ngx.WARN, "cleaned up: ", value) end, "a value")
  tell("waits\n")
  ngx.sleep(600)
end

function cases.released()
  local release = oneoff.on_abort(function() ngx.log(ngx.WARN, "cleaned up: nothing") end)
  ngx.sleep(0.01)
  release()
  ngx.print("released")
end

function cases.lost()
  oneoff.spawn(function()
    oneoff.sleep(0.01)
    error("nobody sees this")
  end)
  ngx.print("served")
end

function cases.lost_at_once()
  oneoff.spawn(error, "nobody sees this")
  ngx.print("served")
end

function cases.pid()
  ngx.print(ngx.worker.pid())
end

function cases.shared()
  local container = assert(account:run("nginx", "echo hello"))
  local terminal = assert(container:attach())
  local text = assert(terminal:read_all())
  assert(container:wait() == 0)
  ngx.print(text:match("hello"), " ", ngx.worker.pid())
end

return cases

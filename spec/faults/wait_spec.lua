-- SPDX-License-Identifier: MIT
-- The exit code: a number of the platform, or none; never invented.
local world = require "spec.faults.world"

local function wait(case, account)
  local container = world.container(account, case.command or "exit 5")
  local terminal = assert(container:attach())
  assert(terminal:read_all())
  return container:wait { timeout = case.timeout or 2 }
end

local none = { code = "no_exit_code", note = "never a success" }
local both = world.both("wait", {
  malformed = none, html = none, missing = none, null = none, ["null-top"] = none,
  ["wrong-type"] = none,
}, {
  ["no-answer"] = { code = "timeout", note = "it may wait for the command as long as it is given" },
  malformed = none,
})
for _, case in ipairs(both) do
  if case.fault:find("=") then case.timeout = case.fault:find("no%-answer") and 1 or 6 end
end
world.describe("wait", both, wait, function(case)
  if case.code == "ok" then assert.equal(5, case.result[1]) end
end)

world.describe("an exit code", {
  { fault = "wait-408", code = "inactivity", status = 408 },
  { fault = "wait-string", code = "no_exit_code" },
  { fault = "wait-256", code = "no_exit_code" },
  { fault = "wait-negative", code = "no_exit_code" },
  { fault = "wait-float", code = "no_exit_code" },
  { fault = "wait-not-json", code = "no_exit_code" },
}, wait)

world.describe("a command", {
  { title = "exit 0", flags = {}, code = "ok", command = "true", expected = 0 },
  { title = "exit 255", flags = {}, code = "ok", command = "exit 255", expected = 255 },
  { title = "killed", flags = {}, code = "ok", command = "kill -9 $$", expected = 137 },
  { title = "terminated", flags = {}, code = "ok", command = "kill -15 $$", expected = 143 },
  { title = "missing", flags = {}, code = "ok", command = "no-such-program", expected = 127 },
  { title = "cut for inactivity", flags = { "--inactivity", "1.2" }, code = "inactivity",
    command = "sleep 60" },
}, wait, function(case)
  if case.expected then assert.equal(case.expected, case.result[1]) end
end)

world.describe("signals and stop", {
  { title = "a signal", flags = {}, code = "ok", expected = 3, act = "signal",
    command = "trap 'exit 3' USR1; echo up; while :; do sleep 0.02; done" },
  { title = "stop", flags = {}, code = "ok", expected = 143, act = "stop",
    command = "echo up; sleep 60" },
}, function(case, account)
  local container = world.container(account, case.command)
  local terminal = assert(container:attach())
  assert.equal("up", assert(terminal:read(world.BOUND)):match("up"))
  assert(container[case.act](container, case.act == "signal" and "SIGUSR1" or nil))
  assert(terminal:read_all())
  return container:wait { timeout = world.BOUND }
end, function(case) assert.equal(case.expected, case.result[1]) end)

-- The new size of a window: its answer has no body that counts.
local no_body = { malformed = "ok", html = "ok", missing = "ok", null = "ok", ["null-top"] = "ok",
  ["wrong-type"] = "ok" }
world.describe("resize", world.both("resize", no_body), function(_, account)
  local container = world.container(account, "sleep 60")
  local terminal = assert(container:attach())
  local value, message, code, detail = terminal:resize(100, 40)
  terminal:close()
  return value, message, code, detail
end)

-- SPDX-License-Identifier: MIT
-- What works in every host, in one file that runs unchanged in each: a container is started,
-- polled, filled, attached to, resized, talked to and waited for; two of them at once; a time-out;
-- a cancel; and a timer of the host that keeps ticking meanwhile. Reports in TAP.
local oneoff = require "oneoff"
local scalingo = require "oneoff.scalingo"

local scenario = {}

---@class oneoff.spec.Host
---@field name string
---@field say fun(line: string)
---@field tick fun(seconds: number, fn: fun()): fun() a repeating timer of the host's; stops it
---@field file string path of a file to upload
---@field sha256 string of it

local function reporter(host)
  local count = 0
  return function(fact, name, about)
    count = count + 1
    local why = not fact and about ~= nil and " (" .. tostring(about) .. ")" or ""
    host.say(("%s %d - %s: %s%s"):format(fact and "ok" or "not ok", count, host.name, name, why))
  end, function() host.say("1.." .. count) end
end

-- Reads until the pattern is there; returns its capture and all that was read.
local function expect(terminal, pattern)
  local seen = ""
  while true do
    local found = seen:match(pattern)
    if found then return found, seen end
    local chunk, message = terminal:read(20)
    assert(chunk, ("%s before %q; seen: %q"):format(message or "the end", pattern, seen))
    seen = seen .. chunk
  end
end

local function primitives(account, check, host)
  local container = assert(account:run("scenario", "sh", { has_uploads = true }))
  local client = account:client()
  local states = {}
  local operation = assert(client:poll(container.operation_url, {
    on_status = function(operation) states[#states + 1] = operation.status end }))
  check(operation.status == "done" and states[#states] == "done", "poll", operation.status)

  local sent, total, grows = 0, nil, true
  local uploaded = assert(client:upload(operation.attach_url, host.file, { sha256 = true,
    on_progress = function(now, of)
      grows, sent, total = grows and now >= sent, now, of
    end }))
  check(grows and sent == total and uploaded.sha256 == host.sha256, "upload with progress", sent)

  local terminal = assert(client:attach(operation.attach_url, { width = 80, height = 24 }))
  assert(terminal:write("PS1=; stty -echo; echo rea''dy\n"))
  expect(terminal, "(ready)\r\n")
  assert(terminal:resize(101, 43))
  assert(terminal:write("stty size\n"))
  check(expect(terminal, "(%d+ %d+)\r\n") == "43 101", "attach and resize")
  assert(terminal:write("sha256sum /tmp/uploads/*\n"))
  check(expect(terminal, "(%x+)  /tmp") == host.sha256, "a shell answers about the file")

  local chunk, _, code = terminal:read(0.05)
  check(chunk == nil and code == "timeout", "a time-out of one read", code)
  assert(terminal:write("echo still $((6 * 7)); exit 7\n"))
  check(expect(terminal, "still (%d+)") == "42", "the stream goes on after it")
  while terminal:read(20) do end
  check(terminal:wait() == 7, "exit code")
  terminal:close()
end

-- Each is answered only when both are attached.
local function two_at_once(account, check)
  local codes = { oneoff.run(function()
    local attached, tasks = 0, {}
    for i = 1, 2 do
      tasks[i] = oneoff.spawn(function()
        local container = assert(account:run("scenario", "read x; exit $x"))
        local terminal = assert(container:attach())
        attached = attached + 1
        while attached < 2 do assert(oneoff.sleep(0.005)) end
        assert(terminal:write(10 + i .. "\n"))
        assert(terminal:read_all())
        return (assert(container:wait()))
      end)
    end
    return (tasks[1]:join(60)), (tasks[2]:join(60))
  end) }
  check(codes[1] == 11 and codes[2] == 12, "two containers at once", codes[1])
end

local function time_out(account, check)
  local container = assert(account:run("scenario", "sleep 600"))
  local terminal = assert(container:attach()) -- which ends with its terminal
  local exit_code, _, code = container:wait({ timeout = 0.2 })
  check(exit_code == nil and code == "timeout", "a time-out", code)
  check(container:stop(), "stop")
  terminal:close()
end

local function cancel(account, check)
  local container = assert(account:run("scenario", "sleep 600"))
  local terminal = assert(container:attach())
  oneoff.run(function()
    local result
    local task = oneoff.spawn(function() result = { terminal:read() } end)
    assert(oneoff.sleep(0.02))
    task:cancel()
    assert(task:join(20) == nil and result, "the canceled task did not end")
    check(result[1] == nil and result[3] == "canceled", "a cancel", result[3])
  end)
  check(container:stop(), "its container is stopped")
  terminal:close()
end

local function ticks(account, check, host)
  local count = 0
  local stop = host.tick(0.005, function() count = count + 1 end)
  local container = assert(account:run("scenario", "sleep 0.3; echo over"))
  local terminal = assert(container:attach())
  local before = count
  local output = assert(terminal:read_all())
  check(output:find("over") and count >= before + 2, "the host's timer ticks meanwhile",
    count - before)
  stop()
  assert(container:wait())
end

--- Runs it, in the coroutine or main program that calls it.
---@param host oneoff.spec.Host
function scenario.run(host)
  local check, finish = reporter(host)
  local account = scalingo.new { requests_per_minute = 0 } -- as SCALINGO_* say, but for the limit
  for _, part in ipairs { primitives, two_at_once, time_out, cancel, ticks } do
    local ok, err = pcall(part, account, check, host)
    if not ok then check(false, "an error", err) end
  end
  account:close()
  finish()
end

return scenario

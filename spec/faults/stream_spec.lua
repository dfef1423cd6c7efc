-- SPDX-License-Identifier: MIT
-- The stream of a terminal that breaks, ends early, falls silent or takes nothing.
local oneoff = require "oneoff"
local host = require "spec.support.host"
local world = require "spec.faults.world"

local MORE = "yes line | head -n 20000; sleep 60"

local function attached(case, account)
  local container = world.container(account, case.command or MORE)
  case.container = container
  return assert(container:attach { idle_timeout = case.idle })
end

-- Everything, then how it ended; twice, as end and failure are sticky.
local function drain(terminal, timeout)
  local parts = {}
  while true do
    local chunk, message, code, detail = terminal:read(timeout)
    if not chunk then
      local _, _, again = terminal:read(timeout)
      assert(again == code, "the end is not sticky")
      return table.concat(parts), message, code, detail
    end
    parts[#parts + 1] = chunk
  end
end

world.describe("a stream", {
  { fault = "stream-reset", code = "closed" },
  { fault = "stream-silent", code = "timeout", read = 0.3, note = "of one read" },
  { fault = "stream-silent", code = "timeout", idle = 0.4, title = "stream-silent, idle",
    note = "the stream's own" },
  { fault = "stream-no-end", code = "timeout", idle = 0.4, command = "printf whole",
    whole = "whole" },
}, function(case, account)
  local terminal = attached(case, account)
  local output, message, code, detail = drain(terminal, case.read)
  case.output = output
  case.closed = { terminal:write("x") }
  terminal:close()
  return nil, message, code, detail
end, function(case)
  local line = "line\r\n"
  assert(#case.output > 0 or case.fault == "stream-silent", "the output before it is lost")
  if case.whole then
    assert.equal(case.whole, case.output)
  else
    local count = math.ceil(#case.output / #line)
    assert.equal(line:rep(count):sub(1, #case.output), case.output)
  end
  if not case.read then assert.equal("closed", case.closed[3]) end
end)

world.describe("read_all of a broken stream", {
  { fault = "stream-reset", code = "closed" },
}, function(case, account)
  local terminal = attached(case, account)
  local output, message, code, detail = terminal:read_all()
  terminal:close()
  return output, message, code, detail
end, function(case)
  assert(#case.result[4].output > 0, "the output before it is lost")
end)

world.describe("a stream that is closed before the end", {
  { fault = "stream-early-close", code = "timeout", tries = 0.7 },
  { fault = "stream-early-close", title = "stream-early-close, --wait-blocks no",
    code = "no_exit_code", flags = { "--wait-blocks", "no" } },
  { fault = "stream-no-notify", code = "ok", tls = true, command = "printf whole; exit 3" },
}, function(case, account)
  local terminal = attached(case, account)
  case.output = assert(terminal:read_all())
  return terminal:wait(case.tries)
end, function(case)
  if case.code == "ok" then
    assert.equal("whole", case.output)
    assert.equal(3, case.result[1])
  end
end)

describe("a stream that takes nothing", function()
  local server, account
  before_each(function()
    server = host.start { "--fault", "stream-deaf" }
    account = server:account(world.options)
  end)
  after_each(function()
    account:close()
    server:stop()
  end)

  local BIG = ("x"):rep(32 * 1024 * 1024)

  it("makes write wait until the stream's idle time-out", function()
    local container = world.container(account, "sleep 60")
    local terminal = assert(container:attach { idle_timeout = 0.5 })
    local value, message, code, detail = terminal:write(BIG)
    assert(code == "closed" or code == "timeout", code)
    world.is_failure(code, value, message, code, detail)
    assert(detail.written > 0 and detail.written < #BIG)
    local _, _, why = terminal:read()
    assert.equal("timeout", why)
  end)

  it("lets go of a write that is cancelled", function()
    local result, closed
    oneoff.run(function()
      local container = world.container(account, "sleep 60")
      local terminal = assert(container:attach())
      local task = oneoff.spawn(function() result = { terminal:write(BIG) } end)
      oneoff.sleep(0.05)
      task:cancel()
      task:join()
      terminal:close()
      terminal:close()
      closed = { terminal:write("x") }
    end)
    world.is_failure("canceled", result[1], result[2], result[3], result[4])
    world.is_failure("closed", closed[1], closed[2], closed[3], closed[4])
  end)

  it("lets go of a write whose terminal is closed meanwhile", function()
    local result
    oneoff.run(function()
      local container = world.container(account, "sleep 60")
      local terminal = assert(container:attach())
      local task = oneoff.spawn(function() result = { terminal:write(BIG) } end)
      oneoff.sleep(0.05)
      terminal:close()
      task:join()
    end)
    world.is_failure("closed", result[1], result[2], result[3], result[4])
  end)

  it("is still read from", function()
    local container = world.container(account, "printf hello; sleep 60")
    local terminal = assert(container:attach())
    assert.equal("hello", terminal:read(world.BOUND))
    terminal:close()
  end)
end)

describe("a stream whose host dies", function()
  it("is a failure, not an end", function()
    local server = host.start()
    local account = server:account(world.options)
    local container = world.container(account, "printf hello; sleep 60")
    local terminal = assert(container:attach())
    assert.equal("hello", terminal:read(world.BOUND))
    server:kill()
    local value, message, code, detail = terminal:read(world.BOUND)
    -- A killed process' sockets end in an orderly way: that it is no success, wait tells.
    if message then world.is_failure("closed", value, message, code, detail) end
    local exit_code
    exit_code, message, code, detail = terminal:wait(0.5)
    world.is_failure("connect", exit_code, message, code, detail)
    terminal:close()
    server:stop()
  end)
end)

-- SPDX-License-Identifier: MIT
-- The log of an application: what opens it, whose lines it gives, and what closes its connection.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local sockets = require "spec.support.sockets"

local own, account

local function start(...)
  local flags = { "--rate", "0", "--start-delay", "0" }
  for _, flag in ipairs { ... } do flags[#flags + 1] = flag end
  own = host.start(flags)
  account = own:account { requests_per_minute = 0, timeout = 1, retry_timeout = 1 }
end

after_each(function()
  account:close()
  own:stop()
end)

local function print_line(text)
  return assert(account:run("app", "echo " .. text, { detached = true }))
end

-- The first line that has the text.
local function line_with(next_line, text)
  repeat
    local line = assert(next_line())
  until line:find(text, 1, true)
  return true
end

describe("logs", function()
  it("of a quiet application open with the head of the answer", function()
    start("--fault", "log-quiet") -- the body comes after the time-out of one request
    assert(account:logs("app", { follow = true }))
    assert(account:logs("app"))
  end)

  for _, fault in ipairs { "log-204", "log-404" } do
    it("are empty where there is no log yet: " .. fault, function()
      start("--fault", fault)
      local next_line = assert(account:logs("app"))
      for _ = 1, 2 do assert.same({}, { next_line() }) end
    end)

    it("are followed from where there is none yet: " .. fault, function()
      start("--fault", fault .. "=2")
      local next_line = assert(account:logs("app", { follow = true, lines = 10 }))
      print_line("first")
      assert.is_true(line_with(next_line, "first"))
    end)
  end

  it("are those of the container that is named", function()
    start()
    local first, count = print_line("first"), 0
    local next_line = assert(account:logs("app", { follow = true, lines = 10 }))
    assert.is_true(line_with(next_line, "first"))
    print_line("other")
    assert.is_true(line_with(next_line, "other"))
    for line in assert(account:logs("app", { filter = first.label:sub(1, -2), lines = 10 })) do
      error("a line of " .. line)
    end
    for line in assert(account:logs("app", { filter = first.label, lines = 10 })) do
      assert.matches("first$", line)
      count = count + 1
    end
    assert.equal(1, count)
  end)
end)

describe("the connection of a followed log", function()
  -- A reader that waits; what ends its wait.
  local function wait_for_line(ending)
    start()
    oneoff.run(function()
      local next_line, _, _, log = assert(account:logs("app", { follow = true }))
      local reader = oneoff.spawn(function() return next_line() end)
      ending(log)
      local line, message, code = reader:join()
      assert.is_nil(line)
      assert.equal("logs: the log is closed", message)
      assert.equal("closed", code)
      assert.equal("closed", (select(3, next_line())))
    end)
  end

  it("ends with the account", function()
    wait_for_line(function() account:close() end)
  end)

  it("ends with its own close, once or twice", function()
    wait_for_line(function(log)
      assert.equal("oneoff.log{open}", tostring(log))
      log:close()
      log:close()
      assert.equal("oneoff.log{closed}", tostring(log))
    end)
  end)

  it("ends although there is no log yet", function()
    start("--fault", "log-204")
    oneoff.run(function()
      local next_line = assert(account:logs("app", { follow = true }))
      local reader = oneoff.spawn(function() return next_line() end)
      account:close()
      assert.equal("closed", (select(3, reader:join())))
    end)
  end)

  it("is left by break", function()
    start()
    print_line("text")
    local before = sockets.count()
    sockets.without_collector(function()
      for _ in assert(account:logs("app", { follow = true, lines = 10 })) do -- luacheck: ignore 512
        break
      end
      -- The `for` of Lua 5.4 closes it; elsewhere the collector does.
      if _VERSION < "Lua 5.4" then collectgarbage() end
      if _VERSION < "Lua 5.4" then collectgarbage() end
      assert.is_true(sockets.fall_to(before))
    end)
  end)

  it("is closed by an error that ends a wait, as Ctrl-C does", function()
    start()
    local next_line = assert(account:logs("app", { follow = true }))
    local open = sockets.count()
    sockets.without_collector(function()
      assert.same({ false, "interrupted" },
        { sockets.interrupt(function() return true end, next_line) })
      assert.is_true(sockets.fall_to(open - 1))
    end)
    assert.equal("closed", (select(3, next_line())))
  end)
end)

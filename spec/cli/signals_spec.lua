-- SPDX-License-Identifier: MIT
-- Signals become cancels, everything is cleaned up, and the second one does not wait for that.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local signals = require "oneoff.cli.signals"

local lua = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d.%d")

-- The shell's parent is this process.
local function send(name)
  os.execute("kill -" .. name .. " $PPID")
end

describe("signals.run #hosts", function()
  it("returns what the function returns", function()
    local results = { n = select("#", signals.run(function(...) return nil, ... end, 1, nil)),
      signals.run(function(...) return nil, ... end, 1, nil) }
    assert.same({ n = 4, nil, nil, 1, nil }, results)
  end)

  for name, number in pairs { INT = 2, TERM = 15, HUP = 1, QUIT = 3 } do
    it("cancels what waits at a " .. name .. ", once", function()
      local cleaned, received
      assert.same({ number, "canceled", true }, { signals.run(function()
        local other = oneoff.spawn(function() cleaned = select(3, oneoff.sleep(60)) end)
        send(name)
        local _, _, code = oneoff.sleep(60)
        received = signals.received()
        other:join()
        return code, oneoff.sleep(0.01)
      end) })
      assert.equal("canceled", cleaned)
      assert.equal(number, received)
      assert.is_nil(signals.received())
    end)
  end

  it("passes an error on, and watches no more", function()
    local ok, err = pcall(signals.run, function() error({}, 0) end)
    assert.is_false(ok)
    assert.is_table(err)
    assert.is_false(signals.are_watched())
    assert.is_nil((signals.run(function() return true end)))
  end)

  it("tells who listens", function()
    local told = 0
    signals.run(function()
      local seen = oneoff.spawn(function() return oneoff.sleep(30) end)
      local forget = signals.on("WINCH", function()
        told = told + 1
        seen:cancel()
      end)
      send "WINCH"
      seen:join()
      forget()
      send "WINCH"
      send "TERM"
      oneoff.sleep(30)
    end)
    assert.equal(1, told)
  end)

  it("cleans up though the same signal comes twice at once, as from timeout", function()
    for name, number in pairs { TERM = 15, INT = 2, QUIT = 3 } do
      local cleaned
      assert.equal(number, (signals.run(function()
        send(name)
        oneoff.sleep(30)
        send(name)
        cleaned = oneoff.sleep(0.05) -- the second one is read in this wait
      end)))
      assert.is_true(cleaned)
    end
  end)

  it("ends the process at the second signal of a kind, a second later", function()
    for name, number in pairs { TERM = 15, QUIT = 3 } do
      local code = host.capture(lua .. " -e " .. host.quote([[
        local oneoff, signals = require "oneoff", require "oneoff.cli.signals"
        local function send(name) os.execute("kill -" .. name .. " $PPID") end
        signals.run(function()
          send "]] .. name .. [["
          oneoff.sleep(60)
          local first = oneoff.now()
          repeat oneoff.sleep(0.1) until oneoff.now() - first > 1
          send "]] .. name .. [["
          oneoff.sleep(60)
        end)
        os.exit(1)]]) .. " 2>/dev/null; echo $?")
      assert.equal(128 + number, tonumber(code))
    end
  end)

  it("cleans up though a terminal that goes away hangs up twice", function()
    local cleaned
    local number = signals.run(function()
      send "HUP"
      oneoff.sleep(30)
      send "HUP"
      cleaned = oneoff.sleep(0.05) -- the second one is read in this wait
    end)
    assert.equal(1, number)
    assert.is_true(cleaned)
  end)

  it("is misused", function()
    local ok, err = pcall(function() signals.run() end)
    assert.is_false(ok)
    assert.matches("signals_spec.lua:%d+: bad argument #1 to 'run'", err)
    ok, err = pcall(function() signals.on("WINCH", print) end)
    assert.is_false(ok)
    assert.matches("signals_spec.lua:%d+: no signals are watched", err)
    signals.run(function()
      ok, err = pcall(function() signals.run(print) end)
    end)
    assert.is_false(ok)
    assert.matches("signals_spec.lua:%d+: signals.run called inside itself", err)
  end)
end)

-- SPDX-License-Identifier: MIT
-- Lua's memory ends in the middle: what was half done must not stand in the way afterwards.
local account_state = require "oneoff.http.account_state"
local core = require "oneoff.core"
local engine = require "oneoff.sched.engine"
local failing_memory = require "failing_memory"
local oneoff = require "oneoff"
local scheduler = require "oneoff.sched.scheduler"

local COUNT = 40
local EVERY = 1000000 -- failures in a row: all

-- Calls `attempt` with memory for no allocation, for one, and so on, and `check` after each, until
-- there is enough.
local function with_each(attempt, check)
  local granted, failed = 0
  repeat
    collectgarbage()
    failed = failing_memory.run(granted, EVERY, attempt)
    check()
    granted = granted + 1
  until failed == 0
  assert.is_true(granted > 1)
end

-- Operations that end at once, and of whose end there is news now.
local function ended()
  local transfers = {}
  for i = 1, COUNT do
    transfers[i] = assert(scheduler.engine():request { method = "GET", headers = {},
      url = "http://127.0.0.1:1/" })
  end
  assert.is_true(core.poll(engine.fd(), 60))
  return transfers
end

local function close_all(transfers)
  for _, transfer in ipairs(transfers) do transfer:close() end
end

describe("Lua's memory ends #short", function()
  -- LuaJIT's compiler crashes now and then when memory ends in a trace, its interpreter does not.
  local compiler = rawget(_G, "jit")
  setup(function()
    if compiler then
      compiler.off()
      compiler.flush()
    end
  end)
  teardown(function()
    if compiler then compiler.on() end
  end)

  it("while news is fetched: what is left comes later", function()
    local transfers, got = ended(), 0
    with_each(function() got = scheduler.engine():collect {} end, function()
      local missing, ids = COUNT - got, {}
      local function take()
        for _ = 1, scheduler.engine():collect(ids) do missing = missing - 1 end
      end
      take()
      while missing > 0 and core.poll(engine.fd(), 5) do take() end
      assert.equal(0, missing)
      close_all(transfers)
      transfers, got = ended(), 0
    end)
    close_all(transfers)
  end)

  it("while news is handed on: everyone gets theirs", function()
    local woken, transfers = 0, nil
    local function start()
      transfers = {}
      for i = 1, COUNT do
        local transfer = assert(scheduler.engine():request { method = "GET", headers = {},
          url = "http://127.0.0.1:1/" })
        transfers[i] = transfer
        scheduler.resume(coroutine.create(function()
          local _, _, code = scheduler.try(transfer:id(), scheduler.now() + 5, transfer.result,
            transfer)
          if code == "connect" then woken = woken + 1 end
        end))
      end
      assert.is_true(core.poll(engine.fd(), 60))
    end
    start()
    with_each(function() engine.collect(scheduler.wake) end, function()
      local give_up = scheduler.now() + 10
      while woken < COUNT and scheduler.now() < give_up do scheduler.step(1) end
      assert.equal(COUNT, woken)
      close_all(transfers)
      woken = 0
      start()
    end)
    close_all(transfers)
  end)

  it("while an account's state is made: the next one has it whole", function()
    local key, owner = "key " .. tostring {}, {}
    with_each(function() account_state.of(key, owner):part("part", function() return {} end) end,
      function()
        local state = account_state.of(key, owner)
        assert.is_table(state:part("part", function() return {} end))
        assert.equal(state, account_state.of(key, owner))
        key = key .. "+"
      end)
  end)

  it("while a loop is connected: it is connected later", function()
    local is_connected, is_short = false, true
    local adapter = { name = "test", wait = core.poll, connect = function()
      if is_short then error("not enough memory", 0) end
      is_connected = true
    end }
    oneoff.use(adapter)
    assert.has_error(scheduler.host, "not enough memory")
    is_short = false
    scheduler.host()
    oneoff.use "auto"
    assert.is_true(is_connected)
  end)
end)

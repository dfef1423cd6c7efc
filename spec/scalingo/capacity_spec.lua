-- SPDX-License-Identifier: MIT
-- Waiting where the platform says that no more containers may run.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local account_state = require "oneoff.http.account_state"
local capacity = require "oneoff.scalingo.capacity"

local own

-- A host with these limits, and an account that knows nothing of them.
local function start(flags)
  local all = { "--rate", "0", "--start-delay", "0" }
  for _, flag in ipairs(flags) do all[#all + 1] = flag end
  own = host.start(all)
  return own:account { requests_per_minute = 0 }
end

local function refusals()
  local count = 0
  for _, request in ipairs(own:log()) do
    if request.stage == "run" and request.status ~= 200 then count = count + 1 end
  end
  return count
end

describe("capacity", function()
  after_each(function()
    own:stop()
  end)

  it("is waited for where others' containers fill the application", function()
    local account = start { "--max-containers", "1" }
    local other = assert(account:run("app", "sleep 60", { detached = true }))
    oneoff.run(function()
      local waiting = {}
      local function wait(i)
        waiting[i] = oneoff.spawn(function()
          return account:run("app", "echo " .. i, { detached = true })
        end)
      end
      wait(1)
      repeat oneoff.sleep(0.01) until refusals() == 1
      wait(2)
      wait(3)
      waiting[2]:cancel()
      assert.equal("canceled", (select(3, waiting[2]:join())))
      assert(other:stop())
      assert.equal("echo 1", assert(waiting[1]:join()).command)
      assert.equal("echo 3", assert(waiting[3]:join()).command)
    end)
  end)

  it("is not waited for beyond the time-out", function()
    local account = start { "--max-account-containers", "1" }
    local other = assert(account:run("app", "sleep 60", { detached = true }))
    local made, message, code, detail = account:run("another", "true", { timeout = 0.1 })
    assert.is_nil(made)
    assert.equal("limit", code)
    assert.matches("limit of one%-off containers", message)
    assert.equal(422, detail.status)
    assert(other:stop())
  end)

  it("does not take any refusal for the limit", function()
    local refused = { status = 422 }
    assert.is_true(capacity.is_full(
      "containers the limit of one-off containers is reached", refused))
    assert.is_true(capacity.is_full("Too many one-off running", { status = 403 }))
    assert.is_false(capacity.is_full("size is not a container size", refused))
    assert.is_false(capacity.is_full("the limit of your plan is reached", refused))
    assert.is_false(capacity.is_full("too many containers", { status = 500 }))
    assert.is_false(capacity.is_full("too many containers", nil))
  end)

  it("is not waited for where the request is refused for another reason", function()
    local account = start {}
    local made, _, code = account:run("app", "true", { size = "huge" })
    assert.is_nil(made)
    assert.equal("invalid", code)
    assert.equal(1, refusals())
  end)

  it("lets the next one ask where a question raises", function()
    if _VERSION == "Lua 5.1" and not jit then return end -- it cannot wait inside pcall
    local state, asked = account_state.new(), 0
    oneoff.run(function()
      local function ask()
        asked = asked + 1
        if asked == 2 then error("interrupted", 0) end
        if asked == 1 then return nil, "too many containers", "limit", { status = 422 } end
        return "value"
      end
      local first = oneoff.spawn(function()
        return pcall(capacity.wait, state, "app", oneoff.now() + 60, ask)
      end)
      local second = oneoff.spawn(capacity.wait, state, "app", oneoff.now() + 60, ask)
      capacity.freed(state, "app")
      assert.same({ false, "interrupted" }, { first:join() })
      assert.equal("value", (second:join()))
    end)
  end)
end)

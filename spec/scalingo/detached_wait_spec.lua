-- SPDX-License-Identifier: MIT
-- What waits for a detached container reads a log that comes late, twice, in pieces or never.
local exit_line = require "oneoff.scalingo.exit_line"
local detached_wait = require "oneoff.scalingo.detached_wait"

local COMMAND = exit_line.wrap("make report")
local NONCE = exit_line.nonce(COMMAND)

local function line(second, text, label)
  return ("2026-01-02 03:04:%02d.123456789 +0000 UTC [%s] %s"):format(second, label or "one-off-12",
    text)
end

-- An account whose log gives one list of lines for each connection, and then the last one again.
local function account_of(connections, states)
  local account, looks, count = {}, 0, 0
  function account.logs()
    count = count + 1
    local lines, at = connections[math.min(count, #connections)], 0
    if type(lines) == "string" then return nil, "logs: " .. lines, "http", {} end
    return function()
      at = at + 1
      if lines[at] then return lines[at] end
      return nil, "logs: the connection was closed", "closed", {}
    end
  end
  function account.containers()
    looks = looks + 1
    local state = states[math.min(looks, #states)]
    if state == "gone" then return {} end
    return { { id = "c1", state = state }, { id = "c2", state = "running" } }
  end
  return account
end

local function wait(connections, states, options)
  local printed = {}
  options = options or {}
  options.patience = options.patience or 0.2
  options.on_line = function(text) printed[#printed + 1] = text end
  local exit_code, message, code, detail = detached_wait.run(account_of(connections, states),
    { app = "app", id = "c1", label = "one-off-12", command = COMMAND }, options)
  return { exit_code or code, table.concat(printed, "|"), message, detail }
end

local function told(code, note)
  return ("oneoff-exit-%s %d %s"):format(NONCE, code, note or "")
end

describe("the wait for a detached container", function()
  it("finds the exit code that the log tells", function()
    local got = wait({ { line(1, "a"), line(2, "b"), line(3, told(7)) } }, { "running" })
    assert.same({ 7, "a|b" }, { got[1], got[2] })
  end)

  it("takes each line once, although it comes again", function()
    local got = wait({ { line(1, "a"), line(1, "a"), line(2, "a") },
      { line(1, "a"), line(2, "a"), line(3, "c"), line(4, told(0)), line(4, told(0)) } },
      { "running" })
    assert.same({ 0, "a|a|c" }, { got[1], got[2] })
  end)

  it("finds it behind a last line without an end", function()
    assert.same({ 5, "half" }, { (unpack or table.unpack)(
      wait({ { line(1, "half" .. told(5)) } }, { "running" }), 1, 2) })
  end)

  it("finds it late, after the container is gone", function()
    local got = wait({ "503", { line(1, "a") }, { line(1, "a"), line(2, told(3)) } }, { "gone" },
      { patience = 15 })
    assert.same({ 3, "a" }, { got[1], got[2] })
  end)

  it("believes no line of another container, nor with another nonce", function()
    local got = wait({ { line(1, told(0), "one-off-123"), line(2, told(0), "one-off-1"),
      line(3, "oneoff-exit-0123456789ab 0 "), line(4, "oneoff-exit-" .. NONCE .. " $c") } },
      { "running", "gone" })
    assert.equal("no_exit_code", got[1])
  end)

  it("says as much as is known where the line does not come", function()
    for state, why in pairs { stopped = "has ended", crashed = "it crashed", gone = "has ended" } do
      local got = wait({ { line(1, "a") } }, { "running", state })
      assert.same({ "no_exit_code", "a" }, { got[1], got[2] })
      assert.matches(why, got[3])
    end
    local got = wait({ { line(1, told(143, "stopped")) } }, { "stopping" })
    assert.same({ "no_exit_code", "stopped" }, { got[1], got[4].reason })
    assert.matches("it was stopped", got[3])
  end)

  it("ends at its time-out", function()
    local got = wait({ { line(1, "a") } }, { "running" }, { timeout = 0.05 })
    assert.equal("timeout", got[1])
  end)
end)

describe("a command that tells its exit code", function()
  it("is found again in what the platform lists, whatever it is", function()
    for _, command in ipairs { "true", "echo 'it''s'; exit 1", "a\nb # c", "'", COMMAND:sub(2),
      "echo %s %d", "" } do
      local wrapped = exit_line.wrap(command)
      assert.matches("^%x+$", exit_line.nonce(wrapped))
      assert.equal(command, exit_line.unwrap(wrapped))
      assert.equal(wrapped, exit_line.wrap(wrapped))
      assert.is_nil(exit_line.nonce(command))
    end
    assert.is_nil(exit_line.nonce(nil))
  end)
end)

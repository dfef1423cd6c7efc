-- SPDX-License-Identifier: MIT
-- A container is not left behind when the answer to its request is lost.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local orphan = require "oneoff.scalingo.orphan"
local task = require "oneoff.task"

-- Each carries the request out, and answers badly.
local LOST = { ["run-lost"] = "closed", ["run-malformed"] = "protocol",
  ["run-truncated"] = "closed", ["run-missing"] = "protocol" }

describe("the answer to a request for a container is lost", function()
  local own, account

  local function start(...)
    local flags = { "--start-delay", "0" }
    for _, fault in ipairs { ... } do
      flags[#flags + 1] = "--fault"
      flags[#flags + 1] = fault
    end
    own = host.start(flags)
    account = own:account { retry_timeout = 3, timeout = 3 }
  end

  after_each(function()
    account:close()
    own:stop()
  end)

  for fault, expected in pairs(LOST) do
    it("a task stops what was started: " .. fault, function()
      start(fault)
      local value, _, code, detail =
        task.run(account, { app = "app", steps = { "sleep 600" }, timeout = 20 })
      assert.is_nil(value)
      assert.equal(expected, code)
      assert.is_true(detail.stopped)
      assert.same({}, own:living(account, "app"))
      assert.equal(1, own:count("stop"))
    end)

    it("run stops what was started: " .. fault, function()
      start(fault)
      for _, options in ipairs { { detached = true }, {} } do
        local value, message, code, detail = orphan.run(account, "app", "sleep 600", options)
        assert.is_nil(value)
        assert.equal(expected, code)
        assert.matches("^run: ", message)
        assert.is_true(detail.stopped)
      end
      assert.same({}, own:living(account, "app"))
    end)
  end

  it("run leaves another container with the same command alone", function()
    start("run-lost")
    account:run("app", "sleep 600", { detached = true })
    assert.equal(1, #own:living(account, "app"))
    local _, _, _, detail = orphan.run(account, "app", "sleep 600", { detached = true })
    assert.is_true(detail.stopped)
    assert.equal("sleep 600", own:living(account, "app")[1].command)
  end)

  it("run says that one may run where the list of containers is not to be had", function()
    start("run-lost", "ps-500")
    local value, message, code, detail = orphan.run(account, "app", "sleep 600")
    assert.is_nil(value)
    assert.equal("closed", code)
    assert.matches("; a container may have been started: containers: ", message)
    assert.is_nil(detail.stopped)
  end)

  it("run says so where the platform lists none", function()
    start("run-close")
    local value, message, code = orphan.run(account, "app", "sleep 600")
    assert.is_nil(value)
    assert.equal("closed", code)
    assert.matches("; the platform lists no container that it started$", message)
  end)

  it("a cancel does not keep the container from being found", function()
    start("run-no-answer")
    local asked = oneoff.spawn(orphan.run, account, "app", "sleep 600", { detached = true })
    repeat oneoff.sleep(0.01) until own:count("run") == 1
    asked:cancel()
    local _, _, code = asked:join()
    assert.equal("canceled", code)
    assert.is_true(own:count("ps") > 0)
  end)

  it("nobody looks for one where the platform refused", function()
    start("run-422")
    local _, _, code, detail =
      task.run(account, { app = "app", steps = { "sleep 600" }, timeout = 20 })
    assert.same({ "invalid" }, { code, detail.stopped })
    assert.equal("invalid", select(3, orphan.run(account, "app", "sleep 600")))
    assert.equal(0, own:count("ps"))
  end)
end)

describe("the mark in a command", function()
  it("changes nothing of what the shell runs", function()
    local marked = {}
    local account = { run = function(_, _, command)
      marked[#marked + 1] = command
      return {}
    end }
    for _, command in ipairs { "echo a", "echo a # b", "echo 'a\nb'", "cat <<E\nx\nE",
      "exit 3", "echo a;", "" } do
      orphan.run(account, "app", command)
      local line = marked[#marked]
      assert.matches("# oneoff%-%x+$", line)
      assert.equal(host.capture("sh -c " .. host.quote(command) .. " 2>&1; echo $?"),
        host.capture("sh -c " .. host.quote(line) .. " 2>&1; echo $?"))
    end
    assert.are_not.equal(marked[1]:match("%x+$"), marked[2]:match("%x+$"))
  end)
end)

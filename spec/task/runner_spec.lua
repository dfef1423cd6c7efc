-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local oneoff = require "oneoff"
local pty = require "spec.task.pty"
local task = require "oneoff.task"

describe("A task that does not come to its end", function()
  local local_host, account

  setup(function()
    local_host = host.start { "--rate", "0" }
  end)

  teardown(function()
    local_host:stop()
  end)

  before_each(function()
    account = local_host:account { requests_per_minute = 0 }
  end)

  after_each(function()
    assert.are.same({}, local_host:living(account, "shop"))
    account:close()
  end)

  local function run(opts)
    opts.app = "shop"
    return task.run(account, opts)
  end

  it("is stopped when its time is over, and keeps what it printed", function()
    local began, stopped = oneoff.now(), nil
    local report, message, code, detail = run {
      timeout = 1.2, steps = { "echo one", { name = "long", command = "echo begun; sleep 30" } },
      on_event = function(event)
        stopped = event.type == "stopped" and event or stopped
      end,
    }
    assert.is_nil(report)
    assert.are.equal("timeout", code)
    assert.are.equal("task.run: not finished after 1.2 s: step 2 (long)", message)
    assert.is_true(oneoff.now() - began < 5)
    assert.is_true(detail.stopped)
    assert.is_true(stopped.ok)
    assert.are.equal("one\nbegun\n", detail.report.output)
    assert.are.equal("begun\n", detail.report.steps[2].output)
    assert.are.equal("it did not end", detail.report.steps[2].why)
    assert.is_true(detail.report.steps[1].ok)
    assert.is_nil(detail.report.exit_code)
    assert.is_false(detail.report.ok)
  end)

  it("is timed out though its output never pauses", function()
    local _, _, code, detail = run { timeout = 1, steps = { "while :; do echo more; done" } }
    assert.are.equal("timeout", code)
    assert.is_true(detail.stopped)
  end)

  it("is stopped when it is cancelled, in whatever it waits for", function()
    for _, at in ipairs { "container", "ready", "upload", "attached", "step", "go" } do
      local result
      local running
      oneoff.run(function()
        running = oneoff.spawn(function()
          oneoff.sleep(0) -- the first wait: spawn has returned
          result = { run {
            files = { { data = ("x"):rep(1000000), name = "f" } },
            steps = {
              { command = "echo x", expect = function()
                if at == "go" then running:cancel() end
                return true
              end },
              "sleep 30",
            },
            on_event = function(event)
              if event.type == at and (at ~= "step" or event.index == 2) then running:cancel() end
            end,
          } }
        end)
        running:join()
      end)
      assert.is_nil(result[1])
      assert.are.equal("canceled", result[3], at .. ": " .. result[2])
      assert.is_true(result[4].stopped)
      assert.is_not_nil(result[4].report)
    end
  end)

  it("is stopped though it is cancelled once more while it is being stopped", function()
    local result, running
    oneoff.run(function()
      running = oneoff.spawn(function()
        oneoff.sleep(0)
        result = { run { steps = { "sleep 30" }, on_event = function(event)
          if event.type == "step" then running:cancel() end
        end } }
      end)
      oneoff.spawn(function()
        local asked = local_host:count("stop")
        while running:status() == "running" and local_host:count("stop") == asked do
          oneoff.sleep(0) -- a turn of each: the next cancel comes when the stop waits
          if result == nil and account.stopping then running:cancel() end
        end
      end)
      local stop = account.stop
      account.stop = function(...)
        account.stopping = true
        return stop(...)
      end
      running:join()
    end)
    assert.are.equal("canceled", result[3])
    assert.is_true(result[4].stopped)
  end)

  it("is stopped when a function of the caller raises, and raises the same", function()
    local raised = setmetatable({}, { __tostring = function() return "mine" end })
    local function raise()
      error(raised)
    end
    for _, opts in ipairs {
      { steps = { "sleep 30" }, on_event = function(event)
        return event.type == "step" and raise()
      end },
      { steps = { "echo x; sleep 30" }, on_output = raise },
      { steps = { { command = "echo x", expect = raise }, "sleep 30" } },
      { steps = { { command = "cat" } }, input = raise },
    } do
      local ok, err = pcall(run, opts)
      assert.is_false(ok)
      assert.are.equal(raised, err)
      assert.are.same({}, local_host:living(account, "shop"))
    end
  end)

  it("fails when somebody else stops its container", function()
    local report, message, code, detail = run {
      steps = { "sleep 30" },
      on_event = function(event)
        if event.type == "step" then
          local containers = local_host:living(account, "shop")
          assert(account:stop("shop", containers[1].id))
        end
      end,
    }
    assert.is_nil(report)
    assert.are.equal("closed", code, message)
    -- Ended by SIGTERM, or by the SIGKILL that follows it.
    local exit_code = detail.report.exit_code
    assert.is_true(exit_code == 143 or exit_code == 137)
    assert.are.equal("task.run: the container ended before the steps did: step 1 (sleep 30) "
      .. "(exit code " .. exit_code .. ")", message)
    assert.is_nil(detail.stopped)
  end)

  it("has no answer of its own when the application is unknown", function()
    local strict = host.start { "--app", "other" }
    local own = strict:account()
    local report, _, code, detail = task.run(own, { app = "shop", steps = { "true" } })
    own:close()
    strict:stop()
    assert.is_nil(report)
    assert.are.equal("not_found", code)
    assert.is_nil(detail.stopped)
    assert.is_nil(detail.container)
  end)
end)

describe("A task, where the platform", function()
  local files = { { data = ("some data\n"):rep(100), name = "f" } }

  -- Runs a task against a host with a fault; returns what it returned and the containers left.
  local function run(fault, opts)
    local faulty = host.start { "--rate", "0", "--fault", fault }
    local account = faulty:account { requests_per_minute = 0, retry_timeout = 1 }
    opts = opts or {}
    opts.app, opts.files = "shop", files
    opts.steps = opts.steps or { { command = "echo out", expect = "out" }, "echo done; sleep 0.3" }
    local report, message, code, detail = task.run(account, opts)
    local living = #faulty:living(account, "shop")
    account:close()
    faulty:stop()
    return report, message, code, detail, living
  end

  for _, case in ipairs {
    { "upload-corrupt=1", "checksum", "f arrived damaged" },
    { "upload-short=1", "checksum", "f arrived damaged" },
    { "stream-reset", "closed" },
    { "stream-early-close" },
    { "wait-missing", "no_exit_code" },
    { "wait-null", "no_exit_code" },
    { "wait-string", "no_exit_code" },
    { "wait-408", "inactivity" },
    { "operation-error", "operation_failed" },
    { "attach-500", "http" },
    { "upload-403", "forbidden" },
    { "upload-lost", "closed" },
  } do
    it("commits " .. case[1] .. ", fails and leaves no container", function()
      local report, message, code, detail, living = run(case[1])
      assert.is_nil(report)
      assert.are.equal(case[2] or code, code, message)
      assert.is_truthy(not case[3] or message:find(case[3], 1, true), message)
      assert.is_table(detail.report)
      assert.is_false(detail.report.ok)
      assert.are.equal(0, living)
    end)
  end

  it("closes the stream of a command that goes on, does not wait all of its time #hosts", function()
    local report, message, code, detail, living = run("stream-early-close",
      { steps = { "sleep 600" } })
    assert.is_nil(report)
    assert.are.equal("closed", code)
    assert.matches("did not end within 30 s: step 1 (sleep 600)", message, 1, true)
    assert.is_true(detail.stopped)
    assert.are.equal(0, living)
  end)

  it("gives no exit code, keeps all output", function()
    local _, _, _, detail = run "wait-missing"
    assert.are.equal("out\ndone\n", detail.report.output)
    assert.is_true(detail.report.steps[2].ok)
    assert.is_nil(detail.report.exit_code)
  end)

  it("swallows the output, is timed out", function()
    local report, _, code, detail, living = run("stream-silent", { timeout = 1.5 })
    assert.is_nil(report)
    assert.are.equal("timeout", code)
    assert.is_true(detail.stopped)
    assert.are.equal(0, living)
  end)

  it("does not stop the container, says so", function()
    local report, _, code, detail = run("stop-403", { timeout = 1, steps = { "sleep 3" } })
    assert.is_nil(report)
    assert.are.equal("timeout", code)
    assert.is_string(detail.stopped)
  end)

  it("cuts the output into bytes, is understood", function()
    local report = assert(run "attach-output-with-head")
    assert.is_true(report.ok)
    assert.are.equal("out\ndone\n", report.output)
  end)
end)

describe("A task in a program", function()
  -- The interpreter raises it; the one of the sanitizers has no handler for the signal.
  local it_in_lua = arg[-1]:find("build/", 1, true) and pending or it

  it_in_lua("is stopped by Ctrl-C, and the program gets its error", function()
    local local_host = host.start { "--rate", "0" }
    local folder, remove = pty.folder()
    pty.write(folder .. "/program.lua", ([[
      local account = require("oneoff.scalingo").new { token = %q, api_url = %q, auth_url = %q }
      local ok, err = pcall(require("oneoff.task").run, account, {
        app = "shop", steps = { "sleep 30" },
        on_event = function(event)
          if event.type == "step" then
            os.execute("(sleep 0.3; kill -INT $PPID) &")
          elseif event.type == "stopped" then
            error("no event here")
          end
        end,
      })
      print(ok, err)
    ]]):format(local_host.token, local_host.url, local_host.url))
    local pipe = io.popen("exec " .. arg[-1] .. " " .. folder .. "/program.lua 2>&1")
    local said = pipe:read("*a")
    pipe:close()
    remove()
    local account = local_host:account()
    local living = local_host:living(account, "shop")
    account:close()
    local_host:stop()
    assert.is_truthy(said:find("^false\t.*interrupted!"), said)
    assert.are.same({}, living)
  end)
end)

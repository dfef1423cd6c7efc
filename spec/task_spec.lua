-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local oneoff = require "oneoff"
local pty = require "spec.task.pty"
local task = require "oneoff.task"

describe("task.run", function()
  local local_host, account, folder, remove

  setup(function()
    local_host = host.start { "--rate", "0" }
    folder, remove = pty.folder()
  end)

  teardown(function()
    local_host:stop()
    remove()
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

  it("runs steps and reports each", function()
    pty.write(folder .. "/data.txt", "from a path")
    local report = assert(run {
      files = {
        folder .. "/data.txt", { data = "from memory", name = "ünï cödé's.txt" },
        { read = coroutine.wrap(function()
          coroutine.yield("from a ")
          coroutine.yield("function")
        end), name = "read" },
      },
      env = { GREETING = "hello" },
      steps = {
        { name = "names", command = "cd \"$ONEOFF_UPLOADS\"; cat data.txt \"ünï cödé's.txt\" re*" },
        "echo \"$GREETING\" >&2",
        { command = "wc -l", input = "1\n2\n3", expect = 3 },
        { name = "nothing", command = "cat; printf '\\033[1mx\\033[0m\\r\\n'" },
      },
    })
    assert.is_true(report.ok)
    assert.are.equal(0, report.exit_code)
    assert.is_nil(report.why)
    local outputs = {
      "from a pathfrom memoryfrom a function", "hello\n", "3\n", "x\r\n",
    }
    for i, step in ipairs(report.steps) do
      assert.are.equal(outputs[i], step.output)
      assert.are.equal(0, step.exit_code)
      assert.is_true(step.ok)
      assert.is_true(step.seconds >= 0 and step.seconds < 10)
    end
    assert.are.equal("names", report.steps[1].name)
    assert.are.equal("echo \"$GREETING\" >&2", report.steps[2].name)
    assert.are.equal(table.concat(outputs), report.output)
    assert.are.equal(11 + 11 + 15, report.bytes_uploaded)
    assert.is_true(report.files[3].verified)
    assert.are.equal(64, #report.files[1].sha256)
    assert.is_truthy(report.container.label:find("one%-off"))
  end)

  it("tells what happens, in order", function()
    local events, seen = {}, {}
    assert(run {
      files = { { data = "x", name = "f" } }, steps = { "echo 1; sleep 0.1; printf 2", "true" },
      on_event = function(event)
        if event.type ~= "upload" or event.sent > 0 then events[#events + 1] = event.type end
      end,
      on_output = function(text, index)
        seen[#seen + 1] = index .. ":" .. text
      end,
    })
    assert.are.equal("container ready upload uploaded attached verified step step_done step "
      .. "step_done exit", table.concat(events, " "))
    assert.are.equal("1:1\n1:2", table.concat(seen))
  end)

  it("sends a large file in parts, whatever it comes from", function()
    local text = ("0123456789abcdef"):rep(64) -- 1 KiB
    pty.write(folder .. "/large", text:rep(1000))
    local left = 1000
    local function read()
      left = left - 1
      return left >= 0 and text or nil
    end
    local report = assert(run {
      part_size = 300000, steps = { "cd /tmp/uploads && cmp path data && cmp path read && ls -1A" },
      files = {
        { path = folder .. "/large", name = "path" }, { data = text:rep(1000), name = "data" },
        { read = read, name = "read" },
      },
    })
    assert.is_true(report.ok, report.why)
    assert.are.equal("data\noneoff-SCRIPT.sh\npath\nread\n",
      (report.output:gsub("oneoff%-%x+", "oneoff-SCRIPT")))
    for i = 1, 3 do
      assert.are.equal(4, report.files[i].parts)
      assert.are.equal(1024000, report.files[i].size)
    end
  end)

  it("ends with the first step that fails", function()
    local report = assert(run { steps = { "true", "echo oops >&2; exit 7", "echo never" } })
    assert.is_false(report.ok)
    assert.are.equal(7, report.exit_code)
    assert.are.equal("step 2 (echo oops >&2; exit 7): exit code 7: oops", report.why)
    assert.are.same({ true, false, false },
      { report.steps[1].ok, report.steps[2].ok, report.steps[3].ok })
    assert.are.equal("it was not run", report.steps[3].why)
    assert.is_nil(report.steps[3].exit_code)
    assert.are.equal("oops\n", report.output)
  end)

  it("ends with the first check that says no, before the next step", function()
    local asked
    local report = assert(run { steps = {
      { command = "echo 41", expect = function(output, step)
        asked = output .. step.name
        return true
      end, name = "ask" },
      { command = "echo 42", expect = 43 }, "echo never",
    } })
    assert.are.equal("41\nask", asked)
    assert.is_false(report.ok)
    assert.are.equal(1, report.exit_code)
    assert.are.equal("check_failed", report.code)
    assert.are.equal('step 2 (echo 42): the output is "42", expected was 43', report.why)
    assert.are.equal(0, report.steps[2].exit_code)
    assert.are.equal("41\n42\n", report.output)
  end)

  it("fails as a whole when the last check says no", function()
    local report = assert(run { steps = { { command = "echo 1", expect = "^2" } } })
    assert.is_false(report.ok)
    assert.are.equal(1, report.exit_code)
  end)

  it("feeds an input, byte by byte as it is", function()
    local bytes = {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    local input = table.concat(bytes):rep(400)
    local report = assert(run {
      input = input, steps = {
        "echo first", { command = "tee /tmp/in | cksum; wc -c </tmp/in", stdin = true },
      },
    })
    pty.write(folder .. "/input", input)
    local pipe = io.popen("cksum <" .. folder .. "/input")
    local sum = pipe:read("*a")
    pipe:close()
    assert.are.equal(sum .. "102400\n", report.steps[2].output)
    assert.is_true(report.ok)
  end)

  it("goes on when a step does not read its input", function()
    local count = 0
    local report = assert(run {
      steps = { { command = "head -c 3; echo", stdin = true, expect = "^abc\n$" }, "echo next" },
      input = function()
        count = count + 1
        return ("abcdef"):rep(10000)
      end,
    })
    assert.is_true(report.ok, report.why)
    assert.are.equal("next\n", report.steps[2].output)
    assert.is_true(count < 1000)
  end)

  it("says when the input could not be had", function()
    local report, message, code, detail = run {
      steps = { { command = "cat", stdin = true }, "echo next" },
      input = function() return nil, "no more paper" end,
    }
    assert.is_nil(report)
    assert.are.same({ "no more paper", "io" }, { message, code })
    assert.is_true(detail.stopped)
  end)

  it("keeps a silent step alive", function()
    local strict = host.start { "--inactivity", "1", "--rate", "0" }
    local beats = 0
    local own = strict:account { requests_per_minute = 0 }
    local report = task.run(own, {
      app = "shop", keepalive = 0.3, steps = { "printf a; sleep 2.2; printf b" },
      on_event = function(event)
        beats = beats + (event.type == "heartbeat" and 1 or 0)
      end,
    })
    own:close()
    strict:stop()
    assert.is_true(report and report.ok)
    assert.are.equal("ab", report.output)
    assert.is_true(beats >= 4, beats)
  end)

  it("keeps of a large output what was asked for", function()
    local report = assert(run {
      output_limit = 1000, steps = { "yes 0123456789 | head -n 300000; echo end" },
    })
    local step = report.steps[1]
    assert.are.equal(3300004 - 1000, step.dropped)
    assert.is_truthy(step.output:find("^0123456789\n"))
    assert.is_truthy(step.output:find("\n[... 3299004 bytes left out ...]\n", 1, true))
    assert.is_truthy(step.output:find("0123456789\nend\n$"))
  end)

  it("runs several tasks at once", function()
    local began = oneoff.now()
    local reports = {}
    oneoff.run(function()
      for i = 1, 4 do
        oneoff.spawn(function()
          reports[i] = run { steps = { { command = "sleep 0.7; echo " .. i, expect = i } } }
        end)
      end
    end)
    for i = 1, 4 do assert.is_true(reports[i].ok) end
    assert.is_true(oneoff.now() - began < 2.8)
  end)
end)

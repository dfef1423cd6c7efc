-- SPDX-License-Identifier: MIT
local options = require "oneoff.task.options"
local task = require "oneoff.task"

describe("task.run's arguments #short", function()
  local account = { run = function() error("something was requested") end }
  local steps = { "true" }

  local function refused(opts, given_account)
    local ok, message = pcall(function()
      task.run(given_account or account, opts)
    end)
    assert.is_false(ok)
    local place, text = message:match("^([^:]*:%d+): (.*)$")
    assert.is_truthy(place and place:find("options_spec.lua", 1, true), message)
    return text
  end

  for _, case in ipairs {
    { nil, "bad argument #2 (table of options expected, got no value)" },
    { {}, "bad option 'app' (" },
    { { app = "x" }, "bad option 'steps' (a list expected, got no value)" },
    { { app = "" , steps = steps }, "bad option 'app' (" },
    { { app = 5, steps = steps }, "bad option 'app' (the application's name expected, got num" },
    { { app = "x", steps = {} }, "bad option 'steps' (at least one expected)" },
    { { app = "x", steps = "true" }, "bad option 'steps' (a list expected, got string)" },
    { { app = "x", steps = { 5 } }, "bad option 'steps[1]' (a table or a command" },
    { { app = "x", steps = { {} } }, "bad option 'steps[1].command' (" },
    { { app = "x", steps = { "a", "b\0c" } }, "bad option 'steps[2].command' (a shell command" },
    { { app = "x", steps = { { command = "a", expect = true } } }, "bad option 'steps[1].expect'" },
    { { app = "x", steps = { { command = "a", expect = "[" } } },
      "bad option 'steps[1].expect' (malformed pattern" },
    { { app = "x", steps = { { command = "a", input = "\0" } } }, "bad option 'steps[1].input' (" },
    { { app = "x", steps = { { command = "a", nmae = "x" } } },
      "bad option 'steps[1].nmae' (no such option)" },
    { { app = "x", steps = steps, timout = 1 }, "bad option 'timout' (no such option)" },
    { { app = "x", steps = steps, timeout = 0 }, "bad option 'timeout' (a positive number" },
    { { app = "x", steps = steps, timeout = "1" }, "bad option 'timeout' (a positive number" },
    { { app = "x", steps = steps, timeout = 0 / 0 }, "bad option 'timeout' (a positive number" },
    { { app = "x", steps = steps, keepalive = true }, "bad option 'keepalive' (" },
    { { app = "x", steps = steps, output_limit = math.huge }, "bad option 'output_limit' (a pos" },
    { { app = "x", steps = steps, files = { { read = print, name = "r", size = math.huge } } },
      "bad option 'files[1]' (size: a number of bytes expected" },
    { { app = "x", steps = steps, env = { "x" } }, "bad option 'env' (not a name" },
    { { app = "x", steps = steps, env = { A = 1 } }, "bad option 'env' (A must be a string" },
    { { app = "x", steps = steps, files = "x" }, "bad option 'files' (a list expected" },
    { { app = "x", steps = steps, files = { { data = "x" } } }, "bad option 'files[1]' (name:" },
    { { app = "x", steps = steps, files = { "a/b", "c/b" } },
      "bad option 'files[2]' (name: \"b\" is the name of files[1] too)" },
    { { app = "x", steps = steps, files = { { data = "x", name = "y", nmae = "z" } } },
      "bad option 'files[1]' (nmae: no such option)" },
    { { app = "x", steps = steps, files = { { data = "x", name = "y", compress = "gzip" } } },
      "bad option 'files[1]' (compress: only a path" },
    { { app = "x", steps = steps, files = { { path = "x", compress = "lzma" } } },
      "bad option 'files[1]' (compress: \"gzip\" or \"zstd\" expected)" },
    { { app = "x", steps = steps, files = { { path = "x", join = "no" } } },
      "bad option 'files[1]' (join: true or false expected)" },
    { { app = "x", steps = steps, files = { { path = "x", join = false }, "x.part.0002" } },
      "bad option 'files[2]' (name: \"x.part.0002\" is the name of a part of files[1])" },
    { { app = "x", steps = steps, log = "" }, "bad option 'log' (a path expected" },
    { { app = "x", steps = steps, on_event = "x" }, "bad option 'on_event' (a function" },
    { { app = "x", steps = { "a", "b" }, input = "x" }, "bad option 'input' (no step reads it" },
    { { app = "x", steps = { { command = "a", stdin = true } } }, "bad option 'steps[1].stdin'" },
    { { app = "x", input = "x", steps = { { command = "a", input = "b" } } }, "bad option 'input" },
    { { app = "x", input = "x", steps = {
      { command = "a", stdin = true }, { command = "b", stdin = true },
    } }, "bad option 'steps[2].stdin' (only one step" },
  } do
    it("are refused: " .. case[2], function()
      local message = refused(case[1])
      assert.are.equal(case[2], message:sub(1, #case[2]))
    end)
  end

  it("begin with an account", function()
    for _, given in ipairs { 5, "x", {} } do
      local message = refused({ app = "x", steps = steps }, given)
      assert.is_truthy(message:find("bad argument #1 'account'", 1, true))
    end
  end)

  it("are no misuse if a file cannot be read; then nothing is requested", function()
    for _, path in ipairs { "/nowhere/x", "/proc/sys/vm" } do
      local report, message, code = task.run(account, {
        app = "x", steps = steps, files = { path },
      })
      assert.is_nil(report)
      assert.are.equal("io", code)
      assert.is_truthy(message:find(path, 1, true), message)
    end
  end)
end)

describe("task.options #short", function()
  it("makes a plan with the defaults", function()
    local plan = assert(options.read({ app = "x", steps = { "  echo one\necho two" } }, "me"))
    assert.are.same({ "me", 3600, 60, 4 * 1024 * 1024, options.PART_SIZE },
      { plan.caller, plan.timeout, plan.keepalive, plan.output_limit, plan.part_size })
    assert.are.same({ name = "echo one", command = "  echo one\necho two", reads_input = false },
      plan.steps[1])
    assert.are.same({}, plan.files)
  end)

  it("makes whole numbers of sizes, however large or small", function()
    for _, size in ipairs { 0.1, 12.9, 1e300 } do
      local plan = assert(options.read({ app = "x", steps = { "a" }, output_limit = size,
        part_size = size }, "me"))
      assert.are.equal(math.floor(math.min(size, 2 ^ 53)), plan.output_limit)
      assert.are.equal(math.max(1, plan.output_limit), plan.part_size)
      assert.are.equal("", ("x"):rep(10):sub(11, plan.output_limit)) -- fits into an integer
    end
  end)

  it("gives the input to the only step, or to the one that asks for it", function()
    local function readers(steps)
      local flags = {}
      for i, step in ipairs(assert(options.read({ app = "x", input = "y", steps = steps },
        "me")).steps) do flags[i] = step.reads_input end
      return flags
    end
    assert.are.same({ true }, readers { "a" })
    assert.are.same({ false, true }, readers { "a", { command = "b", stdin = true } })
  end)

  it("names the position of the options", function()
    local _, message = options.read(nil, "me", 1)
    assert.are.equal("bad argument #1 (table of options expected, got no value)", message)
  end)
end)

-- SPDX-License-Identifier: MIT
-- What the program prints for a person changes no status; a result that is lost does.
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"

local own, folder, unread

local function run(words, options)
  options = options or {}
  options.env = program.env(own, options.env)
  return program.run(words, options)
end

local function write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

-- A fault of our own in what makes texts: a module of the program raises wherever it is called.
local function broken(module, names)
  local lines = { ("local module = require '%s'"):format(module) }
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("module.%s = function() error 'a fault in printing' end"):format(name)
  end
  return { LUA_INIT = table.concat(lines, "\n") }
end

local FAULTS = {
  report = broken("oneoff.task.report", { "text", "width" }),
  quantity = broken("oneoff.base.quantity", { "size", "span", "percent" }),
}

describe("printing #hosts", function()
  setup(function()
    own = host.start { "--start-delay", "0", "--rate", "0" }
    folder = host.folder()
    write("large", ("x"):rep(3 * 1024 * 1024))
    write("small", "x")
    -- 8 is a pipe that nobody reads.
    unread = ("mkfifo %s; exec 9<>%s 8>%s 9<&-; rm %s; "):gsub("%%s", folder .. "/pipe")
    write("task.lua", [[return { steps = { { name = "one", command = "echo out; exit 5" } } }]])
  end)
  teardown(function()
    own:stop()
    host.remove(folder)
  end)

  for name, env in pairs(FAULTS) do
    it("may have a fault in " .. name .. ": statuses and results stay", function()
      for _, file in ipairs { "large", "small" } do
        local words = { "upload", "-v", "-a", "app", folder .. "/" .. file, "--", "echo out" }
        local status, out = run(words, { env = env })
        assert.same({ 0, "out\n" }, { status, out })
        status, out = run({ "run", "-v", "-a", "app", "-f", folder .. "/" .. file,
          "echo out; exit 3" }, { env = env })
        assert.same({ 3, "out\n" }, { status, out })
      end
      local status, out = run({ "task", "-a", "app", "--json", folder .. "/task.lua" },
        { env = env })
      assert.same({ 5, 5 }, { status, json.decode(out).exit_code })
      status, out = run({ "task", "-a", "app", "-a", "b", "--json", folder .. "/task.lua" },
        { env = env })
      assert.same({ 1, 2 }, { status, #json.decode(out:match("([^\n]+)\n$")).results })
    end)
  end

  it("where nobody can read it changes no status", function()
    for _, where in ipairs { "/dev/full", "&-", "&8" } do
      for _, code in ipairs { 0, 6 } do
        local status, out = run({ "upload", "-v", "-a", "app", folder .. "/small", "--",
          "echo out; exit " .. code }, { launcher = unread, redirect = "2>" .. where })
        assert.same({ code, "out\n" }, { status, out })
      end
      assert.equal(2, (run({ "none" }, { launcher = unread, redirect = "2>" .. where })))
      assert.equal(125, (run({ "run", "-a", "app", "-t", "none" },
        { launcher = unread, redirect = "2>" .. where })))
    end
  end)

  it("goes to nobody where a standard descriptor is closed, and input from one ends", function()
    for _, closed in ipairs { ">&-", "<&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-" } do
      for _, words in ipairs { { "run", "-a", "app", "cat; exit 7" },
        { "run", "--json", "-a", "app", "cat; exit 7" },
        { "upload", "-a", "app", folder .. "/small", "--", "cat; exit 7" } } do
        assert.equal(7, (run(words, { redirect = closed })), closed)
      end
      assert.equal(0, (run({ "list", "--all", "-a", "app" }, { redirect = closed })), closed)
    end
    assert.equal("7\n", select(2, run({ "run", "-a", "app", "echo 7" }, { redirect = "<&-" })))
  end)

  it("of a result that fails is a failure, and said", function()
    for _, words in ipairs { { "run", "--json", "-a", "app", "true" },
      { "list", "--json", "-a", "app" }, { "regions" }, { "login-check", "--json" },
      { "upload", "--json", "-a", "app", folder .. "/small" }, { "run", "-a", "app", "-d", "true" },
      { "run", "--json", "-d", "--wait", "-a", "app", "echo logged" },
      { "task", "-a", "app", "-a", "b", "--json", folder .. "/task.lua" },
      { "task", "-a", "app", folder .. "/task.lua" }, { "run", "-a", "app", "echo out" },
      { "logs", "-a", "app" }, { "logs", "--json", "-a", "app" }, { "manual" },
      { "completion", "bash" }, { "--help" }, { "run", "--help" }, { "--version" } } do
      local said = table.concat(words, " ")
      local status, _, err = run(words, { redirect = ">/dev/full" })
      assert.equal(125, status, said)
      assert.matches("No space left on device", err)
      assert.is_nil(err:find("traceback", 1, true))
      status = run(words, { launcher = unread, redirect = ">&8" })
      assert.is_true(status == 125 or status == 141, said)
    end
  end)
end)

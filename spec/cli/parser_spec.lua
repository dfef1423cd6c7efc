-- SPDX-License-Identifier: MIT
local parser = require "oneoff.cli.parser"

local function read(...)
  return parser.read { ... }
end

local function misuse(...)
  local given, problem = parser.read { ... }
  assert.is_nil(given)
  return problem
end

describe("words of the command line", function()
  it("end as options at the first operand of run, and at --", function()
    local given = read("run", "-a", "app", "ls", "-l", "--json")
    assert.same({ "ls", "-l", "--json" }, given.COMMAND)
    assert.is_nil(given.json)
    given = read("run", "-a", "app", "--", "-x", "--", "y")
    assert.same({ "-x", "--", "y" }, given.COMMAND)
    given = read("shell", "-a", "app", "zsh", "-l")
    assert.same({ "zsh", "-l" }, given.COMMAND)
  end)

  it("take options before the command, bundled, and with =", function()
    local given = read("-a", "app", "--json", "run", "-qd", "--region=r", "-ssize", "x")
    assert.same({ "app", true, true, true, "r", "size" },
      { given.app, given.json, given.quiet, given.detached, given.region, given.size })
    assert.equal("run", given.command)
  end)

  it("of upload are files up to --, and a command after it", function()
    local given = read("upload", "a", "-a", "app", "b", "--", "ls", "-l")
    assert.same({ "a", "b" }, given.FILE)
    assert.same({ "ls", "-l" }, given.rest)
  end)

  it("may repeat what may be repeated", function()
    local given = read("run", "-e", "A=1=2", "-e", "B=", "-f", "x", "-f", "y", "c")
    assert.same({ { "A", "1=2" }, { "B", "" } }, given.env)
    assert.same({ "x", "y" }, given.file)
    assert.same({ "x", "y" }, read("task", "F", "-a", "x", "-a", "y").apps)
  end)

  it("give each --expect to the --check before it", function()
    local given = read("restore", "d", "--check", "q1", "--expect", "12", "--check", "q2",
      "--check", "q3", "--expect", "a\nb")
    assert.same({ { "q1", expect = 12 }, { "q2" }, { "q3", expect = { "a", "b" } } }, given.check)
    assert.matches("%-%-expect", misuse("restore", "d", "--expect", "1"))
    assert.matches("%-%-expect",
      misuse("restore", "d", "--check", "q", "--expect", "1", "--expect", "2"))
  end)

  it("name spans of time, and formats", function()
    assert.equal(5400, read("run", "--timeout", "1.5h", "x").timeout)
    assert.equal(90, read("run", "--timeout", "90", "x").timeout)
    assert.equal("off", read("task", "f", "--keepalive", "off").keepalive)
    assert.is_true(read("list", "--format", "json").json)
    assert.is_nil(read("list", "--format", "text").json)
  end)

  it("that are wrong are told", function()
    assert.matches("unknown option '%-x'", misuse("run", "-x"))
    assert.matches("unknown command 'ru'", misuse("ru"))
    assert.matches("command is required", misuse())
    assert.matches("option '%-%-check': the value is empty", misuse("restore", "d", "--check", ""))
    assert.matches("option '%-%-timeout': '0' is not a time", misuse("run", "--timeout", "0", "x"))
    assert.matches("NAME=VALUE", misuse("run", "-e", "1=x", "y"))
    assert.matches("is not set in this environment",
      misuse("run", "-e", "ONEOFF_NO_SUCH_VARIABLE", "y"))
    assert.matches("requires an argument", misuse("run", "-a"))
    assert.matches("must be one of", misuse("restore", "d", "--database", "oracle"))
  end)

  it("never repeat a value in a complaint that may be secret", function()
    assert.is_nil(misuse("run", "-e", "SECRET WORD=hidden", "x"):find("hidden", 1, true))
  end)
end)

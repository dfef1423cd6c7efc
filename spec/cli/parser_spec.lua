-- SPDX-License-Identifier: MIT
local parser = require "oneoff.cli.parser"
local definition = require "oneoff.cli.definition"
local document = require "oneoff.cli.document"
local json = require "cjson"
local manual = require "oneoff.cli.manual"
local settings = require "oneoff.cli.settings"
local shell_words = require "oneoff.cli.shell_words"

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
    assert.matches("is not a time", misuse("run", "--timeout", "0", "x"))
    assert.matches("NAME=VALUE", misuse("run", "-e", "1=x", "y"))
    assert.matches("is not set in this environment",
      misuse("run", "-e", "ONEOFF_NO_SUCH_VARIABLE", "y"))
    assert.matches("requires an argument", misuse("run", "-a"))
    assert.matches("must be one of", misuse("restore", "d", "--database", "oracle"))
  end)

  it("never repeat a value in a complaint that may be secret", function()
    assert.is_nil(misuse("run", "-e", "SECRET WORD=hidden", "x"):find("hidden", 1, true))
  end)

  it("become a line for the shell", function()
    assert.equal("a && b", shell_words.line { "a && b" })
    assert.equal("sh -c 'exit 3'", shell_words.line { "sh", "-c", "exit 3" })
    assert.equal("echo 'it'\\''s' ''", shell_words.line { "echo", "it's", "" })
  end)
end)

describe("the definition", function()
  it("gives every flag of a command a converter that is there, and a text", function()
    local values, seen = require "oneoff.cli.values", {}
    for _, command in ipairs(definition.commands) do
      for _, name in ipairs(definition.flags_of(command)) do
        local flag = assert(definition.flags[name], name)
        assert.is_string(flag.text)
        assert.is_true(flag.kind == nil or type(values[flag.kind]) == "function", name)
        seen[name] = true
      end
    end
    for name in pairs(definition.flags) do
      assert.is_true(seen[name], name .. " is of no command")
    end
  end)

  it("gives no letter twice to a command", function()
    for _, command in ipairs(definition.commands) do
      local taken = {}
      for _, name in ipairs(definition.flags_of(command)) do
        for alias in definition.flags[name][1]:gmatch("%S+") do
          assert.is_nil(taken[alias], command[1] .. " " .. alias)
          taken[alias] = name
        end
      end
    end
  end)

  it("is all in the manual, in lines that roff takes as text", function()
    local text = manual.text()
    for _, command in ipairs(definition.commands) do
      assert.is_truthy(text:find("\n.SS " .. command[1]:gsub("%-", "\\-") .. "\n", 1, true))
    end
    for _, flag in pairs(definition.flags) do
      local long = flag[1]:match("%-%-[%w-]+"):gsub("%-", "\\-")
      assert.is_truthy(text:find(long, 1, true), long)
    end
    for line in text:gmatch("[^\n]+") do
      assert.is_truthy(not line:find("^[.']") or line:find("^%.TH ") or line:find("^%.S[HS] ")
        or line == ".TP" or line == ".PP", line)
    end
  end)
end)

describe("a document", function()
  it("is JSON whatever was printed, with its version", function()
    local text = document.text { list = document.list(),
      out = "a\0\27\"\\\255\226\130\172\237\160\128", number = 3.0,
      part = 0.5, nested = { { x = true } }, left_out = print }
    local value = json.decode(text)
    assert.equal(document.VERSION, value.version)
    assert.equal("a\0\27\"\\\239\191\189\226\130\172" .. ("\239\191\189"):rep(3), value.out)
    assert.is_truthy(text:find('"list": []', 1, true))
    assert.is_truthy(text:find('"number": 3,', 1, true))
    assert.same({ 0.5, true }, { value.part, value.nested[1].x })
    assert.is_nil(value.left_out)
  end)

  it("keeps what is UTF-8, at the edges of it", function()
    for _, good in ipairs { "\194\128", "\224\160\128", "\239\191\191", "\240\144\128\128",
      "\244\143\191\191" } do
      assert.equal(good, document.utf8(good))
    end
    for _, bad in ipairs { "\192\128", "\224\159\191", "\240\143\128\128", "\244\144\128\128",
      "\194", "\226\130", "\128" } do
      assert.is_nil(document.utf8(bad):find(bad, 1, true))
    end
  end)
end)

describe("a git remote", function()
  it("tells the application, and the region", function()
    local function both(address) return { settings.of_remote(address) } end
    assert.same({ "my-app", "osc-fr1" }, both "git@ssh.osc-fr1.scalingo.com:my-app.git")
    assert.same({ "my-app", "osc-fr1" }, both "ssh://git@ssh.osc-fr1.scalingo.com:22/my-app.git")
    assert.same({ "my-app" }, both "git@scalingo.com:my-app.git")
    assert.same({}, both "https://example.org/me/my-app.git")
  end)
end)

-- SPDX-License-Identifier: MIT
-- What CI systems read of a command: JUnit, GitHub's annotations and summary, the POST.
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"

local own, folder

local STEPS = [[return { app = "app", steps = {
  { name = "build", command = "echo fine" },
  { name = "test", command = "echo '::set-output name=a::b'; echo '##[error]x'; exit 3" },
  { name = "deploy", command = "true" } } }]]

local function path_of(name) return folder .. "/" .. name end

local function write(name, text)
  local file = assert(io.open(path_of(name), "wb"))
  file:write(text)
  file:close()
  return path_of(name)
end

local function read(name)
  local file = assert(io.open(path_of(name), "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function run(words, env)
  return program.run(words, { env = program.env(own, env) })
end

local function is_valid(name)
  return host.capture("xmllint --noout --schema spec/cli/junit.xsd " .. path_of(name) .. " 2>&1")
    :find("validates", 1, true) ~= nil
end

-- Runs it while a server takes one request, which it answers. Returns the request, and the status
-- and the output of the program.
local function with_server(words, answer)
  local server = assert(require("socket").bind("127.0.0.1", 0))
  server:settimeout(60)
  local _, port = server:getsockname()
  words[#words + 1] = "--notify"
  words[#words + 1] = ("http://127.0.0.1:%d/hook/secret?key=hidden"):format(port)
  local pipe = io.popen("(" .. program.command(words, { env = program.env(own) })
    .. ") 2>&1; echo \"[$?]\"")
  local peer = assert(server:accept())
  peer:settimeout(60)
  local head, line = {}
  repeat
    line = assert(peer:receive("*l"))
    head[#head + 1] = line
  until line == ""
  head = table.concat(head, "\n")
  local body = assert(peer:receive(tonumber(head:match("[Cc]ontent%-[Ll]ength: (%d+)"))))
  if answer then peer:send(answer) end
  peer:close()
  server:close()
  local out, status = pipe:read("*a"):match("^(.*)%[(%d+)%]\n$")
  pipe:close()
  return { head = head, body = body }, tonumber(status), out
end

describe("a CI system #hosts", function()
  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0", "--app", "app", "--app", "other" }
    folder = host.folder()
    write("steps.lua", STEPS)
    write("good.lua", [[return { app = "app", steps = { "true" } }]])
  end)
  teardown(function()
    own:stop()
    host.remove(folder)
  end)

  it("reads the steps of a task from a JUnit file, and its status stays", function()
    local status = run { "task", path_of("steps.lua"), "--junit", path_of("a.xml") }
    local xml = read("a.xml")
    assert.same({ 3, true }, { status, is_valid("a.xml") })
    assert.matches('tests="3" failures="1" errors="0"', xml, 1, true)
    assert.matches('<testcase classname="oneoff.task.app" name="build" time="%d+%.%d+"><system',
      xml)
    assert.matches('name="deploy" time="0.000"><skipped/>', xml, 1, true)
  end)

  it("reads of an application for each case, and of one that failed", function()
    local status = run { "task", "-a", "app", "-a", "none", path_of("good.lua"), "--junit",
      path_of("fleet.xml") }
    local xml = read("fleet.xml")
    assert.same({ 1, true }, { status, is_valid("fleet.xml") })
    assert.matches('<testcase classname="oneoff.task" name="app" time="[%d.]+"/>', xml)
    assert.matches('name="none" time="[%d.]+"><error message="[^"]+" type="not_found"/>', xml)
  end)

  it("never reads a success of a run that could not begin, or was killed", function()
    write("b.xml", "<old/>")
    local status = run { "task", "-a", "none", path_of("good.lua"), "--junit", path_of("b.xml") }
    assert.same({ 125, true }, { status, is_valid("b.xml") })
    assert.matches('type="not_found"', read("b.xml"), 1, true)
    write("b.xml", "<old/>")
    run({ "task", path_of("good.lua"), "--junit", path_of("b.xml") },
      { SCALINGO_API_TOKEN = "tk-us-wrong" })
    assert.matches('type="unauthorized"', read("b.xml"), 1, true)
    write("kill.lua", [[os.execute("kill -9 $PPID") return {}]])
    run { "task", path_of("kill.lua"), "--junit", path_of("b.xml") }
    assert.is_true(is_valid("b.xml"))
    assert.matches("oneoff did not come to its end", read("b.xml"), 1, true)
  end)

  it("reads what became of a run that a signal ended", function()
    write("long.lua", [[return { app = "app", steps = { "echo up; sleep 60", "true" } }]])
    local pipe = io.popen("(" .. program.command({ "task", path_of("long.lua"), "--junit",
      path_of("c.xml") }, { env = program.env(own), launcher = "exec" })
      .. ") 2>&1 & echo $!; wait $!; echo \"[$?]\"")
    local pid = pipe:read("*l")
    repeat until assert(pipe:read("*l")) == "up"
    os.execute("kill -TERM " .. pid)
    assert.matches("%[143%]\n$", pipe:read("*a"))
    pipe:close()
    assert.is_true(is_valid("c.xml"))
    assert.matches('message="interrupted by signal 15" type="canceled"', read("c.xml"), 1, true)
  end)

  it("gets no container where the JUnit file cannot be written", function()
    local status, _, err = run { "task", path_of("good.lua"), "--junit", "/none/a.xml" }
    assert.equal(125, status)
    assert.matches("--junit /none/a.xml: No such file", err, 1, true)
  end)

  it("obeys no line of a container", function()
    local status, out, err = run({ "task", path_of("steps.lua") },
      { GITHUB_ACTIONS = "true", GITHUB_STEP_SUMMARY = path_of("summary.md") })
    local word, rest = out:match("^::stop%-commands::(oneoff%-%x+)\n(.*)$")
    assert.equal(3, status)
    assert.equal("fine\n::set-output name=a::b\n##[error]x\n\n::" .. word
      .. "::\n::error title=oneoff task%3A app::test: exit code 3: # #[error]x\n", rest)
    for line in err:gmatch("[^\n]+") do
      assert.is_nil(line:match("^%s*::") or line:match("##%["))
    end
    assert.matches("### oneoff task: app\n\nFailed in", read("summary.md"), 1, true)
    assert.matches("| deploy | not run |", read("summary.md"), 1, true)
  end)

  it("gets the bytes of run as they are, and its failure", function()
    local status, out, err = run({ "run", "-a", "app", "echo '::error::x'; exit 4" },
      { GITHUB_ACTIONS = "true", GITHUB_STEP_SUMMARY = path_of("run.md") })
    assert.same({ 4, "::error::x\n" }, { status, out })
    local word = err:match("::stop%-commands::(%S+)\n")
    assert.matches("::" .. word .. "::\n::error title=oneoff run%3A app::it ended with the exit "
      .. "status 4\n", err, 1, true)
    assert.matches("Failed in", read("run.md"), 1, true)
    status, out, err = run({ "run", "-a", "app", "--json", "echo '##[error]x'" },
      { GITHUB_ACTIONS = "true" })
    assert.equal(0, status)
    assert.equal("##[error]x\n", json.decode(out).output)
    assert.is_nil(out:find("##[", 1, true))
    assert.is_nil(err:find("::error", 1, true))
  end)

  it("sees nothing of this elsewhere, and a summary that fails changes no status", function()
    local _, out, err = run { "task", path_of("good.lua") }
    assert.is_nil((out .. err):find("::", 1, true))
    local status
    status, _, err = run({ "task", path_of("good.lua") },
      { GITHUB_ACTIONS = "true", GITHUB_STEP_SUMMARY = "/none/summary.md" })
    assert.equal(0, status)
    assert.matches("the step summary: /none/summary.md: No such file", err, 1, true)
  end)

  it("is sent the document of a command, once, without a token", function()
    local request, status = with_server({ "task", path_of("steps.lua") },
      "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
    local value = json.decode(request.body)
    assert.same({ 3, 3, "task", 1, 3 }, { status, value.status, value.command, value.version,
      #value.steps })
    assert.matches("^POST /hook/secret%?key=hidden HTTP/1.1\n", request.head)
    assert.matches("Content-Type: application/json", request.head, 1, true)
    assert.is_nil(request.head:find("Authorization", 1, true))
  end)

  it("that does not take the document changes no status, and no secret is printed", function()
    for _, answer in ipairs { "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "" } do
      local _, status, out = with_server({ "task", path_of("good.lua") }, answer)
      assert.equal(0, status)
      assert.matches("--notify 127.0.0.1: ", out, 1, true)
      assert.is_nil(out:find("secret", 1, true) or out:find("hidden", 1, true))
    end
    local status, _, err = run { "task", path_of("good.lua"), "--notify", "ftp://x/" }
    assert.equal(2, status)
    assert.matches("option '--notify': an http:// or https:// address expected", err, 1, true)
  end)
end)

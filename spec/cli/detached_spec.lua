-- SPDX-License-Identifier: MIT
-- A detached run ends with its command's own exit code, or says that nobody knows it: never with 0.
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"

local own, account

local function start(...)
  local flags = { "--rate", "0", "--start-delay", "0" }
  for _, flag in ipairs { ... } do flags[#flags + 1] = flag end
  own = host.start(flags)
  account = own:account { requests_per_minute = 0 }
end

local function run(words, options)
  options = options or {}
  options.env = program.env(own, options.env)
  return program.run(words, options)
end

local function wait_for(line, ...)
  return run { "run", "-a", "app", "-d", "--wait", line, ... }
end

-- It goes on by itself; the pipe gives its stdout, and at the end its status.
local function background(words)
  local pipe = io.popen("(" .. program.command(words, { env = program.env(own), launcher = "exec" })
    .. ") 2>&1 & echo $!; wait $!; echo \"[$?]\"")
  return pipe, pipe:read("*l")
end

local function read_to(pipe, line)
  repeat until assert(pipe:read("*l")) == line
end

local function only_container()
  local found
  repeat found = own:living(account, "app")[1] until found and found.state == "running"
  return found
end

describe("a detached run #hosts", function()
  after_each(function()
    account:close()
    own:stop()
  end)

  it("ends with the exit code of its command, and its output is the command's", function()
    start()
    for _, case in ipairs { { "exit 0", 0, "" },
      { "echo one; printf two; exit 3", 3, "one\ntwo\n" },
      { "no-such-command", 127, nil }, { "kill -9 $$", 137, "" }, { "exit 255", 255, "" },
      { "cat <<'END'\nit's \"$HOME\"\nEND", 0, "it's \"$HOME\"\n" },
      { "trap 'echo int; exit 4' INT; kill -INT $$; sleep 5", 4, "int\n" } } do
      local status, out = wait_for(case[1])
      assert.same({ case[1], case[2], case[3] or out }, { case[1], status, out })
    end
    local status, out = run { "run", "-a", "app", "-d", "--wait", "--json", "echo a; exit 6" }
    local value = json.decode(out)
    assert.same({ 6, 6, "a\n", true, false },
      { status, value.exit_code, value.output, value.ended, value.ok })
  end)

  it("gives signals to its command", function()
    start()
    local pipe = background { "run", "-a", "app", "-d", "--wait",
      "trap 'echo got it; exit 9' USR1; echo up; while :; do sleep 0.05; done" }
    read_to(pipe, "up")
    assert(account:signal("app", only_container().id, "SIGUSR1"))
    assert.matches("got it\n.*%[9%]\n$", pipe:read("*a"))
    pipe:close()
  end)

  for _, fault in ipairs { "log-204", "log-404", "logtext-close", "logtext-truncated",
    "logtext-500", "logs-503", "ps-503", "logtext-reset" } do
    it("knows its exit code in spite of " .. fault, function()
      start("--fault", fault .. "=2")
      local status, out = wait_for("echo a line; sleep 0.3; echo another; exit 5")
      assert.same({ 5, "a line\nanother\n" }, { status, out })
    end)
  end

  it("that was stopped has no exit code: 125", function()
    start()
    local pipe = background { "run", "-a", "app", "-d", "--wait", "sleep 60" }
    assert(account:stop("app", only_container().id))
    local rest = pipe:read("*a")
    assert.matches("no line of its log tells its exit code", rest)
    assert.matches("%[125%]\n$", rest)
    pipe:close()
  end)

  it("whose log cannot be read has no exit code: 125", function()
    start("--fault", "logtext-404")
    local status, out = run { "run", "-a", "app", "-d", "--wait", "--json", "exit 0" }
    local value = json.decode(out)
    assert.same({ 125, "no_exit_code", 125 }, { status, value.error.code, value.status })
  end)

  it("is taken up again after a kill, by the label alone", function()
    start()
    local pipe, pid = background { "run", "-a", "app", "-d", "--wait",
      "echo first; while ! [ -e /tmp/go ]; do read -t 0.1 x; done; exit 8" }
    read_to(pipe, "first")
    os.execute("kill -9 " .. pid)
    pipe:close()
    local label = only_container().label
    -- A label that this one begins with is another container.
    local status, out = run { "wait", "-a", "app", label:sub(1, -2), "--json" }
    assert.same({ 125, "no_exit_code", "" },
      { status, json.decode(out).error.code, json.decode(out).output })
    local again = background { "wait", "-a", "app", label }
    read_to(again, "first")
    assert(account:signal("app", only_container().id, "SIGUSR2"))
    assert.matches("%[140%]\n$", again:read("*a"))
    again:close()
    -- And once more, after its end.
    status, out = run { "wait", "-a", "app", label }
    assert.same({ 140, "first\n" }, { status, out })
  end)

  it("is not stopped by who only waits", function()
    start()
    run { "run", "-a", "app", "-d", "sleep 60" }
    local status, _, err = run { "wait", "-a", "app", only_container().label, "--timeout", "0.3" }
    assert.equal(124, status)
    assert.matches("wait: the time%-out of 0.3 s passed", err)
    assert.equal(1, #own:living(account, "app"))
  end)

  it("shows the command as it was given", function()
    start()
    run { "run", "-a", "app", "-d", "sh", "-c", "sleep 60", "it's" }
    local _, out = run { "list", "-a", "app" }
    assert.matches("sh -c 'sleep 60' 'it'\\''s' # oneoff", out, 1, true)
  end)
end)

-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"
local pty = require "spec.cli.pty"

local own, account, folder

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

local function two(first, second)
  return { first, second }
end

-- It goes on by itself; the pipe gives its stdout, and at the end its status.
local function background(words)
  local pipe = io.popen("(" .. program.command(words, { env = program.env(own), launcher = "exec" })
    .. ") 2>/dev/null & echo $!; wait $!; echo \"[$?]\"")
  return pipe, pipe:read("*l")
end

-- One document and nothing else, with the status that it names.
local function document(words, options)
  local status, out, err = run(words, options)
  local value = json.decode(out)
  assert.equal(1, value.version)
  assert.equal(value.status or 0, status)
  return value, status, err
end

describe("the program oneoff #hosts", function()
  setup(function()
    own = host.start({ "--start-delay", "0", "--rate", "0" })
    account = own:account { requests_per_minute = 60000 }
    folder = host.folder()
  end)
  teardown(function()
    account:close()
    own:stop()
    host.remove(folder)
  end)

  it("runs a command: its bytes on stdout, nothing else, its exit code", function()
    assert.same({ 3, "out\nerr\n", "" },
      { run { "run", "-a", "app", "echo out; echo err >&2; exit 3" } })
    assert.same({ 0, "a b|c\n" },
      two(run { "run", "-a", "app", "printf", "%s|%s\\n", "a b", "c" }))
  end)

  it("has the statuses of a command that cannot run", function()
    assert.equal(127, (run { "run", "-a", "app", "no-such-command" }))
    assert.equal(126, (run { "run", "-a", "app", "/etc/passwd" }))
    assert.equal(137, (run { "run", "-a", "app", "kill -9 $$" }))
  end)

  it("sends what comes through a pipe", function()
    assert.same({ 0, "go\n2\n" }, two(run({ "run", "-a", "app", "echo go; wc -l" },
      { input = "one\ntwo\n" })))
  end)

  it("sets the container's environment, from here too", function()
    local _, out = run({ "run", "-a", "app", "-e", "A=1 2", "-e", "B", 'echo "$A,$B,$TERM"' },
      { env = { B = "three" } })
    assert.equal("1 2,three,dumb\n", out)
  end)

  it("uploads files first", function()
    local path = write("a file.csv", ("x"):rep(2 * 1024 * 1024))
    local status, out, err = run { "run", "-a", "app", "-f", path,
      "wc -c <'/tmp/uploads/a file.csv'" }
    assert.same({ 0, "2097152\n" }, { status, out })
    assert.matches("uploading .*a file.csv: 100%% of 2.0 MiB\n$", err)
    assert.is_nil(err:find("\27", 1, true))
    assert.equal("", select(3, run { "run", "--no-progress", "-a", "app", "-f", path, "true" }))
    local before = own:count("run")
    status, out, err = run { "run", "-a", "app", "-f", folder .. "/none", "ls" }
    assert.same({ 125, "" }, { status, out })
    assert.matches("No such file", err)
    assert.equal(125, (run { "run", "-a", "app", "-f", folder, "ls" }))
    assert.equal(before, own:count("run"))
  end)

  it("runs the command of a type of the Procfile", function()
    assert.same({ 7, "typed\n" },
      two(run { "run", "-a", "app", "-t", "shell", "--", "-c 'echo typed; exit 7'" }))
    local status, _, err = run { "run", "-a", "app", "-t", "none" }
    assert.equal(125, status)
    assert.matches("no process type 'none'", err)
  end)

  it("prints one document with --json, of a failure too", function()
    local value = document { "run", "-a", "app", "--json", "echo 'a\"b'; exit 5" }
    assert.same({ 5, 'a"b\n', "run", "app" },
      { value.exit_code, value.output, value.command, value.app })
    assert.matches("^one%-off%-%d+$", value.container.label)
    local failed, status = document { "run", "-a", "app", "--json", "-t", "none" }
    assert.same({ 125, "not_found" }, { status, failed.error.code })
    value = document({ "run", "-a", "app", "--format", "json", "cat" }, { input = "line\n" })
    assert.equal("line\n", value.output)
  end)

  it("stops the container at the time-out: 124", function()
    local status, _, err = run { "run", "-a", "app", "--timeout", "0.5", "sleep 60" }
    assert.equal(124, status)
    assert.matches("stopped", err)
    assert.matches("the time%-out of 0.5 s passed", err)
    local value
    value, status = document { "run", "-a", "app", "--timeout", "0.5", "--json", "sleep 60" }
    assert.same({ 124, "timeout", true }, { status, value.error.code, value.error.detail.stopped })
    assert.same({}, own:living(account, "app"))
  end)

  it("stops the container when it is told to end: 143", function()
    for _, flags in ipairs { {}, { "--json" }, { "-d", "--wait" } } do
      local words = { "run", "-a", "term" }
      for _, flag in ipairs(flags) do words[#words + 1] = flag end
      words[#words + 1] = "sleep 60"
      local pipe, pid = background(words)
      repeat until #own:living(account, "term") == 1
      os.execute("kill -TERM " .. pid)
      local rest = pipe:read("*a")
      pipe:close()
      assert.matches("%[143%]", rest)
      assert.same({}, own:living(account, "term"))
    end
  end)

  it("stops the container when it is told twice at once to end, as timeout does", function()
    local pipe, pid = background { "run", "-a", "twice", "sleep 60" }
    repeat until #own:living(account, "twice") == 1
    local stops = own:count("stop")
    os.execute("kill -TERM " .. pid)
    repeat until own:count("stop") > stops -- the first one was heard
    os.execute("kill -TERM " .. pid)
    assert.matches("%[143%]", pipe:read("*a"))
    pipe:close()
    assert.same({}, own:living(account, "twice"))
    for _ = 1, 5 do
      local status = run({ "run", "-a", "twice", "sleep 60" }, { launcher = "timeout 0.5" })
      assert.equal(124, status)
      assert.same({}, own:living(account, "twice"))
    end
  end)

  it("starts detached containers, and waits for their exit code", function()
    local status, out, err = run { "run", "-a", "app", "-d", "true" }
    assert.same({ 0, "" }, { status, err })
    assert.matches("^one%-off%-%d+\n$", out)
    status, out, err = run { "run", "-a", "app", "-d", "--wait", "echo logged; exit 3" }
    assert.same({ 3, "logged\n" }, { status, out })
    assert.matches("has ended: exit code 3", err)
    local value = document { "run", "-a", "app", "-d", "--wait", "--json", "echo logged" }
    assert.same({ true, "logged\n", 0 }, { value.ended, value.output, value.exit_code })
  end)

  it("lists, signals and stops", function()
    local _, out = run { "run", "-a", "many", "-d",
      "trap 'echo got it' USR1; echo up; while :; do sleep 0.1; done" }
    local label = out:match("%S+")
    local function logged(word)
      local status, text = run { "logs", "-a", "many", "-F", label }
      assert.equal(0, status)
      return text:find(word, 1, true)
    end
    repeat until logged("up")
    local value = document { "list", "-a", "many", "--json" }
    assert.same({ 1, label, "running" },
      { #value.containers, value.containers[1].label, value.containers[1].state })
    assert.is_truthy(select(2, run { "list", "-a", "many" }):find(label, 1, true))
    assert.equal(0, (run { "signal", "USR1", label, "-a", "many" }))
    repeat until logged("got it")
    assert.equal(2, (run { "signal", "KILL", label, "-a", "many" }))
    assert.equal(125, (run { "stop", "one-off-1", "-a", "many" }))
    assert.equal(2, (run { "stop", "-a", "many" }))
    value = document { "stop", label, "-a", "many", "--json" }
    assert.equal(label, value.containers[1].label)
    run { "run", "-a", "many", "-d", "sleep 60" }
    run { "run", "-a", "many", "-d", "sleep 60" }
    assert.equal(0, (run { "stop", "--all", "-a", "many" }))
    assert.same({}, own:living(account, "many"))
    assert.equal("", (select(2, run { "list", "-a", "many" })):gsub("[^\n]*stopping[^\n]*\n", "")
      :gsub("CONTAINER[^\n]*\n", ""))
  end)

  it("prints logs, which a reader may leave", function()
    run { "run", "-a", "logs", "-d", "--wait", "--quiet", "echo one; echo two" }
    local value = document { "logs", "-a", "logs", "-n", "2", "--json" }
    assert.equal(2, #value.lines)
    assert.matches("%] two$", value.lines[1])
    assert.matches("%] oneoff%-exit%-%x+ 0 $", value.lines[2])
    run { "run", "-a", "logs", "-d", "while echo tick; do sleep 0.05; done" }
    local line = host.capture("(" .. program.command({ "logs", "-a", "logs", "--follow" },
      { env = program.env(own) }) .. ") </dev/null | grep -m 1 tick")
    assert.matches("%] tick\n$", line)
    run { "stop", "--all", "-a", "logs" }
  end)

  it("runs the steps of a file, with arguments, flags over it, and several applications", function()
    local path = write("task.lua", [[
      local word = ...
      return { app = "described", env = { A = "file", B = "file" }, steps = {
        { name = "say", command = 'echo "$A $B ' .. (word or "none") .. '"' }, "exit 4" } }]])
    local status, out, err = run { "task", path, "word", "-e", "A=flag" }
    assert.same({ 4, "flag file word\n" }, { status, out })
    assert.matches("step 2/2: exit 4\n", err)
    assert.matches("exit code 4", err)
    local value = document { "task", path, "--json" }
    assert.same({ false, 2, "described" }, { value.ok, #value.steps, value.app })
    value = document { "task", path, "--dry-run", "--json" }
    assert.equal("say", value.plan.steps[1].name)
    status, out = run { "task", path, "-a", "x", "-a", "y", "--json" }
    assert.same({ 1, 2 }, { status, json.decode(out:match("([^\n]+)\n$")).failed })
    path = write("bad.lua", "return { app = 'x', steps = { 'true' }, stepz = 1 }")
    status, out, err = run { "task", path }
    assert.equal("", out)
    assert.equal(125, status)
    assert.matches("no such option", err)
    assert.equal(125, (run { "task", write("worse.lua", "return {") }))
    assert.equal(125, (run { "task", folder .. "/none.lua" }))
  end)

  it("uploads files and runs a command on them", function()
    local path = write("data", "1234567")
    assert.same({ 0, "7 /tmp/uploads/data\n" },
      two(run { "upload", path, "-a", "app", "--quiet", "--", "wc -c /tmp/uploads/data" }))
    local status, out, err = run { "upload", "-a", "app", path }
    assert.equal(0, status)
    assert.matches("7 [^\n]* data\n", out)
    assert.matches("verified", err)
    local before = own:count("run")
    assert.equal(0, (run { "upload", "-a", "app", path, "--dry-run" }))
    assert.equal(before, own:count("run"))
  end)

  it("restores and checks a dump, and demands a confirmation", function()
    local path = write("dump.sql", "create table t(a);\ninsert into t values(1),(2);\n")
    local words = { "restore", path, "-a", "app", "--database", "sqlite", "--json",
      "--check", "select count(*) from t", "--expect", "2" }
    local value = document(words)
    assert.same({ true, 1, true }, { value.ok, #value.checks, value.checks[1].ok })
    words[#words] = "3"
    local status
    value, status = document(words)
    assert.same({ 1, "check_failed" }, { status, value.code })
    words[4] = "my-production"
    local err
    value, status, err = document(words)
    assert.same({ 125, "invalid" }, { status, value.error.code })
    assert.matches("my%-production .* option '%-%-confirm'", err)
    words[#words + 1] = "--dry-run"
    assert.equal("sqlite", document(words).plan.database)
    value, status, err = document { "restore", path, "-a", "app", "--json" }
    assert.same({ 125, "invalid" }, { status, value.error.code })
    assert.matches("option '%-%-database'", value.error.message)
    assert.matches("option '%-%-database'", err)
  end)

  it("runs steps around a restore: SQL, a file, whatever its name is, and commands", function()
    local path = write("dump.sql", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
      .. "CREATE TABLE t(a);\nINSERT INTO t VALUES(1);\nINSERT INTO t VALUES(2);\nCOMMIT;\n")
    local file = write("two words.sql", "update t set a = a + 10;\n")
    local words = { "restore", path, "-a", "app", "--json", "--before", "!echo first; exit 0",
      "--after", "update t set a = -a;", "--after", file, "--after", "!echo last",
      "--check", "select sum(a) from t", "--expect", "17" }
    local value, status = document(words)
    assert.equal(0, status, value.why)
    local names = {}
    for i, step in ipairs(value.steps) do names[i] = step.name end
    assert.equal("SQLite client, read, before: select sum(a) from t, echo first; exit 0, restore, "
      .. "rows, update t set a = -a;, two words.sql, echo last, rows as in the dump, "
      .. "select sum(a) from t", table.concat(names, ", "))
    assert.same({ { name = "t", rows = 2, restored = 2, ok = true } }, value.tables)
    words[#words + 1] = "--no-verify-rows"
    assert.is_nil(document(words).tables)
    words[7] = "vacuum"
    value, status = document(words)
    assert.same({ 125, "invalid" }, { status, value.error.code })
  end)

  it("names options as flags where a restore failed", function()
    local path = write("bad.sql", "create table t(a);\ncreate table t(a);\n")
    local status, _, err = run { "restore", path, "-a", "app", "--database", "sqlite", "--target",
      "/nowhere/file" }
    assert.is_true(status > 0)
    assert.matches("  why: the file .* with option '%-%-target'\n  now: nothing was changed", err)
  end)

  it("is interactive on a terminal, after a bar that goes away", function()
    local path = write("file", ("x"):rep(5000))
    local screen = pty.start(program.command({ "run", "-a", "app", "-f", path, "bash" },
      { env = program.env(own, { TERM = "screen" }) }) .. "; echo \"status $?\"")
    screen:see("([#$])")
    screen:type("stty size; wc -c <" .. "/tmp/uploads/file; exit 9\n")
    local text = screen:see("(.*status 9)")
    assert.matches("\n30 100\n5000\n", text)
    assert.is_nil(text:find("uploading", 1, true))
    screen:stop()
  end)

  it("says only what it is asked to", function()
    local words = { "run", "-a", "app", "--timeout", "0.3", "sleep 60" }
    local loud = select(3, run(words))
    table.insert(words, 2, "--quiet")
    local quiet = select(3, run(words))
    words[2] = "--silent"
    assert.same({ 124, "", "" }, { run(words) })
    assert.matches("time%-out of 0.3 s passed", quiet)
    assert.is_true(#quiet < #loud)
    words[2] = "--verbose"
    assert.is_true(#select(3, run(words)) > #loud)
  end)

  it("says what is wrong with its use: 2", function()
    for _, words in ipairs { { "run" }, { "run", "-a", "app" }, { "ru" }, { "run", "--bad" },
      { "run", "-a", "app", "--wait", "x" }, { "run", "-a", "app", "-d", "-f", "x", "y" },
      { "logs", "-a", "app", "--follow", "--json" }, { "stop", "-a", "app" } } do
      local status, out, err = run(words)
      assert.same({ 2, "" }, { status, out })
      assert.matches("^oneoff: [^\n]+\noneoff: see oneoff [^\n]*%-%-help\n$", err)
    end
  end)

  it("prints the commands where none is given, and the help of one", function()
    local status, out, err = run {}
    assert.same({ 2, "" }, { status, err })
    for _, name in ipairs { "run", "list, ps", "restore" } do
      assert.is_truthy(out:find("   " .. name, 1, true), name)
    end
    local _, help = run { "run", "--help" }
    assert.same({ 0, help }, two(run { "help", "run" }))
    assert.matches("Examples:\n   oneoff list", select(2, run { "help", "ps" }))
  end)

  it("sets the variables of a file", function()
    local path = write("variables", "A=from file\nB=2\n")
    local _, out = run { "run", "-a", "app", "--env-file", path, "-e", "B=3", 'echo "$A,$B"' }
    assert.equal("from file,3\n", out)
  end)

  it("explains an application that is named after the command", function()
    local status, _, err = run({ "run", "ls", "-a", "app" }, { folder = folder })
    assert.equal(125, status)
    assert.matches("%-a after the command belongs to the command: for oneoff, write oneoff run %-a",
      err)
    status, _, err = run({ "run", "echo", "-a", "x" }, { env = { SCALINGO_APP = "app" } })
    assert.equal(0, status)
    assert.matches("^oneoff: %-a after the command belongs to the command", err)
    assert.equal("", select(3, run({ "run", "ls", "-a" }, { env = { SCALINGO_APP = "app" } })))
  end)

  it("has help, a version, a manual and completions", function()
    local status, out = run { "run", "--help" }
    assert.equal(0, status)
    assert.matches("%-%-no%-stop", out)
    assert.matches("^oneoff %d", select(2, run { "--version" }))
    assert.matches("^%.TH ONEOFF 1", select(2, run { "manual" }))
    assert.matches("#compdef oneoff", select(2, run { "completion", "zsh" }))
    local bash = write("completion", select(2, run { "completion", "bash" }))
    local found = host.capture(("bash -c %s"):format(host.quote(". " .. bash
      .. "; COMP_WORDS=(oneoff resto); COMP_CWORD=1; _oneoff; echo ${COMPREPLY[@]}"
      .. "; COMP_WORDS=(oneoff run --det); COMP_CWORD=2; _oneoff; echo ${COMPREPLY[@]}")))
    assert.equal("restore\n--detached\n", found)
  end)
end)

describe("the program oneoff and a platform in trouble #hosts", function()
  it("says so: 125", function()
    own = host.start({ "--start-delay", "0", "--app", "known", "--inactivity", "1.5" })
    local status, out, err = run { "run", "-a", "unknown", "ls" }
    assert.same({ 125, "" }, { status, out })
    assert.matches("^oneoff: run: ", err)
    local value
    value, status = document { "list", "-a", "unknown", "--json" }
    assert.same({ 125, "not_found" }, { status, value.error.code })
    assert.equal(124, (run { "run", "-a", "known", "sleep 60" }))
    own:kill()
    status, out, err = run { "list", "-a", "known" }
    assert.same({ 125, "" }, { status, out })
    assert.matches("onnect", err)
    own:stop()
  end)

  it("leaves no container behind when the answer to its request is lost", function()
    own = host.start({ "--start-delay", "0", "--fault", "run-lost" })
    account = own:account { requests_per_minute = 60000 }
    for _, flags in ipairs { {}, { "-d" }, { "-d", "--wait" }, { "--json" } } do
      local words = { "run", "-a", "app" }
      for _, flag in ipairs(flags) do words[#words + 1] = flag end
      words[#words + 1] = "sleep 60"
      local status, _, err = run(words)
      assert.equal(125, status)
      assert.matches("oneoff: run: .*\noneoff: the container was stopped\n", err)
      assert.same({}, own:living(account, "app"))
    end
    account:close()
    own:stop()
  end)

  it("ends when nobody reads, and stops the container", function()
    own = host.start({ "--start-delay", "0" })
    account = own:account { requests_per_minute = 60000 }
    for _, flags in ipairs { {}, { "--keepalive", "60" } } do
      local words = { "run", "-a", "app", "--quiet" }
      for _, flag in ipairs(flags) do words[#words + 1] = flag end
      words[#words + 1] = "while echo y; do sleep 0.01; done"
      local got = host.capture("(" .. program.command(words, { env = program.env(own) })
        .. "; echo $? >&2) 2>&1 </dev/null | head -n 1")
      assert.matches("^y", got)
      assert.same({}, own:living(account, "app"))
    end
    account:close()
    own:stop()
  end)
end)

describe("oneoff host #hosts", function()
  it("starts a platform, says how to use it, and ends with us", function()
    own = host.start({}) -- for its folder only: HOME
    local pipe, pid = background { "host", "--", "--app", "here" }
    local env = { HOME = own.folder }
    for _ = 1, 3 do
      local name, value = pipe:read("*l"):match("^export (%S+)=(.*)$")
      env[name] = value
    end
    assert.same({ 0, "hi\n" },
      two(program.run({ "run", "-a", "here", "echo hi" }, { env = env })))
    assert.equal(125, (program.run({ "list", "-a", "other" }, { env = env })))
    os.execute("kill -TERM " .. pid)
    assert.matches("%[143%]", pipe:read("*a"))
    pipe:close()
    assert.equal("1\n", host.capture(("bash -c '</dev/tcp/127.0.0.1/%s' 2>/dev/null; echo $?")
      :format(env.SCALINGO_API_URL:match("%d+$"))))
    own:stop()
  end)

  it("passes help on, and says where there is none", function()
    own = host.start({})
    local status, out = run { "host", "--", "--help" }
    assert.equal(0, status)
    assert.matches("^usage: oneoff%-host", out)
    assert.equal(127, (run({ "host" }, { env = { ONEOFF_HOST = "/no/such/program" } })))
    own:stop()
  end)
end)

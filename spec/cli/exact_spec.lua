-- SPDX-License-Identifier: MIT
-- `oneoff run` in pipes: the bytes of the command, neither more nor less, on a real terminal too.
local host = require "spec.support.host"
local program = require "spec.cli.program"
local pty = require "spec.cli.pty"

local BYTES = 3 * 1024 * 1024 + 7

describe("oneoff run in a pipe #hosts", function()
  local own, account, folder, screen

  setup(function()
    own = host.start { "--start-delay", "0", "--rate", "0" }
    account = own:account { requests_per_minute = 60000 }
    folder = host.folder()
    os.execute(("head -c %d /dev/urandom >%s/random"):format(BYTES, folder))
  end)

  after_each(function()
    if screen then screen:stop() end
    screen = nil
  end)

  teardown(function()
    account:close()
    own:stop()
    host.remove(folder)
  end)

  -- The shell's text that runs it: a command of the container, after options.
  local function oneoff(command, options)
    local words = { "run", "-a", "app" }
    for _, option in ipairs(options or {}) do words[#words + 1] = option end
    words[#words + 1] = command
    return "(" .. program.command(words, { env = program.env(own, { TERM = "screen" }) }) .. ")"
  end

  local function shell(text)
    return host.capture("cd " .. folder .. "; exec 2>&1; " .. text)
  end

  it("echoes nothing of its input, and adds no CR", function()
    assert.equal("secret\n", shell("echo secret | " .. oneoff "cat"))
    assert.equal("a\r\nb", shell("printf 'a\\r\\nb' | " .. oneoff "cat"))
    assert.equal("", shell("true | " .. oneoff "cat"))
    assert.equal("1\n2\n", shell(oneoff "seq 2" .. " </dev/null"))
  end)

  it("sends and gives every byte, and ends the input", function()
    assert.equal("same\n", shell("cat random | " .. oneoff "cat" .. " | cmp - random && echo same"))
    assert.equal("same\n", shell(oneoff "cat" .. " <random >copy && cmp copy random && echo same"))
    local zero = "head -c 10000 /dev/zero"
    assert.equal("10001\n", shell("{ " .. zero .. "; echo; } | " .. oneoff "wc -c"))
    assert.equal("same\n", shell(oneoff("head -c 1M /dev/urandom | tee /tmp/made; "
      .. "sha256sum </tmp/made", {}) .. [[ </dev/null >made; head -c 1M made | sha256sum >sum
      tail -c +1048577 made | cmp - sum && echo same]]))
  end)

  it("has the exit code of the command, however that ends", function()
    for line, code in pairs { ["cat >/dev/null; exit 7"] = 7, ["no-such-command"] = 127,
      ["/etc/passwd"] = 126, ["kill -9 $$"] = 137, ["exec false"] = 1,
      ["cat <<E >/dev/null; exit 5\n}\nE"] = 5, ["exit 6 # comment"] = 6 } do
      for _, input in ipairs { "echo x | ", "" } do
        local text = shell(input .. oneoff(line) .. " >/dev/null 2>&1 </dev/"
          .. (input == "" and "null" or "stdin") .. "; echo $?")
        assert.equal(code .. "\n", text)
      end
    end
    assert.matches("syntax error", shell("echo x | " .. oneoff "if"))
  end)

  it("does not wait for the end of an input that the command does not read", function()
    assert.equal("y\n0\n", shell("yes 2>/dev/null | { " .. oneoff "head -n 1" .. "; echo $?; }"))
    assert.equal("over\n", shell("mkfifo held; exec 9<>held; " .. oneoff "echo over" .. " <&9"))
  end)

  it("sends each piece of the input as it comes", function()
    assert.equal("got one\n", shell("mkfifo to from; " .. oneoff [[while read x; do
      echo "got $x"; done]] .. [[ <to >from & exec 8>to 9<from; echo one >&8; read line <&9
      echo "$line"; exec 8>&-; wait]]))
  end)

  it("leaves the input alone with --no-input", function()
    assert.equal("1 0\n2 0\n3 0\n", shell("seq 3 | while read x; do echo \"$x $( "
      .. oneoff("wc -c", { "-n" }) .. ")\"; done"))
    assert.equal("1 0\n2 0\n", shell("seq 2 | while read x; do echo \"$x $( "
      .. oneoff("wc -c", { "-nq", "--keepalive", "60" }) .. ")\"; done"))
    assert.matches("^0\r?\n$", shell("seq 3 | " .. oneoff("wc -c", { "-n", "--tty" })))
  end)

  it("ends when its reader goes, though the command is silent", function()
    local before = os.time()
    assert.equal("x\n", shell(oneoff "echo x; sleep 300" .. " 2>/dev/null </dev/null | head -n 1"))
    assert.is_true(os.time() - before < 200)
    assert.same({}, own:living(account, "app"))
  end)

  it("gives a terminal with --tty", function()
    assert.equal("out\r\n", shell(oneoff("test -t 0 && test -t 1 && echo out", { "--tty" })
      .. " </dev/null"))
    assert.equal("secret\r\n", shell("echo secret | " .. oneoff("stty -echo; cat", { "--tty" })
      .. " | tail -n 1"))
    assert.matches("cannot be used with %-%-no%-tty", shell(oneoff("x", { "--tty", "--no-tty" })))
  end)

  it("needs no stty for its output, and refuses to change its input without one", function()
    local words = { "-n", "-e", "PATH=/nowhere" }
    assert.equal("a\nb\r\n", shell(oneoff("printf 'a\\nb\\r\\n'", words)))
    table.remove(words, 1)
    assert.matches("oneoff: run: the container has no stty.*%-%-tty.*\n125\n$",
      shell("echo x | " .. oneoff("echo never", words) .. "; echo $?"))
  end)

  it("shows the user's command in the list", function()
    local list = program.command({ "list", "-a", "app" }, { env = program.env(own) })
    for _, option in ipairs { "--no-tty", "--no-input" } do
      assert.matches("  echo up; sleep 300 # oneoff%-%x+\n", shell("echo x | "
        .. oneoff("echo up; sleep 300", { option }) .. " | { read up; " .. list .. "; }"))
    end
  end)

  it("takes keys as the container does, where only the output is a pipe", function()
    screen = pty.start("cd " .. folder .. "; stty -a >$D/before; "
      .. oneoff [[echo up; read x; echo "got $x"
      stty -echo; echo hidden; read y; echo "length ${#y}"]] .. " | tee copy | cat; "
      .. "stty -a >$D/after;"
      .. " cmp $D/before $D/after && echo the same")
    screen:see("^%s*up\n")
    screen:type("first\n")
    screen:see("up\nfirst\ngot first\nhidden\n")
    screen:type("password\n")
    local text = screen:see("(.*length 8\nthe same)")
    assert.is_nil(text:find("password", 1, true))
    assert.equal(1, select(2, text:gsub("first\ngot", "")))
    assert.equal("up\nfirst\ngot first\nhidden\nlength 8\n", shell "cat copy")
  end)

  for _, output in ipairs { "", " | cat" } do
    it("echoes once what is typed before the container is there" .. output, function()
      local late = host.start { "--start-delay", "1.5", "--rate", "0" }
      local command = program.command({ "run", "-a", "app", 'read x; echo "got $x"' },
        { env = program.env(late, { TERM = "screen" }) })
      screen = pty.start("stty -a >$D/before; (" .. command .. ")" .. output
        .. "; stty -a >$D/after; cmp $D/before $D/after && echo the same")
      screen:see("starting a container")
      screen:type("early\n")
      assert.equal("early\ngot early\nthe same\n", screen:see("(early.*the same\n)"))
      late:stop()
    end)
  end

  it("writes the bytes of a file that is started from a terminal", function()
    screen = pty.start("cd " .. folder .. "; " .. oneoff "printf 'a\\nb\\n'" .. " >copy; "
      .. "echo status $?")
    screen:see("status 0")
    assert.equal("a\nb\n", shell "cat copy")
  end)

  it("does not stop in the background of a terminal", function()
    screen = pty.start("cd " .. folder .. "; set -m; " .. oneoff "seq 3"
      .. " >copy & wait $!; echo status $?")
    screen:see("status 0")
    assert.equal("1\n2\n3\n", shell "cat copy")
  end)
end)

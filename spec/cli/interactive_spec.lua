-- SPDX-License-Identifier: MIT
-- A person in a container, at a real terminal: keys, sizes, and the terminal left as it was found.
local host = require "spec.support.host"
local pty = require "spec.cli.pty"

local lfs = require "lfs"

local lua = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d.%d")
local drive = lua .. " " .. lfs.currentdir() .. "/spec/cli/interactive_drive.lua"

-- The terminal is looked at before and after; its first line has the size.
local SCRIPT = [[
PS1= PS2=; trap : INT QUIT TSTP
export DRIVE_URL=%s DRIVE_TOKEN=%s %s
stty -a | sed 1d >$D/before
sh -c 'echo $$ >$D/pid; exec "$@"' sh %s %s
echo "code=$?"
stty -a | sed 1d >$D/after
cmp $D/before $D/after && echo terminal is the same
]]

describe("the interactive terminal #hosts", function()
  local own, account, screen

  local function stop_host()
    if account then account:close() end
    if own then own:stop() end
    account, own = nil, nil
  end

  local function start_host(...)
    stop_host()
    own = host.start { "--rate", "0", ... }
    account = own:account()
  end

  before_each(function() start_host() end)

  after_each(function()
    if screen then screen:stop() end
    screen = nil
    stop_host()
  end)

  local function start(command, env, size)
    screen = pty.start("export D\n" .. SCRIPT:format(own.url, own.token, env or "A=1", drive,
      host.quote(command)), size)
    return screen
  end

  local function see_end(code, text)
    screen:see("code=" .. code .. "\nterminal is the same")
    if text then assert.matches(text, screen:screen()) end
    assert.same({}, own:living(account, "app"))
  end

  -- The host's log is looked at until a stop was asked for.
  local function see_stop()
    local deadline = os.time() + 20
    while own:count("stop") == 0 do
      assert(os.time() < deadline, "nobody asked for a stop")
      os.execute("sleep 0.03")
    end
  end

  local function kill(signal)
    os.execute(("kill -%s %s"):format(signal, screen:line_of("pid")))
  end

  it("types, shows, and gives the exit code", function()
    start("sh")
    screen:see("[$#] *\n")
    screen:type("echo ju''st; stty -a | grep -o 'rows.*columns [0-9]*'")
    screen:press("Enter")
    screen:see("\njust\nrows 30; columns 100")
    screen:type("exit 7")
    screen:press("Enter")
    see_end(7, "exit_code 7")
  end)

  it("tells sizes as they change, the latest last", function()
    start("while :; do stty size; sleep 0.1; done")
    screen:see("30 100")
    for columns = 70, 110, 4 do screen:resize(columns, 20) end
    screen:resize(90, 25)
    screen:see("25 90\n25 90\n25 90")
    screen:press("C-c")
    see_end(130)
  end)

  it("does not wait for a size that nobody takes", function()
    start_host("--fault", "resize-no-answer")
    start("echo ready; read x; exit 3")
    screen:see("ready")
    screen:press("Enter")
    see_end(3)
  end)

  it("leaves the keys that make signals to the container", function()
    start([[trap 'echo got an INT' INT; trap 'echo got a QUIT' QUIT; trap 'echo got a TSTP' TSTP
      echo ready; while [ ! -e /tmp/end ]; do sleep 0.05; done & wait; wait; wait; wait; exit 4]])
    screen:see("ready")
    screen:press([[C-c]])
    screen:see("got an INT")
    screen:press([['C-\']])
    screen:see("got a QUIT")
    screen:press([[C-z]])
    screen:see("got a TSTP")
    screen:press("Enter")
    screen:type("~.")
    see_end(0, "was stopped.*detached true")
  end)

  it("ends by the detach key, and stops the container", function()
    start("cat")
    screen:type("a~.b")
    screen:press("Enter")
    screen:see("a~.b\na~.b")
    screen:type("~~tilde")
    screen:press("Enter")
    screen:see("\n~tilde\n~tilde")
    screen:type("~?")
    screen:see("note: at the start of a line: ~. detaches")
    screen:type("~.")
    see_end(0, "note: the container one%-off%-%d+ was stopped\nended: .* detached true")
  end)

  it("ends by the detach key while the container takes nothing", function()
    start_host("--fault", "stream-deaf")
    start("echo ready; sleep 600")
    screen:see("ready")
    screen:type("abc")
    screen:press("Enter")
    screen:type("~.")
    see_end(0, "detached true")
  end)

  it("leaves the container alone where it shall not be stopped", function()
    start_host("--second-attach")
    start("cat", "DRIVE_NO_STOP=1")
    screen:type("x")
    screen:see("x")
    screen:press("Enter")
    screen:type("~.")
    screen:see("goes on.*code=0\nterminal is the same")
    local living = own:living(account, "app")
    assert.equal(1, #living)
    assert(account:stop("app", living[1].id))
  end)

  for signal, number in pairs { TERM = 15, HUP = 1, INT = 2, QUIT = 3 } do
    it("stops the container at a " .. signal, function()
      start("echo ready; cat")
      screen:see("ready")
      kill(signal)
      see_end(128 + number, "was stopped\nended: signal " .. number .. " .* stopped true")
    end)
  end

  it("stops the container when its terminal is gone", function()
    start("echo ready; cat")
    screen:see("ready")
    screen:tmux_("kill-server")
    see_stop()
    assert.same({}, own:living(account, "app"))
  end)

  it("turns Ctrl-C into a signal where the output is no terminal", function()
    screen = pty.start(([[trap : INT
      export DRIVE_URL=%s DRIVE_TOKEN=%s
      { %s 'stty -echo; echo ready; read x; echo "got $x"; sleep 600'; } | {
        trap '' INT; cat; }]]):format(own.url, own.token, drive))
    screen:see("ready")
    screen:type("a line")
    screen:press("Enter")
    screen:see("got a line")
    screen:press("C-c")
    screen:see("ended: signal 2 .* stopped true")
    assert.same({}, own:living(account, "app"))
  end)

  it("ends at once at the second signal, though a stop is under way", function()
    start_host("--fault", "stop-no-answer")
    start("echo ready; cat")
    screen:see("ready")
    kill "TERM"
    see_stop()
    kill "TERM"
    screen:see("code=143\nterminal is the same")
  end)

  it("gives the terminal back when the connection is reset", function()
    start("echo ready; cat", "DRIVE_RETRY=1 DRIVE_TIMEOUT=3")
    screen:see("ready")
    own:kill()
    screen:see("could not be stopped: .*\nfailed: .*code=125\nterminal is the same")
  end)

  it("gives the terminal back after an error of its own", function()
    start("echo ready; cat", "DRIVE_RAISE=1")
    screen:see("ready")
    screen:type("~?")
    see_end(70, "raised: raised in on_note")
  end)

  it("gives the terminal back when its time is over", function()
    start("echo ready; cat", "DRIVE_TIMEOUT=2")
    see_end(125, "failed: run: the time%-out of 2 s passed | code timeout | stopped true")
  end)

  it("comes back to a terminal that was somebody else's meanwhile", function()
    start("echo ready; cat")
    screen:see("ready")
    os.execute(("kill -STOP %s"):format(screen:line_of("pid")))
    screen:tmux_("run-shell 'stty sane <#{pane_tty}'")
    screen:resize(80, 20)
    kill "CONT"
    screen:press("C-c")
    see_end(130, "exit_code 130")
  end)
end)

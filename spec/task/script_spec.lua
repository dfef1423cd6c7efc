-- SPDX-License-Identifier: MIT
local cases = require "spec.task.script_cases"
local frames = require "oneoff.task.frames"
local pty = require "spec.task.pty"
local script = require "oneoff.task.script"

local NONCE, every_byte, shells = cases.NONCE, cases.every_byte, cases.shells
local build, parse = cases.build, cases.parse

describe("task.script", function()
  local folder, remove

  before_each(function()
    folder, remove = pty.folder()
  end)

  after_each(function()
    remove()
  end)

  local function run(text, opts)
    opts = opts or {}
    opts.folder = folder
    return pty.run(text, opts)
  end

  for _, shell in ipairs(shells) do
    it("frames steps under " .. shell .. ", however the stream is cut", function()
      local output, code = run(build({
        { command = "echo one; printf 'half a line'" },
        { command = "printf '\\033[1mbold\\033[0m\\n'; echo err >&2; printf 'a\\000b\\377\\n'" },
        { command = "cat", input = "line 1\n  'quoted' \"$HOME\" `x` \\\n\tend" },
        { command = "read -r x; echo \"got <$x>\"" },
        { command = "echo bye; exit 3" },
        { command = "echo never" },
      }), { shell = shell })
      local expected = {
        "begin ", "step 1", "done 1 0", "step 2", "done 2 0", "step 3", "done 3 0", "step 4",
        "done 4 0", "step 5", "done 5 3", "exit 3",
      }
      local texts = {
        [0] = "", "one\nhalf a line", "bold\nerr\na\0b\255\n",
        "line 1\n  'quoted' \"$HOME\" `x` \\\n\tend\n", "got <>\n", "bye\n",
      }
      local sections = texts[0] .. "|" .. table.concat(texts, "|")
      local function check(pieces)
        local seen, got = parse(pieces)
        local said = table.concat(seen, ",")
        local found = got[0] .. "|" .. table.concat(got, "|")
        if said ~= table.concat(expected, ",") or found ~= sections then
          assert.are.same(expected, seen)
          assert.are.same(texts, got)
        end
      end
      check { output }
      local bytes = {}
      for i = 1, #output do bytes[i] = output:sub(i, i) end
      check(bytes)
      for at = 1, #output - 1 do check { output:sub(1, at), output:sub(at + 1) } end
      assert.are.equal(3, code)
    end)

    it("passes every byte through commands and inputs under " .. shell, function()
      local output, code = run(build({
        { command = "cat", input = every_byte .. "\n" },
        { command = "cat <<'X'\n" .. every_byte .. "\nX\n" },
        { command = "cat \"$ONEOFF_UPLOADS\"/../step* >/dev/null; exit 0" },
      }), { shell = shell })
      local _, texts = parse { output }
      -- The filter takes the ESC for a sequence: compare below it.
      local plain = every_byte:gsub("\27\28", "\28") .. "\n"
      assert.are.equal(plain, texts[1])
      assert.are.equal(plain, texts[2])
      assert.are.equal(0, code)
    end)
  end

  it("does nothing when its text was cut, wherever", function()
    pty.write(folder .. "/data", "x")
    local text = build({ { command = "touch " .. folder .. "/ran", input = "some\ninput" } }, {
      { name = "moved", parts = { { transit_name = "data", sha256 = ("0"):rep(64) } } },
    }, 60)
    local cuts = {}
    -- Its last line but for the line end is all of it.
    for at = 0, #text - 2 do
      local is_line_end = text:find("^.?\n", at)
      if at % 13 == 0 or is_line_end or at > #text - 30 then cuts[#cuts + 1] = at end
    end
    pty.write(folder .. "/whole", text)
    local loop = ("for at in %s; do head -c $at whole >cut; sh cut </dev/null; done")
    os.execute(("cd %s && { ONEOFF_UPLOADS=. TMPDIR=. sh -c %s; ls; } >seen 2>&1"):format(
      folder, pty.quote(loop:format(table.concat(cuts, " ")))))
    local seen = pty.read(folder .. "/seen")
    assert.is_nil(seen:find("[oneoff:", 1, true), seen)
    assert.are.equal("cut\ndata\nseen\nwhole\n", seen:sub(-20))
  end)

  it("shows no frame when the script itself is printed", function()
    local output = run(build({ { command = "cat " .. folder .. "/script" } }))
    local seen = parse { output }
    assert.are.equal(4, #seen)
  end)

  -- A nap of the heartbeat may be over a little later than its script.
  local function no_process(pattern)
    local command = ("i=0; while grep -qz '%s' /proc/[0-9]*/cmdline 2>/dev/null && [ $i -lt 30 ]; "
      .. "do sleep 0.1; i=$((i + 1)); done; grep -lz '%s' /proc/[0-9]*/cmdline 2>/dev/null")
    local pipe = io.popen(command:format(pattern, pattern))
    local left = pipe:read("*a")
    pipe:close()
    assert.are.equal("", left)
  end

  it("sends heartbeats, also in half a line, and leaves no process behind", function()
    local output = run(build({
      { command = "printf half; sleep 0.6; printf ' a line\\n'" },
      { command = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; "
        .. "i=$((i + 1)); done" },
    }, nil, 0.0713))
    local seen, texts = parse { output }
    assert.is_true(seen.heartbeat >= 3, seen.heartbeat)
    assert.are.equal("half a line\n", texts[1])
    assert.are.equal(("0123456789"):rep(4) .. "\n", texts[2]:sub(1, 41))
    assert.are.equal(3000 * 41, #texts[2])
    assert.are.equal("exit 0", seen[#seen])
    assert.are.equal("", texts[0])
    no_process "0[.]0713"
  end)

  it("has no heartbeat left when it is killed", function()
    local output, code = run(build({ { command = "kill -9 $PPID; sleep 0.1" } }, nil, 0.0917))
    local seen = parse { output }
    assert.is_nil(seen.exit)
    assert.are.equal(137, code)
    no_process "0[.]0917"
  end)

  it("takes any positive keepalive", function()
    for keepalive, words in pairs { [1e-300] = { "1", "0.001" }, [0.3] = { "1", "0.3" },
      [60] = { "60", "1" }, [1e300] = { "1000000000", "1" } } do
      local text = build({ { command = "true" } }, nil, keepalive)
      assert.is_truthy(text:find('"$ticks" -lt ' .. words[1] .. " ]", 1, true), text)
      assert.is_truthy(text:find("sleep " .. words[2] .. " >", 1, true), text)
    end
  end)

  it("lets a heartbeat go that has only begun", function()
    pty.write(folder .. "/short", build({ { command = "true" } }, {
      { name = "x", parts = { { transit_name = "nowhere", sha256 = "0" } } },
    }, 3600))
    local ok = os.execute(("cd %s; for i in %s; do ONEOFF_UPLOADS=. timeout 20 sh short </dev/null "
      .. ">out; [ $? = %d ] || exit; done"):format(folder, ("1 "):rep(60), script.FAILED))
    assert.is_true(ok == true or ok == 0)
  end)

  it("ends with a frame on SIGTERM", function()
    local output, code = run(build {
      { command = "kill $PPID; sleep 0.2" }, { command = "echo no" },
    })
    local seen = parse { output }
    assert.are.equal("exit 143", seen[#seen])
    assert.are.equal(143, code)
  end)

  it("waits for the client's answer where a step is checked", function()
    local steps = { { command = "echo 1", expect = "1" }, { command = "echo 2" } }
    local go = frames.line(NONCE, "go 1")
    local seen, texts = parse { (run(build(steps), { typed = "noise\n" .. go })) }
    assert.are.equal("exit 0", seen[#seen])
    assert.are.equal("2\n", texts[2])
    local output, code = run(build(steps), { typed = frames.line(NONCE, "stop 1") })
    seen, texts = parse { output }
    assert.are.equal("exit 1", seen[#seen])
    assert.is_nil(texts[2])
    assert.are.equal(1, code)
  end)

  it("takes a step's input from the terminal", function()
    local P = frames.prefix(NONCE)
    local _, texts = parse { (run(build {
      { command = "cat; echo .", reads_input = true }, { command = "echo next" },
    }, { typed = P .. "in AAECA/8=]\n" .. P .. "in aGVsbG8=]\n\n" .. P .. "end]\n" })) }
    assert.are.equal("\0\1\2\3\255hello.\n", texts[1])
    assert.are.equal("next\n", texts[2])
  end)

  it("works where the terminal cannot be changed", function()
    os.execute("mkdir " .. folder .. "/bin && for p in sh cat rm mkdir base64 printf; do "
      .. "ln -s \"$(command -v $p || echo /bin/true)\" " .. folder .. "/bin/$p; done")
    local P = frames.prefix(NONCE)
    local seen, texts = parse { (run(build {
      { command = "printf 'a\\nb\\r\\nc'", expect = "a" }, { command = "cat", reads_input = true },
    }, {
      env = "PATH=" .. folder .. "/bin", shell = "/bin/sh",
      typed = P .. "go 1]\n" .. P .. "in aGVsbG8K]\n" .. P .. "end]\n",
    })) }
    assert.are.equal("exit 0", seen[#seen])
    assert.are.equal("a\nb\r\nc", texts[1])
    assert.are.equal("hello\n", texts[2])
    assert.are.equal("", (texts[0]:gsub("rm: .*", "")))
  end)

  it("keeps the terminal quiet after a step that changed it", function()
    local output = run(build({
      { command = "stty sane </dev/tty" }, { command = "printf 'x\\r\\ny\\n'; stty -a </dev/tty" },
    }))
    local _, texts = parse { output }
    assert.are.equal("x\r\ny\n", texts[2]:sub(1, 5))
    assert.is_truthy(texts[2]:find("-opost", 1, true))
    assert.is_truthy(texts[2]:find("-echo ", 1, true))
  end)

  it("leaves a background process its own output", function()
    local _, texts = parse { (run(build({
      { command = "(sleep 0.2; printf late) & printf early" }, { command = "sleep 0.4; echo two" },
    }))) }
    assert.are.equal("early", texts[1])
    assert.are.equal("latetwo\n", texts[2])
  end)

  it("survives a step that is no shell", function()
    local output, code = run(build({ { command = "if then fi (" }, { command = "echo no" } }))
    local seen, texts = parse { output }
    assert.are.equal(2, code)
    assert.are.equal("exit 2", seen[#seen])
    assert.is_truthy(texts[1]:find("[Ss]yntax"))
  end)
end)

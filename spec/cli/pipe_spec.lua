-- SPDX-License-Identifier: MIT
-- A container bound to pipes and files: what goes in arrives, what comes out is all there.
local host = require "spec.support.host"

local lfs = require "lfs"

local lua = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d.%d")
local drive = lua .. " " .. lfs.currentdir() .. "/spec/cli/interactive_drive.lua"

describe("piped input and output #hosts", function()
  local own, account

  lazy_setup(function()
    own = host.start { "--rate", "0" }
    account = own:account()
  end)

  lazy_teardown(function()
    account:close()
    own:stop()
  end)

  -- What a shell prints of `program COMMAND` with this input, "<FILE" or "other program |",
  -- and this output; what the program said on stderr, and its exit code.
  local function run(input, command, output, env)
    local said = os.tmpname()
    local from, pipe = input:match("^<.*") or "", input:match(".*|$") or ""
    local text = host.capture(table.concat({ "export DRIVE_URL=" .. own.url, "DRIVE_TOKEN="
      .. own.token, env or "", ";", pipe, "{", drive, host.quote(command), from, ";",
      'echo "code $?" >&2; } 2>' .. said, output or "" }, " "))
    local file = assert(io.open(said))
    local notes = file:read("*a")
    file:close()
    os.remove(said)
    return text, notes, tonumber(notes:match("code (%d+)\n$"))
  end

  it("is typed, echoed, and ends", function()
    local text, said, code = run("printf 'one\\ntwo\\n' |", "cat; exit 3")
    for _, line in ipairs { "one\r\n", "two\r\n" } do
      assert.equal(2, select(2, text:gsub(line, "")))
    end
    assert.not_matches("note", said)
    assert.equal(3, code)
  end)

  it("ends on a line that is not empty", function()
    local text = run("printf abc |", "cat; echo .")
    assert.equal("abcabc.\r\n", text)
  end)

  it("may be empty", function()
    assert.equal("0\r\n", (run("</dev/null", "wc -c")))
    assert.equal("0\r\n", (run("true |", "wc -c")))
  end)

  it("arrives whole, under the far side's flow control, with one note that it is large", function()
    local text, said = run("seq 1 35000 |", "wc -c")
    assert.matches("\n198894\r\n$", text)
    assert.equal(1, select(2, said:gsub("note:", "")))
    assert.matches("larger than 64 KiB; send large input with %-%-file", said)
  end)

  it("is warned of where a terminal would not take it as it is", function()
    local _, said = run("{ head -c 5000 /dev/zero | tr '\\0' x; echo; } |", "wc -c")
    assert.matches("the rest of a line after 4095 bytes is lost", said)
    _, said = run("printf 'one\\r\\ntwo\\r\\n' |", "cat")
    assert.matches("has control characters, and the container.s terminal acts on them", said)
    _, said = run("{ head -c 4095 /dev/zero | tr '\\0' x; echo; } |", "wc -c")
    assert.not_matches("note", said)
  end)

  it("is left where it is when the container ends first", function()
    local text, _, code = run("yes 2>&- |", "head -n 1 >/dev/null; echo; echo enough; exit 5")
    assert.matches("enough\r\n", text)
    assert.equal(5, code)
  end)

  it("that cannot be read is ended, and that is said", function()
    local text, said, code = run("</", "cat; echo over")
    assert.equal("over\r\n", text)
    assert.matches("note: the input cannot be read further: .*directory", said)
    assert.equal(0, code)
  end)

  it("loses nothing where the output is slow", function()
    local text = run("</dev/null", "seq 1 60000", "| dd bs=512 2>/dev/null | tr -d '\\r' | cksum")
    assert.equal(host.capture("seq 1 60000 | cksum"), text)
  end)

  it("stops the container when nobody reads the output", function()
    local text, said, code = run("</dev/null", "yes", "| head -n 1")
    assert.equal("y\r\n", text)
    assert.matches("signal nil .* signal 13 stopped true", said)
    assert.equal(141, code)
    assert.same({}, own:living(account, "app"))
  end)

  it("stops the container when the output cannot be written", function()
    local _, said, code = run("</dev/null", "yes", ">/dev/full")
    assert.matches("failed: .* | code io | stopped true", said)
    assert.equal(125, code)
    assert.same({}, own:living(account, "app"))
  end)

  it("ends at its time-out", function()
    local _, said, code = run("</dev/null", "sleep 600", "", "DRIVE_TIMEOUT=1")
    assert.matches("the time%-out of 1 s passed | code timeout | stopped true", said)
    assert.equal(125, code)
  end)

  -- A pipe that nobody ends is its input; the process starts with what signals do by default.
  for signal, number in pairs { INT = 2, TERM = 15, HUP = 1 } do
    it("stops the container at a " .. signal .. ", with input waiting for room", function()
      local pipe = io.popen(("export DRIVE_URL=%s DRIVE_TOKEN=%s; yes 2>&- | { sh -c "
        .. [['echo $$; exec "$@"' sh %s %s; echo "code $?"; } 2>&1]]):format(own.url, own.token,
        drive, host.quote("stty -echo; echo ready; sleep 600")))
      local pid, text = pipe:read("*l"), {}
      repeat local line = pipe:read("*l") until not line or line:find("ready")
      os.execute(("kill -%s %s"):format(signal, pid))
      for more in pipe:lines() do text[#text + 1] = more end
      pipe:close()
      text = table.concat(text, "\n")
      assert.matches("ended: signal " .. number .. " .*stopped true", text)
      assert.matches("code " .. 128 + number, text)
      assert.same({}, own:living(account, "app"))
    end)
  end
end)

-- SPDX-License-Identifier: MIT
-- The terminal of real containers: reading, typing, sizes, ends, many at once, large amounts.
local host = require "spec.support.host"
local oneoff = require "oneoff"

local own, account

setup(function()
  own = host.start { "--rate", "0", "--start-delay", "0", "--max-containers", "200" }
  account = own:account { requests_per_minute = 0 }
end)

teardown(function()
  account:close()
  own:stop()
end)

local function attach(command, options)
  local container = assert(account:run("app", command))
  return assert(container:attach(options)), container
end

-- The digest of what is written in there, by another program.
local function digest_of(write)
  local folder = host.folder()
  local sums = io.popen("sha256sum >" .. folder .. "/sum", "w")
  write(sums)
  sums:close()
  local file = io.open(folder .. "/sum")
  local digest = file:read("*a"):match("^%x+")
  file:close()
  host.remove(folder)
  return digest
end

-- No tail call in it: Lua 5.1 could not see the iterator, in which it cannot wait as it does
-- elsewhere.
local function chunks(terminal)
  return function()
    local chunk = terminal:read()
    return chunk
  end
end

-- Reads until the text has come.
local function read_until(terminal, text)
  local all = ""
  while not all:find(text, 1, true) do all = all .. assert(terminal:read()) end
  return all
end

describe("terminal:read", function()
  it("gives the output, then the end again and again, then there is an exit code", function()
    local terminal = attach "printf 'one\\ntwo\\n'; exit 3"
    local all = ""
    for chunk in chunks(terminal) do all = all .. chunk end
    assert.equal("one\r\ntwo\r\n", all)
    for _ = 1, 3 do assert.equal(0, select("#", terminal:read()) - 1) end
    assert.is_nil((terminal:read()))
    assert.equal(3, terminal:wait())
    terminal:close()
  end)

  it("times out without harm to the stream", function()
    local terminal = attach "read line; echo got $line"
    local chunk, message, code = terminal:read(0)
    assert.is_nil(chunk)
    assert.equal("read: timed out", message)
    assert.equal("timeout", code)
    assert.is_true(terminal:write("words\n"))
    assert.matches("got words\r\n$", terminal:read_all())
    terminal:close()
  end)

  it("gives what was there before a close of the far side", function()
    local terminal = attach "head -c 300000 /dev/zero | tr '\\0' x"
    assert(terminal:wait(20)) -- the command has ended, and nothing was read
    assert.equal(("x"):rep(300000), terminal:read_all())
    terminal:close()
  end)
end)

describe("terminal:lines", function()
  local function lines_of(command)
    local terminal, found = attach(command), {}
    for line in terminal:lines() do found[#found + 1] = line end
    assert.is_nil((select(2, terminal:read()))) -- the end, no failure
    terminal:close()
    return found
  end

  it("gives lines without their ends, empty ones too", function()
    assert.same({ "a", "", "b c", "last" }, lines_of "printf 'a\\n\\nb c\\nlast'")
    assert.same({}, lines_of "true")
    assert.same({ "" }, lines_of "echo")
  end)

  it("gives long ones whole", function()
    local found = lines_of "head -c 200000 /dev/zero | tr '\\0' x; echo; echo y"
    assert.equal(2, #found)
    assert.equal(200000, #found[1])
    assert.equal("y", found[2])
  end)
end)

describe("terminal:lines with a limit", function()
  it("gives lines up to it, and fails at a longer one", function()
    local terminal = attach "printf 'four\\n12345\\nrest\\n'"
    local next_line = terminal:lines(6) -- the CR counts
    assert.equal("four", next_line())
    assert.equal("12345", next_line())
    terminal:close()
    terminal = attach "printf 'four\\n1234567\\nrest\\n'"
    next_line = terminal:lines(6)
    assert.equal("four", next_line())
    for _ = 1, 2 do
      local line, message, code, detail = next_line()
      assert.is_nil(line)
      assert.equal("read: a line is over 6 bytes", message)
      assert.equal("limit", code)
      assert.equal("1234567", detail.output:sub(1, 7))
      assert.equal("limit", (select(3, terminal:read())))
    end
    terminal:close()
  end)

  it("of 1 MiB where none is given", function()
    local terminal, count = attach "head -c 3000000 /dev/zero | tr '\\0' x", 0
    for _ in terminal:lines() do count = count + 1 end
    assert.equal(0, count)
    local chunk, _, code, detail = terminal:read()
    assert.is_nil(chunk)
    assert.equal("limit", code)
    assert.is_true(#detail.output < 1200000)
    terminal:close()
  end)
end)

describe("terminal:read_all", function()
  it("keeps to its limit, and hands over what came", function()
    local terminal = attach "printf 1234567890"
    assert.equal("1234567890", terminal:read_all(10))
    terminal:close()
    terminal = attach "printf 1234567890"
    local all, message, code, detail = terminal:read_all(9.25)
    assert.is_nil(all)
    assert.equal("read_all: over 9 bytes", message)
    assert.equal("limit", code)
    assert.equal("1234567890", detail.output)
    terminal:close()
  end)
end)

describe("typing", function()
  it("reaches the command, and its echo comes back", function()
    local terminal = attach "cat"
    assert.is_true(terminal:write(""))
    assert.is_true(terminal:write("words\n"))
    assert.equal("words\r\nwords\r\n", read_until(terminal, "words\r\nwords\r\n"))
    assert.is_true(terminal:eof())
    assert.equal("", terminal:read_all())
    assert.equal(0, terminal:wait())
    terminal:close()
  end)

  it("of an end in the middle of a line ends the input too", function()
    local terminal = attach "cat; echo; echo over"
    assert.is_true(terminal:write("half"))
    read_until(terminal, "half")
    assert.is_true(terminal:eof())
    assert.matches("over\r\n$", terminal:read_all())
    terminal:close()
  end)

  it("of an interrupt ends what runs", function()
    local terminal = attach "echo ready; exec sleep 600"
    read_until(terminal, "ready")
    assert.is_true(terminal:interrupt())
    assert(terminal:read_all())
    assert.equal(130, terminal:wait())
    terminal:close()
  end)

  it("of 8 MiB arrives whole while the far side takes its time", function()
    local terminal = attach "stty raw -echo; echo ready; head -c 8388608 | sha256sum"
    read_until(terminal, "ready")
    local piece = {}
    for i = 0, 255 do piece[i + 1] = string.char(i) end
    local data = table.concat(piece):rep(32768)
    local digest = digest_of(function(sums) sums:write(data) end)
    assert.is_true(terminal:write(data))
    assert.equal(digest, terminal:read_all():match("%x+"))
    terminal:close()
  end)
end)

describe("terminal:resize", function()
  it("is seen in there", function()
    local terminal = attach "echo ready; read line; stty size"
    read_until(terminal, "ready")
    assert.is_true(terminal:resize(123, 45))
    assert.is_true(terminal:write("\n"))
    assert.matches("45 123\r\n$", terminal:read_all())
    terminal:close()
  end)

  it("comes with the attach", function()
    local command = "while [ \"$(stty size)\" != '50 132' ]; do sleep 0.01; done; echo seen"
    local terminal = attach(command, { width = 132, height = 50 })
    assert.matches("seen\r\n$", terminal:read_all())
    terminal:close()
  end)

  it("of many at once ends with the last one", function()
    local terminal = attach "echo ready; read line; stty size"
    oneoff.run(function()
      read_until(terminal, "ready")
      for i = 1, 20 do oneoff.spawn(function() assert(terminal:resize(80 + i, 24)) end) end
    end)
    assert.is_true(terminal:write("\n"))
    assert.matches("24 100\r\n$", terminal:read_all())
    terminal:close()
  end)
end)

describe("a terminal", function()
  it("serves a reader and a writer at once", function()
    local terminal = attach "stty raw -echo; echo ready; head -c 2000000"
    read_until(terminal, "ready")
    local count = 0
    oneoff.run(function()
      oneoff.spawn(function()
        for _ = 1, 20 do assert(terminal:write(("y"):rep(100000))) end
      end)
      oneoff.spawn(function()
        for chunk in chunks(terminal) do
          count = count + select(2, chunk:gsub("y", ""))
        end
      end)
    end)
    assert.equal(2000000, count)
    terminal:close()
  end)

  it("that is closed tells who waits in it", function()
    local terminal = attach "sleep 600"
    local reader, lines
    oneoff.run(function()
      reader = oneoff.spawn(function() return select(3, terminal:read()) end)
      lines = oneoff.spawn(function() return terminal:lines()() end)
      terminal:close()
      assert.equal("oneoff.terminal{closed}", tostring(terminal))
      assert.equal("closed", reader:join())
      assert.is_nil(lines:join())
    end)
    assert.equal("closed", (select(3, terminal:write("x"))))
    assert.equal("closed", (select(3, terminal:resize(1, 1))))
    terminal:close()
  end)

  it("whose reader is cancelled reads on for the next one", function()
    local terminal = attach "read line; echo got $line"
    oneoff.run(function()
      local reader = oneoff.spawn(function()
        local _, message, code = terminal:read()
        assert(terminal:write("words\n")) -- cleaning up may wait
        return message, code
      end)
      reader:cancel()
      local message, code = reader:join()
      assert.equal("read: canceled", message)
      assert.equal("canceled", code)
      assert.matches("got words\r\n$", terminal:read_all())
    end)
    terminal:close()
  end)

  it("that nobody closes is closed by the collector", function()
    attach "sleep 600"
    collectgarbage()
    collectgarbage()
  end)

  it("that never runs dry does not starve a sleeper", function()
    local terminal = attach "stty raw; exec yes"
    local count = 0
    oneoff.run(function()
      local sleeper = oneoff.spawn(function() return oneoff.sleep(0.01) end)
      while sleeper:status() == "running" do
        assert(terminal:read())
        count = count + 1
        assert.is_true(count < 1000000)
      end
    end)
    terminal:close()
  end)
end)

describe("a hundred terminals", function()
  it("are open at once, each with its own", function()
    local open, most = 0, 0
    oneoff.run(function()
      for i = 1, 100 do
        oneoff.spawn(function()
          local terminal = attach("read line; echo $line; exit " .. i)
          open = open + 1
          most = math.max(most, open)
          while most < 100 do oneoff.sleep(0.01) end
          assert(terminal:write("number " .. i .. "\n"))
          assert.matches("\nnumber " .. i .. "\r\n$", terminal:read_all())
          assert.equal(i, terminal:wait())
          terminal:close()
        end)
      end
    end)
    assert.equal(100, most)
  end)
end)

describe("64 MiB", function()
  local COMMAND = "stty raw; head -c 67108864 /dev/urandom >/tmp/made; sha256sum </tmp/made; "
    .. "cat /tmp/made"

  -- The container says the digest first, and then the bytes.
  local function check(terminal)
    local head = read_until(terminal, "-\n")
    local digest, rest = head:match("^(%x+)  %-\n(.*)$")
    local count = #rest
    local computed = digest_of(function(sums)
      sums:write(rest)
      for chunk in chunks(terminal) do
        count = count + #chunk
        sums:write(chunk)
      end
    end)
    assert.equal(67108864, count)
    assert.equal(digest, computed)
    assert.equal(0, terminal:wait())
    terminal:close()
  end

  it("come whole over http", function() check((attach(COMMAND))) end)

  it("come whole over https", function()
    local secure = host.start({ "--rate", "0", "--start-delay", "0" }, { tls = true })
    local other = secure:account { requests_per_minute = 0 }
    local container = assert(other:run("app", COMMAND))
    check(assert(container:attach()))
    other:close()
    secure:stop()
  end)

  local function resident()
    local file = io.open("/proc/self/status")
    local kilobytes = file:read("*a"):match("VmRSS:%s*(%d+) kB")
    file:close()
    return tonumber(kilobytes) / 1024
  end

  it("wait in the container while nobody reads them", function()
    local slow, container = attach "stty raw; head -c 67108864 /dev/zero"
    local before = resident()
    local other = attach "head -c 4000000 /dev/zero" -- comes through meanwhile
    assert.equal(4000000, #assert(other:read_all()))
    other:close()
    collectgarbage()
    assert.is_true(resident() - before < 48)
    local count = 0
    for chunk in chunks(slow) do count = count + #chunk end
    assert.equal(67108864, count)
    assert.equal(0, container:wait())
    slow:close()
  end)
end)

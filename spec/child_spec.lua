-- SPDX-License-Identifier: MIT
local child = require "oneoff.child"
local host = require "spec.support.host"
local oneoff = require "oneoff"

local function read_all(process)
  local parts = {}
  while true do
    local bytes, message = process:read(30)
    assert(message == nil, message)
    if not bytes then return table.concat(parts) end
    parts[#parts + 1] = bytes
  end
end

local function is_misuse(expected, fn)
  local ok, message = pcall(fn)
  assert.is_false(ok)
  assert.matches("^spec/child_spec.lua:%d+: ", message)
  assert.equal(expected, (message:gsub("^%S+ ", "", 1)))
end

describe("child", function()
  it("checks what it is called with", function()
    local function wrong(command, expected)
      is_misuse("bad argument #1 'command" .. expected, function() child.start(command) end)
    end
    wrong(nil, "' (a list of a program and its arguments expected)")
    wrong({}, "' (a list of a program and its arguments expected)")
    wrong({ "cat", 1 }, "[2]' (string expected, got number)")
    wrong({ "cat", input = 1 }, "[input]' (string expected, got number)")
    wrong({ "cat", inptu = "x" }, "[inptu]' (no such option)")
    is_misuse("bad argument #1 'program' (string expected, got no value)",
      function() child.has() end)
  end)

  it("gives what a program prints, its status and its errors", function()
    local process = assert(child.start { "sh", "-c", "echo out; echo err >&2; exit 3" })
    assert.equal("out\n", read_all(process))
    local status, errors = process:wait()
    assert.equal(3, status)
    assert.equal("err\n", errors)
    process:close()
    process:close()
    assert.equal("closed", select(3, process:read()))
    assert.equal("closed", select(3, process:wait()))
  end)

  it("reads its input from a file, in a folder, with words as they are", function()
    local folder = host.folder()
    local file = assert(io.open(folder .. "/a b", "wb"))
    file:write(("x"):rep(1000000))
    file:close()
    local process = assert(child.start { "sh", "-c", 'wc -c; cat "$0"; echo "$1"', "a b", "$x 'y",
      input = folder .. "/a b", folder = folder })
    local text = read_all(process)
    assert.equal(0, (process:wait()))
    assert.equal(("1000000\n%s$x 'y\n"):format(("x"):rep(1000000)), text)
    process:close()
    host.remove(folder)
  end)

  it("says what it cannot run", function()
    local process = assert(child.start { "oneoff-no-such-program" })
    assert.equal("", read_all(process))
    assert.equal(127, (process:wait()))
    process:close()
    local none, message, code = child.start { "cat", input = "/nowhere/at/all" }
    assert.is_nil(none)
    assert.equal("/nowhere/at/all: No such file or directory", message)
    assert.equal("io", code)
    assert.is_true(child.has "sh")
    assert.is_false(child.has "oneoff-no-such-program")
  end)

  it("is killed with what it started, by close and by the collector", function()
    local fifo = host.folder()
    os.execute("mkfifo " .. fifo .. "/alive")
    for _, finish in ipairs { function(process) process:close() end, function() end } do
      local process = assert(child.start { "sh", "-c", "exec 9>" .. fifo
        .. "/alive; sleep 1000 & echo started; wait" })
      local alive = assert(io.open(fifo .. "/alive"))
      assert.equal("started\n", (process:read(30)))
      finish(process)
      process = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.equal("", alive:read("*a")) -- its end: nobody holds it any more
      alive:close()
    end
    host.remove(fifo)
  end)

  it("tells of a signal", function()
    local process = assert(child.start { "sh", "-c", "kill -TERM $$" })
    assert.equal("", read_all(process))
    assert.equal(128 + 15, (process:wait()))
    process:close()
  end)

  it("lets others go on, and can be cancelled and timed out", function()
    local process = assert(child.start { "sleep", "1000" })
    local _, message, code = process:read(0.01)
    assert.equal("timeout", code)
    assert.equal("sleep: timed out", message)
    oneoff.run(function()
      local task = oneoff.spawn(function() return process:read() end)
      task:cancel()
      assert.equal("canceled", select(3, task:join()))
    end)
    process:close()
  end)
end)

-- SPDX-License-Identifier: MIT
local child = require "oneoff.child"
local descriptor = require "oneoff.descriptor"
local host = require "spec.support.host"
local lfs = require "lfs"
local loop = require "oneoff.loop"
local oneoff = require "oneoff"

-- The descriptors that lead to a path: Lua does not tell the one of an open file.
local function descriptors_of(path)
  local found = {}
  for name in lfs.dir("/proc/self/fd") do
    local target = lfs.symlinkattributes("/proc/self/fd/" .. name, "target") or ""
    if target:sub(-#path) == path then found[#found + 1] = tonumber(name) end
  end
  return found
end

local function read_all(process)
  local parts = {}
  while true do
    local bytes, message = process:read(30)
    assert(message == nil, message)
    if not bytes then return table.concat(parts) end
    parts[#parts + 1] = bytes
  end
end

-- A pipe with nothing in it: its descriptor, its path, and what closes it.
local function quiet_pipe()
  local folder = host.folder()
  os.execute("mkfifo " .. folder .. "/quiet")
  local file = assert(io.open(folder .. "/quiet", "r+"))
  return descriptors_of(folder .. "/quiet")[1], folder .. "/quiet", function()
    file:close()
    host.remove(folder)
  end
end

describe("descriptor", function()
  it("checks what it is called with", function()
    local function is_misuse(expected, fn)
      local ok, message = pcall(fn)
      assert.is_false(ok)
      assert.matches("^spec/descriptor_spec.lua:%d+: ", message)
      assert.equal(expected, (message:gsub("^%S+ ", "", 1)))
    end
    is_misuse("bad argument #1 'fd' (a whole number from 0 on expected, got no value)",
      function() descriptor.wait() end)
    is_misuse("bad argument #2 'mode' (\"r\" or \"w\" expected)",
      function() descriptor.wait(0, "rw") end)
    is_misuse("bad argument #2 'size' (a whole number from 1 on expected, got 0)",
      function() descriptor.read(0, 0) end)
    is_misuse("bad argument #2 'bytes' (string expected, got no value)",
      function() descriptor.write(1) end)
  end)

  it("writes more than a pipe holds while another coroutine reads", function()
    local fifo = host.folder()
    os.execute("mkfifo " .. fifo .. "/pipe")
    local process = assert(child.start { "sh", "-c", "exec cat <" .. fifo .. "/pipe" })
    local writer = assert(io.open(fifo .. "/pipe", "w"))
    local fd = descriptors_of(fifo .. "/pipe")[1]
    local text = ("0123456789abcdef"):rep(128 * 1024)
    oneoff.run(function()
      local reader = oneoff.spawn(read_all, process)
      assert(descriptor.write(fd, text))
      writer:close()
      assert.is_true(reader:join() == text)
    end)
    process:close()
    host.remove(fifo)
  end)

  it("is ready at once for a plain file, and says what is no descriptor", function()
    local file = assert(io.open("README.md"))
    local fd = descriptors_of("README.md")[1]
    assert.is_true(descriptor.wait(fd, "r"))
    assert.equal("# oneoff", (descriptor.read(fd, 8)))
    file:close()
    local _, message, code = descriptor.wait(100000, "r")
    assert.equal("descriptor 100000: Bad file descriptor", message)
    assert.equal("io", code)
  end)

  -- The watch holds a duplicate of the descriptor until it is closed.
  it("closes what it opened for a wait that an error ends, as of Ctrl-C", function()
    local fd, path, close = quiet_pipe()
    collectgarbage("stop")
    oneoff.use { name = "interrupted", wait = function() error("interrupted!", 0) end }
    local ok, err = pcall(descriptor.wait, fd, "r", oneoff.now() + 60)
    loop.use(nil)
    local deadline = oneoff.now() + 20 -- the engine's thread closes it
    while #descriptors_of(path) > 1 and oneoff.now() < deadline do oneoff.sleep(0.001) end
    local left = #descriptors_of(path)
    collectgarbage("restart")
    assert.is_false(ok)
    assert.equal("interrupted!", err)
    assert.is_nil(oneoff.timeout())
    assert.equal(1, left)
    close()
  end)
end)

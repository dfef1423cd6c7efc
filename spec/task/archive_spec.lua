-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local archive = require "oneoff.task.archive"
local pty = require "spec.task.pty"

describe("task.archive", function()
  local folder, remove

  setup(function()
    folder, remove = pty.folder()
    os.execute(("cd %s && mkdir -p tree/sub tree/-odd && echo 1 >tree/sub/one && "
      .. "echo 2 >'tree/-odd/a b' && ln -s sub/one tree/link && chmod 750 tree/sub"):format(folder))
    pty.write(folder .. "/text", ("0123456789abcde\n"):rep(100000))
  end)

  teardown(function()
    remove()
  end)

  local function drain(stream)
    local chunks = {}
    while true do
      local chunk, message, code = stream:read(20)
      if not chunk then return table.concat(chunks), message, code end
      chunks[#chunks + 1] = chunk
    end
  end

  for _, format in ipairs { "gzip", "zstd" } do
    it("compresses a file with " .. format, function()
      local data, message = drain(assert(archive.new(folder .. "/text", false, format)))
      assert.is_nil(message)
      assert.is_true(#data < 100000, #data)
      pty.write(folder .. "/packed", data)
      assert.are.equal(pty.read(folder .. "/text"),
        host.capture(("%s -dc <%s/packed"):format(format, folder)))
    end)
  end

  it("makes a tar stream of a folder, with what it holds as it is", function()
    for _, format in ipairs { false, "gzip", "zstd" } do
      pty.write(folder .. "/packed",
        drain(assert(archive.new(folder .. "/tree", true, format or nil))))
      local filter = format and format .. " -dc" or "cat"
      assert.are.equal("2\nlink sub/one\n750\n", host.capture(("cd %s && rm -rf out && "
        .. "mkdir out && %s <packed | tar -xf - -C out && cd out && cat './-odd/a b' && "
        .. "echo link $(readlink link) && stat -c %%a sub"):format(folder, filter)))
    end
  end)

  it("takes a relative path for what it is", function()
    local here = host.capture("mktemp -d ./-oneoff-XXXXXX"):gsub("\n", "")
    pty.write(here .. "/x", "x")
    local stream = assert(archive.new(here:sub(3), true))
    local data, message = drain(stream)
    host.remove(here)
    assert.is_nil(message)
    assert.is_truthy(data:find("./x", 1, true))
  end)

  -- Files there that nobody can read, be it root.
  it("says at once which file of a folder cannot be read", function()
    local stream, message, code = archive.new("/proc/sys/vm/", true)
    assert.is_nil(stream)
    assert.is_truthy(message:find("^/proc/sys/vm/[%w_]+: cannot be read$"), message)
    assert.are.equal("io", code)
  end)

  it("fails when the program does, before an end is told", function()
    os.execute("mkdir " .. folder .. "/live && truncate -s 32M " .. folder .. "/live/file")
    local stream = assert(archive.new(folder .. "/live", true))
    assert(stream:read(20))
    os.execute("truncate -s 1M " .. folder .. "/live/file")
    local _, message, code = drain(stream)
    assert.is_truthy(message and message:find("live: tar failed: ", 1, true), message)
    assert.are.equal("io", code)
  end)

  it("says what is not there any more", function()
    local stream = assert(archive.new(folder .. "/none", false, "gzip"))
    local data, message, code = drain(stream)
    assert.are.equal("", data)
    assert.is_truthy(message:find(folder .. "/none", 1, true), message)
    assert.are.equal("io", code)
  end)

  it("leaves no program behind when it is closed half-format", function()
    os.execute("mkdir -p " .. folder .. "/big && truncate -s 64M " .. folder .. "/big/file")
    local stream = assert(archive.new(folder .. "/big", true, "gzip"))
    assert(stream:read(20))
    stream:close()
    stream:close() -- the helper looks for children
  end)
end)

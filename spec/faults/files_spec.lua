-- SPDX-License-Identifier: MIT
-- What is uploaded: files that are not what they should be, names, and functions that read.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local world = require "spec.faults.world"

local function write(path, bytes, mode)
  local file = assert(io.open(path, mode or "wb"))
  file:write(bytes)
  file:close()
end

local server, account, container, folder

local function begin(command)
  server = host.start { "--start-delay", "0" }
  account = server:account(world.options)
  container = world.container(account, command or "true")
  folder = host.folder()
end

local function finish()
  container = nil
  account:close()
  server:stop()
  host.remove(folder)
end

describe("a file", function()
  before_each(function() begin() end)
  after_each(finish)

  local function fails(code, source, ...)
    local value, message, got, detail = container:upload(source, ...)
    world.is_failure(code, value, message, got, detail)
    assert.equal(0, server:count("upload"))
    return message
  end

  it("that is missing is an error before anything is sent", function()
    local message = fails("io", folder .. "/missing")
    assert(message:find("upload of missing: No such file or directory", 1, true), message)
  end)

  it("that is a directory is none", function() fails("io", folder) end)

  it("that is a FIFO is none, and nobody waits for its writer", function()
    os.execute("mkfifo " .. host.quote(folder .. "/fifo"))
    fails("io", folder .. "/fifo")
  end)

  it("that is a device is none", function() fails("io", "/dev/zero") end)

  it("below a file is none", function()
    write(folder .. "/x", "x")
    fails("io", folder .. "/x/y")
  end)

  it("whose name is a line break does not break the message", function()
    fails("io", folder .. "/missing\nfile")
  end)

  it("that may not be read is an error", function()
    write(folder .. "/x", "x")
    os.execute("chmod 000 " .. host.quote(folder .. "/x"))
    local file = io.open(folder .. "/x")
    if file then
      file:close()
      pending("the permissions of files do not bind root")
      return
    end
    fails("io", folder .. "/x")
  end)

  it("is shorter than the part asked of it", function()
    write(folder .. "/x", "hello")
    fails("io", { path = folder .. "/x", offset = 6 })
    fails("io", { path = folder .. "/x", offset = 2, length = 4 })
  end)

  it("that is empty is sent as it is", function()
    write(folder .. "/x", "")
    assert.equal(0, assert(container:upload(folder .. "/x")).size)
    assert.equal(0, assert(container:upload { data = "", name = "y" }).size)
    local read = { read = function() return nil end, name = "z" }
    assert.equal(0, assert(container:upload(read)).size)
  end)

  -- Large enough to be under way when the first progress is told.
  local SIZE = 64 * 1024 * 1024

  local function changing(change)
    write(folder .. "/x", ("x"):rep(SIZE))
    local changed = false
    local value, message, code, detail = container:upload(folder .. "/x", {
      on_progress = function()
        if changed then return end
        changed = true
        change()
      end })
    world.is_failure("io", value, message, code, detail)
  end

  it("that grows while it is sent is an error", function()
    changing(function() write(folder .. "/x", "more", "ab") end)
  end)

  it("that shrinks while it is sent is an error", function()
    changing(function() os.execute("truncate -s 1000 " .. host.quote(folder .. "/x")) end)
  end)

  it("that is rewritten while it is sent is an error", function()
    changing(function() write(folder .. "/x", "other", "r+b") end)
  end)

  it("that is removed while it is sent is sent to its end", function()
    write(folder .. "/x", ("x"):rep(1000000))
    local result = assert(container:upload(folder .. "/x", {
      on_progress = function() os.remove(folder .. "/x") end }))
    assert.equal(1000000, result.size)
  end)
end)

-- name -> as it stands in the container, where that differs
local names = {
  { "plain" }, { 'with "quotes"' }, { "with 'these'" }, { "back\\slash" }, { 'end\\"' },
  { "a space" }, { "; rm -rf $HOME" }, { "$(true)`true`" }, { "per%cent%22" },
  { "tab\there", "tab%09here" }, { "\27[31m\127", "%1B[31m%7F" },
  { "\195\164\195\182 \226\130\172 \230\188\162\229\173\151" }, { "latin1 \228\246" },
  { "two\nlines", "two%0Alines" }, { "carriage\rreturn", "carriage%0Dreturn" }, { "-rf" },
  { ".hidden" }, { "..." }, { "semi;colon=1" }, { "*" }, { ("n"):rep(255) },
}

describe("a name", function()
  after_each(finish)

  it("stands in the container as it was given", function()
    begin "cd /tmp/uploads && for f in .* *; do test -f \"$f\" && printf '%s\\0' \"$f\"; done"
    for _, name in ipairs(names) do
      local result = assert(container:upload { data = "x", name = name[1] })
      assert.equal(name[2] or name[1], result.name)
    end
    local terminal = assert(container:attach())
    local output, there = assert(terminal:read_all()), {}
    for name in output:gmatch("([^%z]+)%z") do there[name] = true end
    for _, name in ipairs(names) do
      local wanted = name[2] or name[1]
      assert(there[wanted], ("%q is not there"):format(wanted))
    end
  end)

  it("of a path is its last part", function()
    begin "ls -1b /tmp/uploads"
    write(folder .. "/x y", "x")
    assert.equal("x y", assert(container:upload(folder .. "/x y")).name)
    assert.equal("other", assert(container:upload { path = folder .. "/x y",
      name = "../../etc/other" }).name)
    local terminal = assert(container:attach())
    assert.equal("other\r\nx\\ y\r\n", assert(terminal:read_all()))
  end)
end)

describe("a function that reads", function()
  before_each(function() begin "sha256sum /tmp/uploads/x | cut -c1-64; wc -c </tmp/uploads/x" end)
  after_each(finish)

  local function pieces(list)
    local i = 0
    return function()
      i = i + 1
      return list[i]
    end
  end

  it("sends what it gives, of any size", function()
    for _, size in ipairs { false, 6 + 3000000 } do
      local result = assert(container:upload({ name = "x", size = size or nil,
        read = pieces { "abc", "", "d", ("y"):rep(3000000), "ef" } }, { sha256 = true }))
      assert.equal(3000006, result.size)
      assert.equal(64, #result.sha256)
    end
  end)

  it("may wait", function()
    local result
    local left = 5
    local function read()
      left = left - 1
      assert(oneoff.sleep(0.01))
      return left > 0 and "x" or nil
    end
    oneoff.run(function() result = container:upload { read = read, name = "x" } end)
    assert.equal(4, result.size)
    left = 3
    assert.equal(2, assert(container:upload { read = read, name = "x" }).size)
  end)

  it("that raises has its error pass through", function()
    local reason = { "any value" }
    for _, thrown in ipairs { "no luck", reason } do
      local ok, err = pcall(container.upload, container,
        { name = "x", read = function() error(thrown, 0) end })
      assert.is_false(ok)
      assert.equal(thrown, err)
    end
    -- In the middle, too.
    local first = true
    local ok, err = pcall(container.upload, container, { name = "x", read = function()
      if not first then error("no luck", 0) end
      first = false
      return ("x"):rep(100000)
    end })
    assert.is_false(ok)
    assert.equal("no luck", err)
    assert(container:upload { data = "x", name = "x" })
  end)

  it("that gives no string is misused", function()
    for _, value in ipairs { 42, true, {}, print } do
      local ok, err = pcall(container.upload, container,
        { name = "x", read = function() return value end })
      assert.is_false(ok)
      assert(err:find("bad source (its read function gave a " .. type(value), 1, true), err)
    end
  end)

  it("may say why it has no more", function()
    local value, message, code, detail = container:upload { name = "x",
      read = function() return nil, "disk\non fire" end }
    world.is_failure("io", value, message, code, detail)
    assert(message:find("the source failed: disk on fire", 1, true), message)
  end)

  it("must give as much as was said", function()
    for _, case in ipairs {
      { 10, { "abc" } }, { 2, { "abc" } }, { 2, { "a", "b", "c" } }, { 0, { "a" } }, { 5, {} },
      { 100, { ("x"):rep(5000000) } }, { 6000000, { ("x"):rep(5000000) } },
    } do
      local value, message, code, detail =
        container:upload { name = "x", size = case[1], read = pieces(case[2]) }
      world.is_failure("io", value, message, code, detail)
    end
  end)

  it("is not read twice where the first try fails", function()
    local other = host.start { "--fault", "upload-503=1" }
    local second = other:account(world.options)
    local value, message, code, detail = world.container(second, "true"):upload {
      name = "x", read = pieces { "abc" } }
    world.is_failure("http", value, message, code, detail)
    assert.equal(1, other:count("upload"))
    second:close()
    other:stop()
  end)
end)

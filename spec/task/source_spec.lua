-- SPDX-License-Identifier: MIT
local pty = require "spec.task.pty"
local source = require "oneoff.task.source"

describe("task.source #short", function()
  local folder, remove

  setup(function()
    folder, remove = pty.folder()
    pty.write(folder .. "/ten", "0123456789")
    pty.write(folder .. "/empty", "")
  end)

  teardown(function()
    remove()
  end)

  local function pieces(list)
    local i = 0
    return function()
      i = i + 1
      return list[i]
    end
  end

  local function drain(read)
    local all = {}
    for chunk in read do
      all[#all + 1] = chunk
    end
    return table.concat(all)
  end

  it("names what is wrong", function()
    local long = ("x"):rep(256)
    for _, case in ipairs {
      { 5, "a path or a table expected, got number" },
      { {}, "one of path, data and read expected" },
      { { path = "a", data = "b", name = "c" }, "one of path, data and read expected" },
      { { path = "a\0b" }, "path: a string without NUL bytes" },
      { { data = 5, name = "x" }, "data: a string expected, got number" },
      { { read = 5, name = "x" }, "read: a function expected, got number" },
      { { read = print, name = "x", size = "9" }, "size: a number" },
      { { read = print, name = "x", size = -1 }, "size: a number" },
      { { data = "x" }, "name: a string expected, got nil" },
      { { data = "x", name = "" }, "name: not a file name" },
      { { data = "x", name = "a/b" }, "name: not a file name" },
      { { data = "x", name = ".." }, "name: not a file name" },
      { { data = "x", name = "a\0b" }, "name: not a file name" },
      { { data = "x", name = long }, "name: not a file name" },
      { "", "name: not a file name" },
      { "/", "name: not a file name" },
    } do
      local made, problem = source.new(case[1])
      assert.is_nil(made)
      assert.are.equal(case[2], problem:sub(1, #case[2]))
    end
  end)

  it("takes a path's last part as its name", function()
    assert.are.equal("dump.sql", source.new("some/where/dump.sql").name)
    assert.are.equal("other", source.new({ path = "a/b", name = "other" }).name)
  end)

  it("says what cannot be read", function()
    for _, path in ipairs { folder .. "/none", folder, folder .. "/ten/x" } do
      local opened, message, code = source.new(path):open()
      assert.is_nil(opened)
      assert.are.equal("io", code)
      assert.is_truthy(message:find(path, 1, true), message)
    end
  end)

  it("reads a head without losing it", function()
    local path = source.new(folder .. "/ten")
    assert.are.equal("0123", path:head(4))
    assert.are.equal("", source.new(folder .. "/empty"):head(4))
    assert.are.equal("ab", source.new({ data = "ab", name = "x" }):head(4))
    local read = source.new({ read = pieces { "a", "", "bc", "def" }, name = "x" })
    assert.are.equal("abcdef", read:head(4))
    assert.are.equal("abcdef", drain(read:part(0, 100, "w").read))
    local short = source.new({ read = pieces { "a" }, name = "x" })
    assert.are.equal("a", short:head(4))
    assert.are.equal("a", drain(short:part(0, 100, "w").read))
    local failing = source.new({ read = function() return nil, "disk on fire" end, name = "x" })
    local head, message, code = failing:head(4)
    assert.is_nil(head)
    assert.are.same({ "x: disk on fire", "io" }, { message, code })
  end)

  it("cuts a file into parts", function()
    local file = source.new(folder .. "/ten")
    assert.is_true(file:open())
    assert.are.equal(10, file.size)
    assert.are.same({ path = file.path, name = "w" }, (file:part(0, 10, "w")))
    assert.are.same({ path = file.path, name = "w", offset = 8, length = 2 },
      (file:part(8, 4, "w")))
    assert.is_true(file:has_more(8))
    assert.is_false(file:has_more(10))
    local data = source.new({ data = "0123456789", name = "x" })
    local part, length = data:part(8, 4, "w")
    assert.are.same({ data = "89", name = "w" }, part)
    assert.are.equal(2, length)
  end)

  it("cuts what a function reads, wherever its pieces end", function()
    for limit = 1, 12 do
      local read = source.new({ read = pieces { "012", "", "3456", "789" }, name = "x" })
      local offset, parts = 0, {}
      repeat
        local text = drain(read:part(offset, limit, "w").read)
        parts[#parts + 1] = text
        offset = offset + #text
        assert.is_true(#text <= limit)
      until not read:has_more(offset)
      assert.are.equal("0123456789", table.concat(parts))
      assert.are.equal(math.ceil(10 / limit), #parts)
    end
  end)

  it("passes on what a function could not read", function()
    local read = source.new({ read = function() return nil, "gone" end, name = "x" })
    local chunk, problem = read:part(0, 5, "w").read()
    assert.is_nil(chunk)
    assert.are.equal("gone", problem)
  end)
end)

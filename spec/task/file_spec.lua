-- SPDX-License-Identifier: MIT
local pty = require "spec.task.pty"
local task_file = require "oneoff.task.file"

describe("task.file #short", function()
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
      { { data = "x" }, "name: a string expected, got no value" },
      { { data = "x", name = "" }, "name: not a file name" },
      { { data = "x", name = "a/b" }, "name: not a file name" },
      { { data = "x", name = ".." }, "name: not a file name" },
      { { data = "x", name = "a\0b" }, "name: not a file name" },
      { { data = "x", name = long }, "name: not a file name" },
      { { data = "x", name = "y", joni = false }, "joni: no such option" },
      { { data = "x", name = "y", compress = "gzip" }, "compress: only a path" },
      { { path = "x", compress = "xz" }, "compress: \"gzip\" or \"zstd\" expected" },
      { "", "name: not a file name" },
      { "/", "name: not a file name" },
    } do
      local made, problem = task_file.new(case[1])
      assert.is_nil(made)
      assert.are.equal(case[2], problem:sub(1, #case[2]))
    end
  end)

  it("takes a path's last part as its name", function()
    assert.are.equal("dump.sql", task_file.new("some/where/dump.sql").name)
    assert.are.equal("other", task_file.new({ path = "a/b", name = "other" }).name)
  end)

  it("says what cannot be read", function()
    for _, path in ipairs { folder .. "/none", folder .. "/ten/x" } do
      local opened, message, code = task_file.new(path):open()
      assert.is_nil(opened)
      assert.are.equal("io", code)
      assert.is_truthy(message:find(path, 1, true), message)
    end
  end)

  it("reads a head without losing it", function()
    local path = task_file.new(folder .. "/ten")
    assert.are.equal("0123", path:head(4))
    assert.are.equal("", task_file.new(folder .. "/empty"):head(4))
    assert.are.equal("ab", task_file.new({ data = "ab", name = "x" }):head(4))
    local read = task_file.new({ read = pieces { "a", "", "bc", "def", "g" }, name = "x" })
    assert.are.equal("abcd", read:head(4))
    assert.are.equal("abcdefg", read:part(0, 100).data)
    local short = task_file.new({ read = pieces { "a" }, name = "x" })
    assert.are.equal("a", short:head(4))
    assert.are.equal("a", short:part(0, 100).data)
    local failing = task_file.new({ read = function() return nil, "disk on fire" end, name = "x" })
    local head, message, code = failing:head(4)
    assert.is_nil(head)
    assert.are.same({ "x: disk on fire", "io" }, { message, code })
  end)

  it("cuts a file into parts", function()
    local file = task_file.new(folder .. "/ten")
    assert.is_true(file:open())
    assert.are.equal(10, file.size)
    assert.are.same({ { path = file.path }, true }, { file:part(0, 10) })
    assert.are.same({ { path = file.path, offset = 8, length = 2 }, true }, { file:part(8, 4) })
    assert.are.same({ { path = file.path, offset = 4, length = 4 }, false }, { file:part(4, 4) })
    assert.are.same({ 4, 4, 2 }, file:part_sizes(4))
    assert.are.same({ 10 }, file:part_sizes(10))
    local data = task_file.new({ data = "0123456789", name = "x" })
    assert.are.same({ { data = "89" }, true }, { data:part(8, 4) })
    assert.are.same({ 0 }, task_file.new({ data = "", name = "x" }):part_sizes(4))
  end)

  local function parts_of(file, limit)
    local offset, parts = 0, {}
    repeat
      local part, is_last = file:part(offset, limit)
      assert(part, is_last)
      parts[#parts + 1] = part.data
      offset = offset + #part.data
    until is_last
    return parts
  end

  it("cuts what a function reads, wherever its pieces end", function()
    for limit = 1, 12 do
      for _, size in ipairs { false, 10 } do
        local parts = parts_of(task_file.new({
          read = pieces { "012", "", "3456", "789" }, name = "x", size = size or nil,
        }), limit)
        assert.are.equal("0123456789", table.concat(parts))
        assert.are.equal(math.ceil(10 / limit), #parts)
      end
    end
    assert.are.same({ "" }, parts_of(task_file.new({ read = pieces {}, name = "x" }), 5))
  end)

  it("says when a function reads another size than was said, before the last part", function()
    for size, word in pairs { [9] = "more", [5] = "more", [11] = "fewer" } do
      local file = task_file.new({ read = pieces { "01234", "56789" }, name = "x", size = size })
      local first, message, code = file:part(0, 5)
      if first then first, message, code = file:part(5, 5) end
      assert.is_nil(first)
      assert.are.same({ "x: there are " .. word .. " bytes than its size says", "io" },
        { message, code })
    end
  end)

  it("passes on what a function could not read", function()
    local read = task_file.new({ read = function() return nil, "gone" end, name = "x" })
    assert.are.same({ nil, "x: gone", "io" }, { read:part(0, 5) })
  end)

  it("raises where a function gives no string", function()
    local read = task_file.new({ read = function() return 5 end, name = "x" })
    assert.has_error(function() read:part(0, 5) end,
      "bad source (its read function returned a number, not a string or nil)")
  end)
end)

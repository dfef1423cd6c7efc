-- SPDX-License-Identifier: MIT
local tail_buffer = require "oneoff.task.tail_buffer"

describe("task.tail_buffer #short", function()
  it("keeps all of what is within the bound", function()
    for size = 0, 10 do
      local buffer = tail_buffer.new(10)
      buffer:add(("abcdefghij"):sub(1, size))
      local text, dropped = buffer:text()
      assert.are.equal(("abcdefghij"):sub(1, size), text)
      assert.are.equal(0, dropped)
    end
  end)

  it("keeps head and tail of more, and says how much it left out", function()
    local buffer = tail_buffer.new(10)
    buffer:add("0123456789ABCDEF")
    local text, dropped = buffer:text()
    assert.are.equal("01234\n[... 6 bytes left out ...]\nBCDEF", text)
    assert.are.equal(6, dropped)
    assert.are.equal(16, buffer.total)
  end)

  it("keeps the same in whatever pieces it comes", function()
    local input = {}
    for i = 1, 30000 do input[i] = ("%05d,"):format(i) end
    input = table.concat(input)
    local expected = input:sub(1, 5001) .. "\n[... " .. #input - 10001 .. " bytes left out ...]\n"
      .. input:sub(-5000)
    for _, size in ipairs { 1, 2, 7, 4095, 4096, 5000, 5001, 9999, 100000, #input } do
      local buffer = tail_buffer.new(10001)
      for from = 1, #input, size do buffer:add(input:sub(from, from + size - 1)) end
      local text, dropped = buffer:text()
      assert.are.equal(expected, text)
      assert.are.equal(#input - 10001, dropped)
    end
  end)

  it("takes little memory for much output, byte by byte too", function()
    local buffer = tail_buffer.new(20000)
    collectgarbage()
    local before = collectgarbage("count")
    for _ = 1, 20000 do
      buffer:add("x")
      buffer:add("some more bytes, a line of them\n")
    end
    collectgarbage()
    local used = collectgarbage("count") - before
    assert.are.equal(20000 * 33, buffer.total)
    assert.is_true(used < 150, used)
  end)

  it("may be asked in between", function()
    local buffer = tail_buffer.new(4)
    buffer:add("ab")
    assert.are.equal("ab", (buffer:text()))
    buffer:add("cdefg")
    assert.are.equal("ab\n[... 3 bytes left out ...]\nfg", (buffer:text()))
    buffer:add("h")
    assert.are.equal("ab\n[... 4 bytes left out ...]\ngh", (buffer:text()))
  end)
end)

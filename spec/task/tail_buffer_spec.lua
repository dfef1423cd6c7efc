-- SPDX-License-Identifier: MIT
local tail_buffer = require "oneoff.task.tail_buffer"

describe("task.keep #short", function()
  it("keeps all of what is within the bound", function()
    for size = 0, 10 do
      local keeper = tail_buffer.new(10)
      keeper:add(("abcdefghij"):sub(1, size))
      local text, dropped = keeper:text()
      assert.are.equal(("abcdefghij"):sub(1, size), text)
      assert.are.equal(0, dropped)
    end
  end)

  it("keeps head and tail of more, and says how much it left out", function()
    local keeper = tail_buffer.new(10)
    keeper:add("0123456789ABCDEF")
    local text, dropped = keeper:text()
    assert.are.equal("01234\n[... 6 bytes left out ...]\nBCDEF", text)
    assert.are.equal(6, dropped)
    assert.are.equal(16, keeper.total)
  end)

  it("keeps the same in whatever pieces it comes", function()
    local input = {}
    for i = 1, 30000 do
      input[i] = ("%05d,"):format(i)
    end
    input = table.concat(input)
    local expected = input:sub(1, 5001) .. "\n[... " .. #input - 10001 .. " bytes left out ...]\n"
      .. input:sub(-5000)
    for _, size in ipairs { 1, 2, 7, 4095, 4096, 5000, 5001, 9999, 100000, #input } do
      local keeper = tail_buffer.new(10001)
      for from = 1, #input, size do
        keeper:add(input:sub(from, from + size - 1))
      end
      local text, dropped = keeper:text()
      assert.are.equal(expected, text)
      assert.are.equal(#input - 10001, dropped)
    end
  end)

  it("takes little memory for much output, byte by byte too", function()
    local keeper = tail_buffer.new(20000)
    for _ = 1, 20000 do
      keeper:add("x")
      keeper:add("some more bytes, a line of them\n")
    end
    local pieces = #keeper.head_ + (#keeper.blocks_ - keeper.first_) + #keeper.small_
    assert.is_true(pieces < 5000, pieces)
    assert.is_true(#keeper.blocks_ < 600)
  end)

  it("may be asked in between", function()
    local keeper = tail_buffer.new(4)
    keeper:add("ab")
    assert.are.equal("ab", (keeper:text()))
    keeper:add("cdefg")
    assert.are.equal("ab\n[... 3 bytes left out ...]\nfg", (keeper:text()))
    keeper:add("h")
    assert.are.equal("ab\n[... 4 bytes left out ...]\ngh", (keeper:text()))
  end)
end)

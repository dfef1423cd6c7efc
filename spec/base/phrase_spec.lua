-- SPDX-License-Identifier: MIT
local phrase = require "oneoff.base.phrase"

describe("task.phrase #short", function()
  it("shortens to whole characters", function()
    assert.are.equal("abc", phrase.shorten("abc", 3))
    assert.are.equal("ab...", phrase.shorten("abcdef", 5))
    assert.are.equal("é...", phrase.shorten("éééé", 6))
    assert.are.equal("a b c", phrase.shorten(" a\n\tb\27c \r\n", 10))
    assert.are.equal("", phrase.shorten("\n", 10))
  end)

  it("finds the last line that says something", function()
    assert.is_nil(phrase.last_line(""))
    assert.is_nil(phrase.last_line(" \n\r\n"))
    assert.are.equal("two", phrase.last_line("one\n two \n\n"))
    assert.are.equal("100%", phrase.last_line("50%\r100%\n"))
    assert.are.equal("100%", phrase.last_line("50%\r100%\r\n"))
    assert.are.equal("no such table: x", phrase.last_line("no such table: x\n   ^--- \n"))
    assert.are.equal("a:7: ERROR: at y", phrase.last_line("ok\na:7: ERROR: at y\nLINE 1: x y\n  ^"))
  end)
end)

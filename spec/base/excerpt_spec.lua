-- SPDX-License-Identifier: MIT
local excerpt = require "oneoff.base.excerpt"

describe("excerpt #short", function()
  it("shortens to whole characters", function()
    assert.are.equal("abc", excerpt.shorten("abc", 3))
    assert.are.equal("ab...", excerpt.shorten("abcdef", 5))
    assert.are.equal("é...", excerpt.shorten("éééé", 6))
    assert.are.equal("a b c", excerpt.shorten(" a\n\tb\27c \r\n", 10))
    assert.are.equal("", excerpt.shorten("\n", 10))
  end)

  it("finds the last line that says something", function()
    assert.is_nil(excerpt.last_line(""))
    assert.is_nil(excerpt.last_line(" \n\r\n"))
    assert.are.equal("two", excerpt.last_line("one\n two \n\n"))
    assert.are.equal("100%", excerpt.last_line("50%\r100%\n"))
    assert.are.equal("100%", excerpt.last_line("50%\r100%\r\n"))
    assert.are.equal("no such table: x", excerpt.last_line("no such table: x\n   ^--- \n"))
    assert.are.equal("a:7: ERROR: at y",
      excerpt.last_line("ok\na:7: ERROR: at y\nLINE 1: x y\n  ^"))
  end)
end)

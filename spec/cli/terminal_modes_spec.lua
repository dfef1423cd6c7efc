-- SPDX-License-Identifier: MIT
local terminal_modes = require "oneoff.cli.terminal_modes"

-- What resets a stream, whole and split at every byte.
local function reset_of(text)
  local whole = terminal_modes.new()
  whole:feed(text)
  local found = whole:reset()
  local bytes = terminal_modes.new()
  for byte in text:gmatch(".") do bytes:feed(byte) end
  assert.equal(found, bytes:reset())
  for at = 1, #text - 1 do
    local halves = terminal_modes.new()
    halves:feed(text:sub(1, at))
    halves:feed(text:sub(at + 1))
    assert.equal(found, halves:reset())
  end
  return (found:gsub("\27", "E"))
end

describe("the modes of a terminal", function()
  it("are left alone where nothing was switched on", function()
    assert.equal("", reset_of "plain \27[31mred\27[0m \27[2J\27[H\27]0;title\7 \27[?25h\27[?1049l")
    assert.equal("", reset_of "\27[?1049h\27[?25l\27[?2004h text \27[?2004l\27[?25h\27[?1049l")
    assert.equal("", reset_of "\27[?12h\27[?1034h\27[?99999999h")
  end)

  it("are given back, each that was changed", function()
    assert.equal("E[?1049l", reset_of "\27[?1049h")
    assert.equal("E[?25h", reset_of "a\27[?25lb")
    assert.equal("E[?7h", reset_of "\27[?7l")
    assert.equal("E[?25hE[?1000lE[?1006lE[?2004lE[?1049l",
      reset_of "\27[?1049;2004h\27[?25l\27[?1000h\27[?1006h text")
  end)

  it("are given back besides the private modes too", function()
    assert.equal("E[0m", reset_of "\27[1;31mred")
    assert.equal("", reset_of "\27[1;31mred\27[m")
    assert.equal("E7E[rE8", reset_of "\27[2;20r")
    assert.equal("E>", reset_of "\27=")
    assert.equal("", reset_of "\27=\27>")
    assert.equal("E[0 q", reset_of "\27[5 q")
    assert.equal("E(B", reset_of "\27(0lqk")
    assert.equal("E[<u", reset_of "\27[>1u")
    assert.equal("E[>4m", reset_of "\27[>4;2m")
  end)

  it("are all reset by a whole reset", function()
    assert.equal("", reset_of "\27[?1049h\27[1m\27c")
  end)

  it("are found among broken sequences, and with little memory", function()
    assert.equal("E[?25h", reset_of "\27[\27[?25l\27")
    assert.equal("E[?25h", reset_of "\27\27[?25l")
    local modes = terminal_modes.new()
    modes:feed("\27[" .. ("1;"):rep(100000))
    modes:feed("\27[?25l")
    assert.equal("\27[?25h", modes:reset())
    assert.equal("", modes:reset())
  end)
end)

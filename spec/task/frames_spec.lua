-- SPDX-License-Identifier: MIT
local frames = require "oneoff.task.frames"

local NONCE = "0123456789abcdef"
local P = "[oneoff:" .. NONCE .. " "

-- Everything the parser says about the pieces, as one text.
local function parse(pieces)
  local seen = {}
  local sink = {
    text = function(_, bytes)
      assert(bytes ~= "")
      if type(seen[#seen]) == "table" and seen[#seen].text then
        seen[#seen].text = seen[#seen].text .. bytes
      else
        seen[#seen + 1] = { text = bytes }
      end
    end,
    frame = function(_, kind, words, cooked)
      seen[#seen + 1] = { frame = kind .. "(" .. words .. ")" .. (cooked and "cooked" or "raw") }
    end,
  }
  local parser = frames.new(NONCE, sink)
  for _, piece in ipairs(pieces) do parser:feed(piece) end
  parser:finish()
  local out = {}
  for i, item in ipairs(seen) do out[i] = item.frame and "<" .. item.frame .. ">" or item.text end
  return table.concat(out), parser
end

local function bytes_of(text)
  local pieces = {}
  for i = 1, #text do pieces[i] = text:sub(i, i) end
  return pieces
end

local cases = {
  { "nothing", "", "" },
  { "text alone", "hello\r\n", "hello\r\n" },
  { "a frame alone", P .. "begin]\n", "<begin()raw>" },
  { "a frame on a terminal that adds CR", P .. "begin]\r\n", "<begin()cooked>" },
  { "a frame in half a line", "ab" .. P .. "heartbeat]\r\ncd", "ab<heartbeat()cooked>cd" },
  { "words", P .. "done 12 130 4711.05]\n", "<done(12 130 4711.05)raw>" },
  { "two frames", P .. "a]\n" .. P .. "b 1]\n", "<a()raw><b(1)raw>" },
  { "an empty line stays", P .. "a]\n\nx", "<a()raw>\nx" },
  { "another nonce", "[oneoff:0123456789abcdee a]\n", "[oneoff:0123456789abcdee a]\n" },
  { "half a prefix, then a frame", "[oneoff:01[[on" .. P .. "x]\n", "[oneoff:01[[on<x()raw>" },
  { "a prefix in a prefix", P .. P .. "x]\n", P .. "<x()raw>" },
  { "a frame without an end", P .. "step 1", P .. "step 1" },
  { "a last frame without a line end", P .. "exit 0]", "<exit(0)raw>" },
  { "other bytes in the words", P .. "a\0b]\nx", P .. "a\0b]\nx" },
  { "something between frame and line end", P .. "a]x\n", P .. "a]x\n" },
  { "as many CRs as a line end may have", P .. "a]" .. ("\r"):rep(8) .. "\nx", "<a()cooked>x" },
  { "one CR more", P .. "a]" .. ("\r"):rep(9) .. "\nx", P .. "a]" .. ("\r"):rep(9) .. "\nx" },
  { "no kind", P .. "1 2]\n", P .. "1 2]\n" },
  { "NUL and high bytes", "\0\255" .. P .. "a]\n\128\0", "\0\255<a()raw>\128\0" },
  { "an open bracket at the end", "x[", "x[" },
  { "half a prefix at the end", "x" .. P:sub(1, -2), "x" .. P:sub(1, -2) },
  { "an echo of what we type", P .. "in aGk=+/]\r\n", "<in(aGk=+/)cooked>" },
}

describe("task.frames #short", function()
  for _, case in ipairs(cases) do
    it("takes apart " .. case[1] .. ", whole, byte by byte and at every split", function()
      local _, input, expected = case[1], case[2], case[3]
      assert.are.equal(expected, (parse { input }))
      assert.are.equal(expected, (parse(bytes_of(input))))
      for at = 0, #input do
        assert.are.equal(expected, (parse { input:sub(1, at), input:sub(at + 1) }))
      end
    end)
  end

  it("reads any mixture of all cases at any three pieces", function()
    local input, expected = {}, {}
    for i, case in ipairs(cases) do
      if not case[1]:find("last") and not case[1]:find("at the end") then
        input[i], expected[i] = case[2], case[3]
      else
        input[i], expected[i] = "", ""
      end
    end
    input, expected = table.concat(input), table.concat(expected)
    for first = 0, #input, 7 do
      for second = first, #input, 31 do
        local got = parse {
          input:sub(1, first), input:sub(first + 1, second), input:sub(second + 1),
        }
        if got ~= expected then assert.are.equal(expected, got) end
      end
    end
  end)

  it("holds back no more than a frame, however long a line is", function()
    local fed, given, held = 0, 0, 0
    local parser = frames.new(NONCE, {
      text = function(_, bytes) given = given + #bytes end, frame = function() end,
    })
    local function feed(bytes)
      fed = fed + #bytes
      parser:feed(bytes)
      held = math.max(held, fed - given)
    end
    for _ = 1, 2000 do feed(P .. ("a"):rep(300)) end
    assert.is_true(held > 300 and held < 2048, held)
    feed(("x"):rep(1000000))
    assert.are.equal(fed, given)
  end)

  it("gives the text at once that cannot be a frame", function()
    local seen = ""
    local parser = frames.new(NONCE, {
      text = function(_, bytes) seen = seen .. bytes end, frame = function() end,
    })
    parser:feed("50% [####  ]")
    assert.are.equal("50% [####  ]", seen)
    parser:feed("[oneoff")
    parser:feed("!")
    assert.are.equal("50% [####  ][oneoff!", seen)
  end)
end)

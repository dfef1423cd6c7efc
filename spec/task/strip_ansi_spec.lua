-- SPDX-License-Identifier: MIT
local strip_ansi = require "oneoff.task.strip_ansi"

local function run(pieces, cooked)
  local cleaner, out = strip_ansi.new(), {}
  cleaner.cooked = cooked
  for i, piece in ipairs(pieces) do out[i] = cleaner:feed(piece) end
  return table.concat(out) .. cleaner:finish()
end

local cases = {
  { "plain text", "hello\n", "hello\n" },
  { "the terminal's CR", "a\r\nb\r\n", "a\nb\n", "a\r\nb\r\n" },
  { "one CR only", "a\r\r\nb", "a\r\nb", "a\r\r\nb" },
  { "a progress bar's CR", "1%\r2%\r\n", "1%\r2%\n", "1%\r2%\r\n" },
  { "a CR at the end", "x\r", "x\r" },
  { "colours", "\27[31mred\27[0m\27[m.", "red." },
  { "private modes", "\27[?25lx\27[?25h\27[2J\27[1;1H", "x" },
  { "CSI with intermediate bytes", "\27[1 qx\27[!p", "x" },
  { "titles", "\27]0;title\7x\27]2;t\27\\y", "xy" },
  { "DCS, SOS, PM and APC", "\27Pq#0\27\\a\27Xs\27\\b\27^p\27\\c\27_a\27\\d", "abcd" },
  { "a string that a line end cuts", "\27]0;oops\nnext", "\nnext" },
  { "a string that CAN cuts", "\27]0;oops\24next", "next" },
  { "ESC inside a string", "\27]0;a\27[1mb", "b" },
  { "two byte sequences", "\0277a\0278\27=b\27>c\27Md", "abcd" },
  { "character sets", "\27(Bx\27)0y\27%Gz", "xyz" },
  { "ESC ESC", "\27\27[1mx", "x" },
  { "ESC before a control", "\27\nx", "\nx" },
  { "a control inside CSI", "\27[1\nx", "\nx" },
  { "half a sequence", "x\27[1;3", "x" },
  { "CR before a sequence", "a\r\27[Kb", "a\rb" },
  { "NUL, high bytes and UTF-8", "\0\155\255é\1\7", "\0\155\255é\1\7" },
}

describe("task.clean #short", function()
  for _, case in ipairs(cases) do
    for _, cooked in ipairs { true, false } do
      local expected = not cooked and case[4] or case[3]
      it(("takes out of %s, %s"):format(case[1], cooked and "CR added" or "raw"), function()
        local input = case[2]
        assert.are.equal(expected, run({ input }, cooked))
        for first = 0, #input do
          for second = first, #input do
            assert.are.equal(expected, run({
              input:sub(1, first), input:sub(first + 1, second), input:sub(second + 1),
            }, cooked))
          end
        end
      end)
    end
  end

  it("starts anew after finish", function()
    local cleaner = strip_ansi.new()
    assert.are.equal("", cleaner:feed("\27]0;half"))
    assert.are.equal("", cleaner:finish())
    assert.are.equal("x", cleaner:feed("x"))
  end)
end)

-- SPDX-License-Identifier: MIT
local messages = require "oneoff.cli.messages"

describe("a message of the library, in the words of the command line", function()
  local cases = {
    { "restore", "name it with option 'database'", "name it with option '--database'" },
    { "restore", "bad option 'transaction' (x)", "bad option '--no-transaction' (x)" },
    { "restore", "bad option 'checks[2]' (x)", "bad option '--check' (number 2) (x)" },
    { "restore", "bad option 'checks[2].expect' (x)", "bad option '--check' (number 2) (x)" },
    { "restore", "option 'app' and option 'log'", "option '--app' and option '--log'" },
    { "upload", "bad option 'files[1]' (x)", "bad option 'files[1]' (x)" }, -- an operand
    { "list", "option 'database'", "option 'database'" },
    { "task", "bad option 'timeout' (x)", "bad option 'timeout' (x)" }, -- of the file
    { "restore", "unknown option '--x'", "unknown option '--x'" },
    { nil, "option 'app'", "option 'app'" },
    { "upload", "task.run: /none: No such file", "upload: /none: No such file" },
    { "restore", "restore.plan: d is empty", "restore: d is empty" },
    { "task", "t.lua: it is wrong", "t.lua: it is wrong" },
  }
  for _, case in ipairs(cases) do
    it(("of %s: %s"):format(case[1] or "no command", case[2]), function()
      assert.equal(case[3], messages.translate(case[1], case[2]))
    end)
  end
end)

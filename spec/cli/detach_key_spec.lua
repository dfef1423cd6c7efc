-- SPDX-License-Identifier: MIT
-- The detach key: typed whole, and split at every byte.
local detach_key = require "oneoff.cli.detach_key"

-- { typed, sent, wish }
local cases = {
  { "", "", nil },
  { "ls\r", "ls\r", nil },
  { "~.", "", "detach" },
  { "ls\r~.", "ls\r", "detach" },
  { "ls\n~.", "ls\n", "detach" },
  { "ls\r~.rest", "ls\r", "detach" },
  { "a~.", "a~.", nil },
  { "a~.\r~.", "a~.\r", "detach" },
  { "~~", "~", nil },
  { "~~.", "~.", nil },
  { "~~\r~~\r", "~\r~\r", nil },
  { "~x", "~x", nil },
  { "~x~.", "~x~.", nil },
  { "~\r~.", "~\r", "detach" },
  { "~?", "", "help" },
  { "~?~.", "", "detach" },
  { "cd ~/x\r", "cd ~/x\r", nil },
  { "\r\r~\27[A", "\r\r~\27[A", nil },
}

describe("the detach key", function()
  for _, case in ipairs(cases) do
    it(("in %q"):format(case[1]), function()
      for cut = 0, #case[1] do
        local filter = detach_key.new("~.")
        local first, wish = filter:feed(case[1]:sub(1, cut))
        local second, later = "", nil
        if wish ~= "detach" then second, later = filter:feed(case[1]:sub(cut + 1)) end
        assert.equal(case[2], first .. second)
        assert.equal(case[3], later or wish)
      end
    end)

    it(("in %q, byte by byte"):format(case[1]), function()
      local filter, sent, wish = detach_key.new("~."), {}, nil
      for byte in case[1]:gmatch("[%z\1-\255]") do
        local text, asked = filter:feed(byte)
        sent[#sent + 1], wish = text, asked or wish
        if asked == "detach" then break end
      end
      assert.equal(case[2], table.concat(sent))
      assert.equal(case[3], wish)
    end)
  end

  it("holds the sign back until the next byte, or the end", function()
    local filter = detach_key.new("~.")
    assert.equal("", filter:feed("~"))
    assert.equal("~", filter:rest())
    assert.equal("", filter:rest())
  end)

  it("may be another one", function()
    local filter = detach_key.new("%q")
    assert.equal("~.\r", filter:feed("~.\r"))
    assert.same({ "", "detach" }, { filter:feed("%q") })
  end)
end)

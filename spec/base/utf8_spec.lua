-- SPDX-License-Identifier: MIT
local utf8 = require "oneoff.base.utf8"

local GOOD = { "", "a\0\127", "\194\128", "\224\160\128", "\237\159\191", "\239\191\191",
  "\240\144\128\128", "\244\143\191\191", "caf\195\169" }
local BAD = { "\128", "\192\128", "\193\191", "\194", "\194a", "\224\159\191", "\226\130",
  "\237\160\128", "\240\143\128\128", "\244\144\128\128", "\245\128\128\128", "\255" }

describe("base.utf8 #short", function()
  it("knows what is UTF-8, at the edges of it", function()
    for _, good in ipairs(GOOD) do
      for _, text in ipairs { good, good .. "z", "z" .. good } do
        assert.is_true(utf8.is_valid(text))
        assert.equal(text, utf8.clean(text))
      end
    end
    for _, bad in ipairs(BAD) do
      for _, text in ipairs { bad, bad .. "z", "\195\169" .. bad } do
        assert.is_false(utf8.is_valid(text))
        assert.is_nil(utf8.clean(text):find(bad, 1, true))
        assert.is_true(utf8.is_valid(utf8.clean(text)))
      end
    end
  end)
end)

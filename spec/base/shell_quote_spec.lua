-- SPDX-License-Identifier: MIT
local shell_quote = require "oneoff.base.shell_quote"

describe("shell_quote #short", function()
  it("leaves a plain word as it is, and quotes any other", function()
    assert.equal("a/b-c_1.2:3=@%+,", shell_quote("a/b-c_1.2:3=@%+,"))
    assert.equal("''", shell_quote(""))
    assert.equal("'a b'", shell_quote("a b"))
    assert.equal("'it'\\''s'", shell_quote("it's"))
  end)

  it("writes what a shell reads as exactly that text", function()
    local words = { "", "a b", "$HOME `x` \\ \"", "it's ''", "line\nline", "*", "~", "#", "é\255" }
    local quoted = {}
    for i, word in ipairs(words) do quoted[i] = shell_quote(word) end
    local pipe = io.popen("printf '%s\\001' " .. table.concat(quoted, " "))
    local text = pipe:read("*a")
    pipe:close()
    assert.equal(table.concat(words, "\1") .. "\1", text)
  end)
end)

-- SPDX-License-Identifier: MIT
local shell_words = require "oneoff.cli.shell_words"

describe("words of the command line", function()
  it("become a line for the shell", function()
    assert.equal("a && b", shell_words.line { "a && b" })
    assert.equal("sh -c 'exit 3'", shell_words.line { "sh", "-c", "exit 3" })
    assert.equal("echo 'it'\\''s' ''", shell_words.line { "echo", "it's", "" })
  end)
end)

-- SPDX-License-Identifier: MIT
-- What GitHub Actions reads of us holds no command of a container's.
local github = require "oneoff.cli.github"
local report = require "oneoff.task.report"

local BAD = "50%: done\r\n::set-output name=x::y, z"

describe("GitHub Actions", function()
  it("gets one line for an error", function()
    assert.equal("::error title=restore%3A a%2Cb::50%25: done%0D%0A::set-output name=x::y, z\n",
      github.error("restore: a,b", BAD))
  end)

  it("obeys nobody between two lines that have the same secret word", function()
    local stop, resume = github.quiet()
    local word = stop:match("^::stop%-commands::(oneoff%-%x+)\n$")
    assert.equal(("::%s::\n"):format(word), resume)
    assert.is_true(#word > 20)
    assert.are_not.equal(stop, (github.quiet()))
  end)

  it("gets a summary in which a container's text is text", function()
    local steps = {
      { name = "<script>|*x*", ok = false, exit_code = 1, seconds = 1, why = BAD },
      { name = "later", ok = false, why = "it was not run" },
    }
    local text = github.summary("restore: shop",
      { ok = false, seconds = 2, why = "it failed", steps = steps }, report.span)
    assert.matches("Failed in 2.0 s: it failed.", text, 1, true)
    assert.matches("| &lt;script&gt;\\|\\*x\\* | failed | 1.0 s | "
      .. "50%: done ::set-output name=x::y, z |\n", text, 1, true)
    assert.matches("| later | not run |  | it was not run |\n", text, 1, true)
    assert.is_nil(text:find("\r", 1, true))
  end)
end)

-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local manual = require "oneoff.cli.manual"

describe("the manual", function()
  it("has all of the definition, in lines that roff takes as text", function()
    local text = manual.text()
    for _, command in ipairs(definition.commands) do
      assert.is_truthy(text:find("\n.SS " .. command[1]:gsub("%-", "\\-") .. "\n", 1, true))
    end
    for _, flag in pairs(definition.flags) do
      local long = flag[1]:match("%-%-[%w-]+"):gsub("%-", "\\-")
      assert.is_truthy(text:find(long, 1, true), long)
    end
    for line in text:gmatch("[^\n]+") do
      assert.is_truthy(not line:find("^[.']") or line:find("^%.TH ") or line:find("^%.S[HS] ")
        or line == ".TP" or line == ".PP", line)
    end
  end)
end)

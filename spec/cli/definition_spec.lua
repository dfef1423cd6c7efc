-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local values = require "oneoff.cli.values"

describe("the definition", function()
  it("gives every flag of a command a converter that is there, and a text", function()
    local seen = {}
    for _, command in ipairs(definition.commands) do
      for _, name in ipairs(definition.flags_of(command)) do
        local flag = assert(definition.flags[name], name)
        assert.is_string(flag.text)
        assert.is_true(flag.kind == nil or type(values[flag.kind]) == "function", name)
        seen[name] = true
      end
    end
    for name in pairs(definition.flags) do
      assert.is_true(seen[name], name .. " is of no command")
    end
  end)

  it("gives no letter twice to a command", function()
    for _, command in ipairs(definition.commands) do
      local taken = {}
      for _, name in ipairs(definition.flags_of(command)) do
        for alias in definition.flags[name][1]:gmatch("%S+") do
          assert.is_nil(taken[alias], command[1] .. " " .. alias)
          taken[alias] = name
        end
      end
    end
  end)
end)

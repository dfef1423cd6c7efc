-- SPDX-License-Identifier: MIT
-- The closed list of codes is one list: in error.h, in oneoff.codes, in the reference.
local core = require "oneoff.core"
local oneoff = require "oneoff"

local names = { "timeout", "canceled", "closed", "connect", "tls", "protocol", "http",
  "unauthorized", "forbidden", "not_found", "rate_limited", "invalid", "limit", "io", "memory",
  "operation_failed", "inactivity", "no_exit_code", "checksum", "check_failed", "busy" }

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

describe("the codes #short", function()
  it("are those that were decided on", function()
    local found = {}
    for i, code in ipairs(core.codes) do
      found[i] = code[1]
      assert.equal(code[2], oneoff.codes[code[1]])
    end
    assert.same(names, found)
    local count = 0
    for _ in pairs(oneoff.codes) do count = count + 1 end
    assert.equal(#names, count)
  end)

  it("stand in error.h with the same words", function()
    local found = {}
    for name, text in read("src/core/error.h"):gmatch('X%((%l[%l_]*),[%s\\]*"([^"]*)"%)') do
      found[#found + 1] = name
      assert.equal(oneoff.codes[name], text)
    end
    assert.same(names, found)
  end)

  it("stand in the reference with the same words", function()
    local section = read("doc/reference.md"):match("\n## Error codes\n(.-)\n## ")
    local found = {}
    for name, text in section:gmatch("\n| `([%l_]+)` | ([^\n]-) |") do
      found[#found + 1] = name
      assert.equal(oneoff.codes[name], text)
    end
    assert.same(names, found)
  end)

  it("are the only ones in the Lua sources", function()
    local pipe = io.popen("find lua -name '*.lua'")
    for path in pipe:lines() do
      for code in read(path):gmatch("failure%([^()\n]-, \"([%l_]+)\",") do
        assert.is_truthy(oneoff.codes[code], path .. ": " .. code)
      end
    end
    pipe:close()
  end)
end)

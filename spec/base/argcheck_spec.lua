-- SPDX-License-Identifier: MIT
-- Argument checks: the message of each, as it is raised and as it is returned.
local argcheck = require "oneoff.base.argcheck"
local rule = require "oneoff.base.rule"

local function raised(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return (message:gsub("^spec/base/argcheck_spec.lua:%d+: ", ""))
end

describe("argcheck #short", function()
  it("returns what is right", function()
    assert.equal("x", argcheck.argument(1, "app", "x", "string"))
    assert.is_nil(argcheck.argument(1, "app", nil, "string|nil"))
    assert.equal(2, argcheck.first("sleep", 2, "number"))
    assert.same({}, argcheck.options(2, nil, { a = "string" }))
    local given = { a = "x" }
    assert.equal(given, argcheck.options(2, given, { a = "string" }))
    assert.equal("example.com", argcheck.url(1, "url", "https://example.com").host)
    assert.is_nil(argcheck.options_problem(1, given, { a = "string" }))
    assert.is_nil(argcheck.argument_problem(1, "app", "x", "string"))
  end)

  it("names the argument that is wrong", function()
    assert.equal("bad argument #1 'app' (string expected, got no value)",
      raised(argcheck.argument, 1, "app", nil, "string"))
    assert.equal("bad argument #2 'command[2]' (string expected, got number)",
      raised(argcheck.argument, 2, "command", { "x", 1 }, rule.list "string"))
    assert.equal("bad argument #1 to 'run' (function expected, got string)",
      raised(argcheck.first, "run", "x", "function"))
    assert.equal("bad argument #2 'url' (an http:// or https:// address expected)",
      raised(argcheck.url, 2, "url", "x"))
    assert.equal("bad argument #3 'x' (y)", argcheck.bad_argument(3, "x", "y"))
  end)

  it("names the option that is wrong, with the way to it", function()
    local fields = { steps = rule.required(rule.list { command = "string" }), timeout = "number" }
    local function problem(options)
      local message = raised(argcheck.options, 2, options, fields)
      if options then assert.equal(message, argcheck.options_problem(2, options, fields)) end
      return message
    end
    assert.equal("bad argument #2 (table of options expected, got string)", problem("x"))
    assert.equal("bad option 'steps' (a list expected, got no value)", problem(nil))
    assert.equal("bad option 'steps' (a list expected, got no value)", problem({}))
    assert.equal("bad option 'steps[1].command' (string expected, got number)",
      problem({ steps = { { command = 1 } } }))
    assert.equal("bad option 'timout' (no such option)", problem({ steps = {}, timout = 1 }))
    assert.equal("bad option 'timeout' (a number that is not negative expected)",
      problem({ steps = {}, timeout = -1 }))
    assert.equal("bad argument #2 (table of options expected, got no value)",
      argcheck.options_problem(2, nil, fields))
  end)
end)

-- SPDX-License-Identifier: MIT
local expect = require "oneoff.task.expect"

describe("task.expect #short", function()
  local function check(expected, output)
    return expect.check(expected, output, {})
  end

  it("finds a pattern anywhere", function()
    assert.is_true(check("ok$", "all ok"))
    local is_met, why = check("^ok", "not ok\n")
    assert.is_false(is_met)
    assert.are.equal('the output is "not ok", expected was a match of "^ok"', why)
  end)

  it("compares a number as a number", function()
    assert.is_true(check(3, " 3.0\n"))
    assert.is_true(check(1000000, "1e6"))
    local is_met, why = check(3, "30\n")
    assert.is_false(is_met)
    assert.are.equal('the output is "30", expected was 3', why)
    assert.is_false((check(3, "")))
    assert.is_false((check(3, "3\n4")))
  end)

  it("compares lines", function()
    assert.is_true(check({ "Alice", 2 }, "Alice\n2.0\n"))
    assert.is_true(check({ "a" }, "a\r\n"))
    local is_met, why = check({ "a", "b" }, "a\n")
    assert.is_false(is_met)
    assert.are.equal('line 2 of the output is missing, expected was "b"', why)
    is_met, why = check({ "a" }, "a\nb\n")
    assert.is_false(is_met)
    assert.are.equal('line 2 of the output is "b", expected was no such line', why)
    assert.is_false((check({ 1 }, "one")))
  end)

  it("asks a function, with the step", function()
    local step = {}
    local got
    assert.is_true(expect.check(function(output, given)
      got = given
      return output == "x"
    end, "x", step))
    assert.are.equal(step, got)
    local is_met, why = check(function()
      return nil, "too few"
    end, "x")
    assert.is_false(is_met)
    assert.are.equal("too few", why)
    is_met, why = check(function() end, "some\noutput")
    assert.is_false(is_met)
    assert.are.equal('the check refused "some output"', why)
  end)

  it("shows a long output by its beginning, in whole characters", function()
    local _, why = check("^no$", ("é"):rep(100))
    assert.is_true(#why < 160)
    assert.is_truthy(why:find('é..."', 1, true))
    _, why = check("^no$", "")
    assert.is_truthy(why:find("the output is nothing", 1, true))
  end)

  it("says what cannot be expected", function()
    assert.is_nil(expect.problem(nil))
    assert.is_nil(expect.problem("^%d+$"))
    assert.is_nil(expect.problem(1))
    assert.is_nil(expect.problem({ "a", 1 }))
    assert.is_nil(expect.problem(print))
    assert.is_truthy(expect.problem(true):find("got boolean"))
    assert.is_truthy(expect.problem("%"))
    assert.is_truthy(expect.problem("[a"):find("malformed"))
    assert.is_truthy(expect.problem({ {} }):find("line 1 is a table"))
  end)
end)

-- SPDX-License-Identifier: MIT
-- Rules: what each one says is wrong with a value, and where.
local rule = require "oneoff.base.rule"

local NAN = 0 / 0

-- Values that are right, and those that are wrong with what is said of them.
local function check(of, right, wrong)
  for _, value in ipairs(right) do
    assert.is_nil((rule.problem(of, value)), tostring(value))
  end
  for _, case in ipairs(wrong) do
    local problem, place = rule.problem(of, case[1])
    assert.equal(case[2], problem)
    assert.equal(case[3], place)
  end
end

describe("a rule #short", function()
  it("of types", function()
    check("string|number", { "", 0, -1, 1 / 0 }, {
      { nil, "string or number expected, got no value" },
      { {}, "string or number expected, got table" },
      { NAN, "a number expected, got NaN" } })
    assert.is_nil((rule.problem("string|nil", nil)))
    check("string|nil", { "x" }, { { 1, "string expected, got number" } })
  end)

  it("of fields refuses others, negative numbers, and what is missing", function()
    local inner = { deep = "boolean" }
    check({ a = "string", n = "number", inner = inner, [1] = "string" },
      { {}, { a = "x", n = 0, inner = {} }, { "x", inner = { deep = true } } }, {
        { nil, "table of options expected, got no value" },
        { "x", "table of options expected, got string" },
        { { b = 1 }, "no such option", ".b" },
        { { [true] = 1 }, "no such option", ".true" },
        { { a = 1 }, "string expected, got number", ".a" },
        { { n = -1 }, "a number that is not negative expected", ".n" },
        { { 2 }, "string expected, got number", "[1]" },
        { { inner = 2 }, "table of options expected, got number", ".inner" },
        { { inner = { deep = 2 } }, "boolean expected, got number", ".inner.deep" } })
    check({ a = rule.required "string" }, { { a = "" } }, {
      { {}, "string expected, got no value", ".a" },
      { { a = 1 }, "string expected, got number", ".a" } })
    local several = {}
    for i = 1, 20 do several[("f%02d"):format(i)] = rule.required "string" end
    check(several, {}, { { {}, "string expected, got no value", ".f01" } })
    check({ a = rule.required("string", "no value given") }, {}, {
      { {}, "no value given", ".a" }, { { a = 1 }, "string expected, got number", ".a" } })
  end)

  it("of several holds all of them, in their order", function()
    local both = rule.all({ width = "number", height = "number" }, function(size)
      if size.width and not size.height then return "it goes with 'height'", ".width" end
    end)
    check(both, { {}, { width = 1, height = 2 } }, {
      { { width = 1 }, "it goes with 'height'", ".width" },
      { { width = "1" }, "number expected, got string", ".width" },
      { 1, "table of options expected, got number" } })
  end)

  it("of fields names a place that is no whole number", function()
    check({}, {}, { { { [1.5] = 1 }, "no such option", "[1.5]" } })
  end)

  it("of lists names the place", function()
    check(rule.list(), { {}, { 1 } }, {
      { nil, "a list expected, got no value" }, { "x", "a list expected, got string" },
      { { x = 1 }, "a list expected, got table" } })
    check(rule.list { x = "string" }, { {}, { {}, { x = "a" } } }, {
      { { {}, { x = 1 } }, "string expected, got number", "[2].x" },
      { { 1 }, "table of options expected, got number", "[1]" } })
  end)

  it("of one value out of some", function()
    check(rule.one_of { "bearer", "basic", false }, { "bearer", false }, {
      { "digest", '"bearer", "basic" or false expected' },
      { nil, '"bearer", "basic" or false expected' } })
    check(rule.boolean, { true, false }, { { 1, "true or false expected" } })
    check(rule.one_of { "x" }, { "x" }, { { "y", '"x" expected' } })
  end)

  it("of numbers", function()
    check(rule.integer(1, 65535), { 1, 65535, 80.0 }, {
      { 0, "a whole number from 1 to 65535 expected, got 0" },
      { 1.5, "a whole number from 1 to 65535 expected, got 1.5" },
      { "1", "a whole number from 1 to 65535 expected, got string" },
      { nil, "a whole number from 1 to 65535 expected, got no value" } })
    check(rule.integer(1), { 1, 2 ^ 40 }, {
      { 0, "a whole number from 1 on expected, got 0" },
      { 1 / 0, "a whole number from 1 on expected, got inf" } })
    assert.matches("^a whole number from 1 on expected, got %-?nan",
      (rule.problem(rule.integer(1), NAN)))
    for _, wrong in ipairs { 0, -1, 1 / 0, NAN } do
      check(rule.positive "seconds", { 0.1 }, {
        { wrong, "a positive number of seconds expected, got number" } })
    end
  end)

  it("of texts, functions, anything, and what a function calls right", function()
    check(rule.text "a path", { "x" }, { { "", "a path expected, got string" },
      { "a\0b", "a path expected, got string" }, { nil, "a path expected, got no value" } })
    check(rule.callable, { print, setmetatable({}, { __call = print }) }, {
      { {}, "a function expected, got table" }, { nil, "a function expected, got no value" } })
    check(rule.any, { false, 1, "" }, { { nil, "a value expected, got no value" } })
    check(rule.of("an even number", function(value) return value % 2 == 0 end), { 2 },
      { { 3, "an even number expected, got number" } })
  end)

  it("of variables, names and addresses", function()
    check(rule.environment, { {}, { A = "", b_2 = "x" } }, {
      { "A=b", "a table expected, got string" },
      { { "A=b" }, "not a name for a variable: 1" },
      { { ["1x"] = "" }, "not a name for a variable: 1x" },
      { { A = 1 }, "A must be a string without a NUL byte" },
      { { A = "a\0b" }, "A must be a string without a NUL byte" },
      { { A = "caf\233" }, "A has bytes that are not UTF-8" } })
    check(rule.utf8, { "", "caf\195\169" }, { { "caf\233", "it has bytes that are not UTF-8" },
      { nil, "string expected, got no value" } })
    check(rule.name, { "app", "..." }, { { "", "a name expected" }, { ".", "a name expected" },
      { "..", "a name expected" }, { nil, "string expected, got no value" } })
    check(rule.region, { "osc-fr1", "osc-secnum-fr1" }, {
      { "example.com/", "a region's name, such as osc-fr1, expected" },
      { "a.b", "a region's name, such as osc-fr1, expected" },
      { "", "a region's name, such as osc-fr1, expected" },
      { nil, "string expected, got no value" } })
    check(rule.url, { "https://example.com/x" }, {
      { "ftp://example.com", "an http:// or https:// address expected" },
      { nil, "string expected, got no value" } })
  end)
end)

-- SPDX-License-Identifier: MIT
local document = require "oneoff.cli.document"
local json = require "cjson"

describe("a document", function()
  it("is JSON whatever was printed, with its version", function()
    local text = document.text { list = document.list(),
      out = "a\0\27\"\\\255\226\130\172\237\160\128", number = 3.0,
      part = 0.5, nested = { { x = true } }, left_out = print }
    local value = json.decode(text)
    assert.equal(document.VERSION, value.version)
    assert.equal("a\0\27\"\\\239\191\189\226\130\172" .. ("\239\191\189"):rep(3), value.out)
    assert.is_truthy(text:find('"list": []', 1, true))
    assert.is_truthy(text:find('"number": 3,', 1, true))
    assert.same({ 0.5, true }, { value.part, value.nested[1].x })
    assert.is_nil(value.left_out)
  end)

  it("has a text for every value: a number that is none, a circle", function()
    local circle = { name = "x" }
    circle.inner = circle
    local value = json.decode(document.text { nan = 0 / 0, most = math.huge, least = -math.huge,
      large = 2 ^ 63, part = 1 / 3, negative_zero = -0.0, circle = circle })
    assert.same({ json.null, json.null, json.null, json.null },
      { value.nan, value.most, value.least, value.circle.inner })
    assert.is_true(math.abs(value.large / 2 ^ 63 - 1) < 1e-9)
    assert.is_true(math.abs(value.part - 1 / 3) < 1e-9)
  end)
end)

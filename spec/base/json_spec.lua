-- SPDX-License-Identifier: MIT
local json = require "oneoff.base.json"

describe("json #short", function()
  it("reads what it writes", function()
    local value = { text = "é\n\"", number = 1.5, yes = true, list = { 1, 2, { deep = "x" } } }
    assert.same(value, json.decode(json.encode(value)))
  end)

  it("takes a null for nothing, at any depth", function()
    assert.is_nil(json.decode("null"))
    assert.same({ a = { b = 1 } }, json.decode('{"x":null,"a":{"b":1,"y":null}}'))
  end)

  it("gives nil for what is no JSON, and raises for what cannot be written", function()
    for _, text in ipairs { "", "{", "[1,]", "<html>" } do assert.is_nil(json.decode(text)) end
    assert.has_error(function() json.encode({ print }) end)
  end)
end)

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

  it("keeps what is UTF-8, at the edges of it", function()
    for _, good in ipairs { "\194\128", "\224\160\128", "\239\191\191", "\240\144\128\128",
      "\244\143\191\191" } do
      assert.equal(good, document.utf8(good))
    end
    for _, bad in ipairs { "\192\128", "\224\159\191", "\240\143\128\128", "\244\144\128\128",
      "\194", "\226\130", "\128" } do
      assert.is_nil(document.utf8(bad):find(bad, 1, true))
    end
  end)
end)

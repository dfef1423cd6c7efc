-- SPDX-License-Identifier: MIT
-- What is taken out of messages: every secret that is known, in each form in which it is sent.
local core = require "oneoff.core"
local secrets = require "oneoff.http.secrets"

local function of(...)
  local known = secrets.new()
  for _, secret in ipairs { ... } do known:add(secret) end
  return known
end

describe("secrets:redact #short", function()
  it("puts a placeholder for each, wherever it stands", function()
    assert.equal("[secret], x[secret]y[secret]", of("abc"):redact("abc, xabcyabc"))
    assert.equal("nothing", of("abc"):redact("nothing"))
    assert.equal("", of("abc"):redact(""))
  end)

  it("ends with a secret that is a part of the placeholder", function()
    for _, secret in ipairs { "s", "secret", "[", "]", "[secret]", "e" } do
      assert.equal("<[secret]>", of(secret):redact("<" .. secret .. ">"))
    end
  end)

  it("takes out the longer one of two that begin at the same place", function()
    assert.equal("[secret]", of("tk", "tk-us-1"):redact("tk-us-1"))
    assert.equal("[secret]", of("tk-us-1", "tk"):redact("tk-us-1"))
    assert.equal("a [secret]-eu", of("tk", "tk-us-1"):redact("a tk-eu"))
  end)

  it("knows each as Basic authentication sends it", function()
    local header = "Authorization: Basic " .. core.base64(":bearer-1")
    assert.equal("Authorization: Basic [secret]", of("bearer-1"):redact(header))
  end)

  it("takes an empty secret for none", function()
    assert.equal("text", of(""):redact("text"))
  end)

  it("of a table reaches every key and value, and leaves the table as it is", function()
    local given = { a = "x1", [2] = { ["x1"] = { "x1" } }, n = 1 }
    given.self = given
    local copy = of("x1"):redact_table(given)
    assert.equal("[secret]", copy.a)
    assert.same({ "[secret]" }, copy[2]["[secret]"])
    assert.equal(1, copy.n)
    assert.equal(copy, copy.self)
    assert.equal("x1", given.a)
  end)
end)

describe("secrets:add_recent #short", function()
  it("keeps the last ones, and those that stay", function()
    local known = of("the API token")
    for i = 1, 1000 do known:add_recent("bearer " .. i .. ";") end
    assert.is_true(#known:list() < 50)
    assert.equal("[secret] [secret] bearer 1;",
      known:redact("the API token bearer 1000; bearer 1;"))
  end)

  it("counts one that comes again once, as the newest", function()
    local known = secrets.new()
    known:add_recent("first")
    for i = 1, 100 do
      known:add_recent("first")
      known:add_recent("other " .. i % 7)
    end
    assert.equal("[secret]", known:redact("first"))
  end)
end)

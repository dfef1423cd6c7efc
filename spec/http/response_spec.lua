-- SPDX-License-Identifier: MIT
-- What answers mean: fields, JSON with its nulls, and the codes and texts of failures.
local http_response = require "oneoff.http.response"

local function respond(status, body, fields)
  return http_response.new(status, ("HTTP/1.1 %d X\r\n%s\r\n"):format(status, fields or ""), body)
end

describe("response.new #short", function()
  it("keeps fields by lower-case name, trimmed", function()
    local response = respond(200, "", "X-One:  a b \t\r\nX-EMPTY:\r\nx-one: c\r\n")
    assert.same({ ["x-one"] = "c", ["x-empty"] = "" }, response.headers)
  end)

  it("takes heads of bare line feeds too", function()
    assert.same({ a = "b", c = "d" },
      http_response.new(200, "HTTP/1.1 200 OK\nA: b\nC: d\n", "").headers)
  end)

  it("decodes JSON whatever its content type says, and drops nulls", function()
    assert.same({ a = { b = 1 } }, respond(200, '{"a": {"b": 1, "c": null}, "d": null}').json)
    assert.same({ 1, 2 }, respond(200, " [1, 2]").json)
    assert.equal("text", respond(200, '"text"').json)
    assert.is_nil(respond(200, "null").json)
    assert.is_nil(respond(200, "").json)
    assert.is_nil(respond(200, "<html>").json)
    assert.is_nil(respond(200, '{"broken": ').json)
    assert.equal('{"broken": ', respond(200, '{"broken": ').body)
  end)
end)

describe("response.fail #short", function()
  local codes = { [300] = "http", [302] = "http", [400] = "invalid", [401] = "unauthorized",
    [402] = "http", [403] = "forbidden", [404] = "not_found", [409] = "http", [413] = "limit",
    [422] = "invalid", [429] = "rate_limited", [500] = "http", [503] = "http" }
  for status, expected in pairs(codes) do
    it("calls " .. status .. " " .. expected, function()
      local result, message, code, detail = http_response.fail("asking", respond(status, ""))
      assert.is_nil(result)
      assert.matches("^asking: the server answered " .. status, message)
      assert.equal(expected, code)
      assert.equal(status, detail.status)
    end)
  end

  local function message_of(body, fields)
    return (select(2, http_response.fail("asking", respond(422, body, fields))))
  end

  it("says what the server says, in each of its shapes", function()
    assert.equal("asking: the server answered 422: no such app",
      message_of '{"error": "no such app"}')
    assert.equal("asking: the server answered 422: not found (App)",
      message_of '{"error": "not found", "resource": "App"}')
    assert.equal("asking: the server answered 422: command is missing, is bad; size is unknown",
      message_of '{"errors": {"size": ["is unknown"], "command": ["is missing", "is bad"]}}')
    assert.equal("asking: the server answered 422: plain words", message_of("plain words"))
    assert.equal("asking: the server answered 422: plain words",
      message_of("plain words", "Content-Type: text/plain; charset=utf-8\r\n"))
  end)

  it("says nothing of pages, of too much, and of shapes that it does not know", function()
    for _, body in ipairs { "<h1>Oops</h1>", ("x"):rep(1000), '{"other": 1}', "[1]", "" } do
      assert.equal("asking: the server answered 422", message_of(body))
    end
    assert.equal("asking: the server answered 422", message_of("x=1", "Content-Type: text/css\r\n"))
  end)

  it("stays one line whatever the server says", function()
    assert.is_nil(message_of('{"error": "two\\r\\nlines\\u0000"}'):find("%c"))
  end)

  it("tells how long to wait, where the server does", function()
    local function retry_after(text)
      local response = respond(429, "", "Retry-After: " .. text .. "\r\n")
      return select(4, http_response.fail("x", response)).retry_after
    end
    assert.equal(7, retry_after "7")
    assert.is_nil(retry_after "Wed, 21 Oct 2026 07:28:00 GMT")
  end)

  it("says why a redirect is one", function()
    local _, message = http_response.fail("x", respond(302, ""))
    assert.matches("redirects are not followed", message)
  end)
end)

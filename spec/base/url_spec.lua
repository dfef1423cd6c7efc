-- SPDX-License-Identifier: MIT
-- Addresses: what is taken apart and how, what is refused, and which stay on this machine.
local url = require "oneoff.base.url"

describe("url.parse #short", function()
  local good = {
    ["http://host"] = { "http", "host", "host", "/" },
    ["HTTPS://Host.Example:8443"] = { "https", "Host.Example:8443", "host.example", "/" },
    ["https://host/a/b?c=d&e=/f"] = { "https", "host", "host", "/a/b?c=d&e=/f" },
    ["https://host?c=d"] = { "https", "host", "host", "/?c=d" },
    ["https://host/a#fragment"] = { "https", "host", "host", "/a" },
    ["https://host#fragment"] = { "https", "host", "host", "/" },
    ["http://[::1]:80/x"] = { "http", "[::1]:80", "::1", "/x" },
    ["http://[2001:DB8::1]/"] = { "http", "[2001:DB8::1]", "2001:db8::1", "/" },
    ["http://127.0.0.1:1/"] = { "http", "127.0.0.1:1", "127.0.0.1", "/" },
    ["https://host/@path"] = { "https", "host", "host", "/@path" },
  }
  for text, parts in pairs(good) do
    it("takes " .. text .. " apart", function()
      local parsed = assert(url.parse(text))
      assert.same(parts, { parsed.scheme, parsed.authority, parsed.host, parsed.path })
      assert.equal(parts[1] .. "://" .. parts[2] .. parts[4], url.text(parsed))
      assert.same(parsed, url.parse(url.text(parsed)))
    end)
  end

  local bad = { "", "host", "//host/", "ftp://host/", "file:///etc/passwd", "http:/host", "http://",
    "http:///path", "http://user@host/", "http://user:secret@host/", "http://ho st/",
    "http://host/a b", "http://host/\r\nX: y", "http://host/\0", "http://[::1/", "http://::1/",
    "http://host:80:80/", "http://host:port/", "http://[host]/", "http://host\127/" }
  for i, text in ipairs(bad) do
    it(("refuses %d: '%s'"):format(i, (text:gsub("%c", "?"))), function()
      local parsed, why = url.parse(text)
      assert.is_nil(parsed)
      assert.is_string(why)
      assert.is_nil(why:find("secret"))
    end)
  end
end)

describe("url.below #short", function()
  it("puts a name behind the path and before the query", function()
    local function below(text) return url.text(url.below(url.parse(text), "files")) end
    assert.equal("https://host/a/files", below "https://host/a")
    assert.equal("https://host/a/files", below "https://host/a/")
    assert.equal("https://host/files", below "https://host")
    assert.equal("https://host/a/files?q=1", below "https://host/a?q=1")
    assert.equal("https://host/a/files?q=/", below "https://host/a/?q=/")
  end)
end)

describe("url.is_loopback #short", function()
  local function is_loopback(host) return url.is_loopback(assert(url.parse("http://" .. host))) end

  it("is told of this machine's addresses", function()
    for _, host in ipairs { "localhost", "LOCALHOST:80", "127.0.0.1", "127.255.255.254:1", "[::1]",
      "[::1]:80" } do
      assert.is_true(is_loopback(host), host)
    end
  end)

  it("is told of no other, nor of a name that looks like one", function()
    for _, host in ipairs { "localhost.example", "127.0.0.1.example", "127.0.0", "128.0.0.1",
      "0.0.0.0", "[::2]", "example", "127.0.0.256", "127.999.1.1", "127.0.0.1." } do
      assert.is_false(is_loopback(host), host)
    end
  end)
end)

describe("url.escape #short", function()
  it("leaves the unreserved bytes and escapes all others", function()
    assert.equal("a-b.c_d~9", url.escape "a-b.c_d~9")
    assert.equal("%2F%3F%23%25%20%00%C3%A9", url.escape "/?#% \0\195\169")
  end)
end)

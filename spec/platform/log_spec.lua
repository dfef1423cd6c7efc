-- SPDX-License-Identifier: MIT
-- The log of an application as oneoff-host keeps it: the filter, and what its log host does wrong.
local host = require "spec.support.host"
local json = require "cjson"
local requests = require "spec.platform.requests"
local socket = require "socket"

describe("the log of oneoff-host", function()
  local server, bearer

  local function start(...)
    server = host.start { "--start-delay", "0", "--rate", "0", ... }
    bearer = requests.bearer(server)
  end

  after_each(function() server:stop() end)

  local function address(query)
    local _, answer = requests.api(server, bearer, "GET", "/v1/apps/shop/logs")
    return answer.logs_url .. (query or "")
  end

  local function log(query)
    return requests.curl { address(query) }
  end

  local function say(word)
    local label = requests.run_detached(server, bearer, "shop", "echo " .. word)
    requests.until_found(function()
      local _, text = log("&n=1000")
      return text:find(word, 1, true)
    end)
    return label
  end

  -- The words that the log has behind a filter.
  local function words(filter)
    local status, text = log("&n=1000&filter=" .. filter)
    assert.equal(200, status)
    local found = {}
    for word in text:gmatch("%] (%w+)\n") do found[#found + 1] = word end
    table.sort(found)
    return table.concat(found, " ")
  end

  it("takes a filter as the platform does, as a regular expression", function()
    start()
    local first, second = say "apple", say "pear"
    assert.equal("apple pear", words(first:sub(1, -2)))
    assert.equal("apple", words(first))
    assert.equal("pear", words("web|" .. second))
    assert.equal("apple", words("%5Eone-off-%5B0-9%5D%2A" .. first:sub(-1) .. "%24"))
    assert.equal("", words("web"))
    assert.equal("apple pear", words(""))
  end)

  it("refuses a filter that is no regular expression", function()
    start()
    for _, query in ipairs { "&filter=%28", "&stream=true&filter=%28" } do
      local status, body = log(query)
      assert.equal(400, status)
      assert.is_string(json.decode(body).error)
    end
  end)

  it("answers 204 or 404 first and then has a log, where that is asked for", function()
    for _, status in ipairs { 204, 404 } do
      start("--fault", "log-" .. status .. "=2")
      for _, query in ipairs { "", "&stream=true" } do
        local got, body = log(query)
        assert.equal(status, got)
        assert.equal("", body)
      end
      assert.equal(200, (log("")))
      server:stop()
    end
  end)

  -- The connection, with the head of the answer read.
  local function opened(query)
    local where, port, target = address(query):match("^http://([%d.]+):(%d+)(/.*)$")
    local stream = socket.tcp()
    stream:settimeout(20)
    assert(stream:connect(where, tonumber(port)))
    stream:send("GET " .. target .. " HTTP/1.1\r\nHost: " .. where .. "\r\n\r\n")
    assert.equal("HTTP/1.1 200 OK", stream:receive("*l"))
    repeat until stream:receive("*l") == ""
    return stream
  end

  it("sends the head and then nothing for a while, where that is asked for", function()
    start("--fault", "log-quiet", "--ping", "0.01")
    say "apple"
    for _, query in ipairs { "&n=9", "&n=9&stream=true" } do
      local stream = opened(query)
      stream:settimeout(0)
      assert.same({ nil, "timeout", "" }, { stream:receive(1) })
      stream:settimeout(20)
      requests.until_found(function()
        return assert(stream:receive("*l")):find("apple", 1, true)
      end)
      stream:close()
    end
  end)
end)

-- SPDX-License-Identifier: MIT
-- What oneoff-host takes as JSON: no more than JSON is.
local host = require "spec.support.host"
local requests = require "spec.platform.requests"

describe("a JSON body of oneoff-host", function()
  local server, bearer

  setup(function()
    server = host.start { "--start-delay", "0", "--rate", "0" }
    bearer = requests.bearer(server)
  end)

  teardown(function() server:stop() end)

  local function run(body)
    local status, answer = requests.api(server, bearer, "POST", "/v1/apps/shop/run", body)
    return status, answer
  end

  local refused = {
    ["a byte that is not UTF-8"] = '{"command":"echo \255"}',
    ["Latin-1"] = '{"command":"echo caf\233"}',
    ["a sequence that is cut"] = '{"command":"echo \226\130"}',
    ["an overlong sequence"] = '{"command":"echo \192\175"}',
    ["a surrogate in UTF-8"] = '{"command":"echo \237\160\128"}',
    ["more than U+10FFFF"] = '{"command":"echo \244\144\128\128"}',
    ["not UTF-8 in a name"] = '{"command":"true","env":{"\255":"1"}}',
    ["not UTF-8 behind the end"] = '{"command":"true"}\255',
    ["a line end in a text"] = '{"command":"echo 1\n"}',
    ["a zero byte in a text"] = '{"command":"true\\u0000"}',
    ["something behind the end"] = '{"command":"true"}{}',
    ["an array"] = '["true"]',
    ["nothing"] = " ",
    ["half"] = '{"command":"true"',
  }

  for what, body in pairs(refused) do
    it("is refused with 400: " .. what, function()
      local status, answer = run(body)
      assert.equal(400, status)
      assert.is_string(answer.error)
    end)
  end

  it("is taken with every character that JSON has, and blanks around it", function()
    local status, answer = run(' \n{"command":"echo é€😀\\n\\u00e9\\ud83d\\ude00\\\\u0000",'
      .. '"detached":true}\r\n')
    assert.equal(200, status)
    assert.equal("echo é€😀\né😀\\u0000", answer.container.command)
  end)

  it("is refused with 400 wherever one is asked for", function()
    local label = requests.run_detached(server, bearer, "shop", "sleep 60")
    local status = requests.api(server, bearer, "POST",
      "/v1/apps/shop/containers/" .. label .. "/kill", '{"signal":"\255"}')
    assert.equal(400, status)
  end)
end)

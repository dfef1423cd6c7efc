-- SPDX-License-Identifier: MIT
-- The attach, whose answer hands the connection over: every way in which that goes wrong.
local world = require "spec.faults.world"

-- Attaches, reads to the end, asks for the code.
local function attach(case, account)
  local container = world.container(account, case.command or "printf hello")
  local terminal, message, code, detail = container:attach({ timeout = case.timeout or 2 })
  if not terminal then return nil, message, code, detail end
  case.output, message, code, detail = terminal:read_all()
  terminal:close()
  if not case.output then return nil, message, code, detail end
  return container:wait { timeout = 1 }
end

-- What comes behind a good head is output; that no command ran shows at the wait.
local output = { code = "timeout", note = "a good head and no command: no code, no success" }
local forever = { truncated = output, endless = { code = "limit", note = "of read_all" },
  slow = "ok", malformed = output, html = output, missing = output, null = output,
  ["null-top"] = output, ["wrong-type"] = output }
local maybe = "the command may have begun"
local once = { reset = { code = "closed", note = maybe }, close = { code = "closed", note = maybe },
  ["no-answer"] = { code = "timeout", note = maybe, timeout = 0.5 },
  garbage = { code = "protocol", note = maybe }, truncated = output, malformed = output,
  ["html-502"] = { code = "http", note = maybe }, ["500"] = { code = "http", note = maybe },
  lost = { code = "closed", note = maybe } }
local both = world.both("attach", forever, once)
for _, case in ipairs(both) do
  if case.fault:find("429") or case.fault:find("=") then case.timeout = case.timeout or 8 end
end
world.describe("attach", both, attach, function(case)
  if case.code == "ok" then
    assert.equal("hello", case.output)
    assert.equal(0, case.result[1])
  end
end)

local ONE_MB = "head -c 1000000 /dev/zero | tr '\\0' x; exit 7"

-- Each has to give the output whole, byte for byte, and the code.
local heads = {}
for _, fault in ipairs { "attach-byte-by-byte", "attach-bare-lf", "attach-interim",
  "attach-content-length", "attach-chunked", "attach-202", "attach-http10",
  "attach-output-with-head", "attach-slow" } do
  heads[#heads + 1] = { fault = fault, code = "ok", timeout = 15, command = "printf hello; exit 7",
    expected = "hello" }
  if fault ~= "attach-slow" then
    heads[#heads + 1] = { fault = fault, code = "ok", timeout = 15, command = ONE_MB,
      title = fault .. ", 1 MB", expected = ("x"):rep(1000000) }
  end
end
world.describe("an attach head that is strange and good", heads, attach, function(case)
  assert.equal(#case.expected, #case.output)
  assert(case.expected == case.output, "other bytes")
  assert.equal(7, case.result[1])
end)

world.describe("an attach head that is bad", {
  { fault = "attach-head-too-big", code = "limit" },
  { fault = "attach-head-cut", code = "closed" },
  { fault = "attach-head-stall", code = "timeout" },
  { fault = "attach-error-chunked", code = "invalid", status = 422 },
  { fault = "attach-error-until-close", code = "invalid", status = 422 },
  { fault = "container-dies", code = "not_found", note = "it is gone before" },
}, attach)

describe("what a refused attach says", function()
  it("is in the message, from each kind of body", function()
    local cases = { { fault = "attach-error-chunked" }, { fault = "attach-error-until-close" },
      { fault = "attach-422" }, { fault = "attach-402" } }
    world.run(cases, attach)
    for _, case in ipairs(cases) do
      assert(case.result[2]:find("the server answered 4%d%d: %w+"), case.result[2])
    end
  end)
end)

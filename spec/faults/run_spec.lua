-- SPDX-License-Identifier: MIT
local world = require "spec.faults.world"

local function run(_, account)
  return account:run("app", "true")
end

local function once(code)
  return { code = code, asked = 1, note = "a command must not run twice" }
end

world.describe("run", world.both("run", {
  ["lost"] = { code = "closed", note = "a container may be there", asked = 1 },
  ["500"] = { code = "http", status = 500, asked = 1, note = "it may have been carried out" },
  ["missing"] = { code = "protocol", asked = 1 },
}, {
  ["no-answer"] = once "timeout", ["reset"] = once "closed", ["close"] = once "closed",
  ["garbage"] = once "protocol", ["html-502"] = once "http", ["500"] = once "http",
  ["503"] = once "http", ["malformed"] = once "protocol", ["truncated"] = once "closed",
  ["lost"] = once "closed",
}), run)

world.describe("operations are named in three places", {
  { fault = "operation-url-empty", code = "ok" },
  { fault = "operation-location-only", code = "ok" },
  { fault = "operation-unnamed", code = "protocol" },
  { fault = "operation-foreign-url", code = "ok", note = "its id counts, not its host" },
  { fault = "operation-http-url", code = "ok", tls = true, note = "asked over https" },
}, function(case, account)
  local made, message, code, detail = account:run("app", "true")
  if not made then
    case.stopped = detail.stopped
    return nil, message, code, detail
  end
  return made:ready()
end, function(case)
  if case.code == "protocol" then
    assert.is_true(case.stopped)
    assert.equal(1, world.asked(case, "stop"))
  else
    assert(world.asked(case, "poll") > 0)
  end
end)

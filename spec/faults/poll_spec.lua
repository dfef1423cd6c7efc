-- SPDX-License-Identifier: MIT
local world = require "spec.faults.world"

local function ready(case, account)
  local made = assert(account:run("app", "true"))
  return made:ready({ timeout = case.timeout or 2 })
end

-- What passes by itself is waited out until the poll's own deadline.
local late = { code = "timeout", note = "the last failure stands in the message" }
world.describe("poll, for ever", world.forever("poll", {
  ["no-answer"] = late, ["reset"] = late, ["close"] = late, ["html-502"] = late,
  ["429"] = late, ["429-retry-after"] = late, ["500"] = late, ["503"] = late,
  ["slow"] = late, ["truncated"] = late, ["lost"] = late,
}), ready, function(case)
  if case.note == late.note then
    assert(case.result[2]:find("not done within 2 seconds; the last try: ", 1, true))
    assert.is_string(case.result[4].last_code)
    assert(world.asked(case, "poll") >= 2)
  end
end)

local once = world.once("poll")
for _, case in ipairs(once) do case.timeout = 10 end
world.describe("poll, once", once, ready)

world.describe("operations", {
  { fault = "operation-error", code = "operation_failed" },
  { fault = "operation-error-silent", code = "operation_failed" },
  { fault = "operation-stuck", code = "timeout" },
  { fault = "operation-strange", code = "timeout", note = "an unknown status is not an end" },
  { fault = "attach-url-top-level", code = "ok" },
  { fault = "attach-url-missing", code = "protocol" },
}, ready)

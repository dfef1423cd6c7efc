-- SPDX-License-Identifier: MIT
-- Answers that come one byte at a time, in their time: slow is not wrong.
local world = require "spec.faults.world"

local slow = { timeout = 60, retry_timeout = 60, stall_timeout = 10 }

local cases = {}
for _, stage in ipairs { "upload", "attach", "resize", "wait" } do
  cases[#cases + 1] = { fault = stage .. "-slow=1", code = "ok", options = slow, stage = stage,
    asked = 1 }
end

world.describe("a slow answer", cases, function(case, account)
  local container = world.container(account, "cat /tmp/uploads/x; sleep 0.1; exit 6")
  assert(container:upload { data = "hello", name = "x" })
  local terminal = assert(container:attach())
  if case.stage == "resize" then assert(terminal:resize(90, 30)) end
  case.output = assert(terminal:read_all())
  return container:wait()
end, function(case)
  assert.equal("hello", case.output)
  assert.equal(6, case.result[1])
end)

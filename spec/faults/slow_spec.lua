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
  local container = world.container(account, "cat /tmp/uploads/x; read line; exit 6")
  assert(container:upload { data = "hello", name = "x" })
  local terminal = assert(container:attach())
  if case.stage == "resize" then assert(terminal:resize(90, 30)) end
  assert(terminal:write("\n")) -- only now does the command end
  case.output = assert(terminal:read_all())
  return container:wait()
end, function(case)
  assert.truthy(case.output:find("hello", 1, true), case.output) -- and the echo of the line
  assert.equal(6, case.result[1])
end)

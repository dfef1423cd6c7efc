-- SPDX-License-Identifier: MIT
-- What an account asks besides run: the lists, the log, stop and signal.
local world = require "spec.faults.world"

-- What the body of an answer without content says makes no difference.
local no_body = { malformed = "ok", html = "ok", missing = "ok", null = "ok",
  ["null-top"] = "ok", ["wrong-type"] = "ok" }

local function with(base, more)
  local all = {}
  for name, value in pairs(base) do all[name] = value end
  for name, value in pairs(more) do all[name] = value end
  return all
end

-- The iterator keeps its connection: it is let go at once.
local function opens_log(_, account)
  local next_line, message, code, detail = account:logs("app")
  return next_line and true, message, code, detail
end

local stages = {
  regions = { act = function(_, account) return account:regions() end,
    forever = { null = { code = "ok", note = "nulls are normal" },
      ["wrong-type"] = { code = "ok", note = "an array is no other than an object in Lua" } } },
  ps = { act = function(_, account) return account:containers("app") end,
    forever = { ["wrong-type"] = { code = "ok", note = "an empty list" } } },
  logs = { act = opens_log },
  logtext = { act = opens_log,
    forever = with(no_body, { ["404"] = { code = "ok", note = "there is no log yet" },
      truncated = { code = "ok", note = "it is read as it comes" },
      endless = { code = "ok", note = "it is read as it comes" },
      ["401"] = { code = "unauthorized", status = 401, note = "its token is in its address" } }),
    once = { malformed = "ok", ["401"] = "unauthorized" } },
  stop = { act = function(_, account)
      return world.started(account):stop()
    end, forever = with(no_body, { ["404"] = { code = "ok", note = "it is gone" },
      slow = { code = "ok", options = { timeout = 60, retry_timeout = 60 } },
      lost = { code = "ok", note = "the second try finds it gone" },
      truncated = { code = "ok", note = "the second try finds it gone" } }) },
  signal = { act = function(_, account)
      local container = world.container(account, "sleep 60")
      local terminal = assert(container:attach())
      local value, message, code, detail = container:signal("SIGUSR1")
      terminal:close()
      return value, message, code, detail
    end, forever = no_body,
    once = { ["no-answer"] = "timeout", reset = "closed", close = "closed", garbage = "protocol",
      ["html-502"] = "http", ["500"] = "http", ["503"] = "http", truncated = "closed",
      lost = "closed" } },
}

-- Some stages at a time: each case has a host of its own.
for _, group in ipairs { { "regions", "ps", "logs" }, { "logtext", "stop" }, { "signal" } } do
  local cases = {}
  for _, stage in ipairs(group) do
    for _, case in ipairs(world.both(stage, stages[stage].forever, stages[stage].once)) do
      cases[#cases + 1] = case
    end
  end
  world.describe(table.concat(group, ", "), cases, function(case, account)
    return stages[case.stage].act(case, account)
  end)
end

world.describe("the text of the log", {
  { fault = "logtext-truncated", code = "closed" },
  { title = "whole", flags = {}, code = "ok" },
}, function(case, account)
  local container = assert(account:run("app", "echo logged", { detached = true }))
  assert(container.id)
  local next_line, message, code, detail = account:logs("app", { lines = 10 })
  if not next_line then return nil, message, code, detail end
  local line
  repeat line, message, code, detail = next_line() until not line
  if not message then return true end
  -- End and failure are sticky.
  local again = { next_line() }
  case.again = again
  return nil, message, code, detail
end, function(case)
  if case.again then assert.equal(case.result[3], case.again[3]) end
end)

world.describe("what is asked and not done", {
  { fault = "stop-ignored", code = "ok", note = "the platform says yes: the list shows it" },
}, function(case, account)
  local container = world.container(account, "sleep 60")
  local stopped = container:stop()
  case.living = #case.host:living(account, "app")
  return stopped
end, function(case) assert.equal(1, case.living) end)

-- What the specs of bad input and bad networks share: many faults at once, each with a host of its
-- own, and what every failure must look like.
-- SPDX-License-Identifier: MIT
local assert = require "luassert"
local busted = require "busted"
local host = require "spec.support.host"
local oneoff = require "oneoff"

-- How many times slower than usual the machine is: the sanitizers' suites set it.
local PATIENCE = tonumber(os.getenv("ONEOFF_PATIENCE") or 1)

-- BOUND: seconds, far over every deadline that the specs set.
local world = { PATIENCE = PATIENCE, BOUND = 20 * PATIENCE }

--- What an account of a spec is like: impatient, and without pacing.
world.options = { requests_per_minute = 0, timeout = 1, retry_timeout = 1, connect_timeout = 2,
  stall_timeout = 0.7 }

local function merged(...)
  local all = {}
  for i = 1, select("#", ...) do
    for name, value in pairs((select(i, ...)) or {}) do all[name] = value end
  end
  return all
end

local function pack(...)
  return { n = select("#", ...), ... }
end

---@class spec.Case
---@field fault string? named fault of the host, with "=N" for N times
---@field code string a code of the closed list, or "ok"
---@field note string? why
---@field flags string[]? further flags of the host
---@field options table? of the account
---@field tls boolean? the host speaks https

--- The case's lines of the host's log.
function world.asked(case, stage)
  local count = 0
  for _, request in ipairs(case.log) do
    if request.stage == stage then count = count + 1 end
  end
  return count
end

local function start(case)
  local flags = { "--start-delay", "0" }
  if case.fault then flags = { "--start-delay", "0", "--fault", case.fault } end
  for _, flag in ipairs(case.flags or {}) do flags[#flags + 1] = flag end
  case.host = host.start(flags, { tls = case.tls })
  local options = merged(world.options, case.options)
  for name, value in pairs(options) do
    -- What is too slow here is too slow there too.
    if name:find("timeout$") and case.code ~= "timeout" then options[name] = value * PATIENCE end
  end
  case.account = case.host:account(options)
end

-- What no one may see of the account: its API token, the bearers that it had, and each as sent.
local function secrets_of(account)
  return account.transport_.secrets:list()
end

local function finish(case)
  case.log = case.host:log()
  case.secrets = secrets_of(case.account)
  case.account:close()
  case.host:stop()
end

--- Runs act(case, account) for all cases at once, keeps what it returned in case.result.
---@param cases spec.Case[]
---@param act fun(case: spec.Case, account: oneoff.Account): any ...
function world.run(cases, act)
  local ok, err = pcall(function()
    for _, case in ipairs(cases) do start(case) end
    oneoff.run(function()
      for _, case in ipairs(cases) do
        oneoff.spawn(function()
          local began = oneoff.now()
          local result = pack(act(case, case.account))
          case.result, case.seconds = result, oneoff.now() - began
        end)
      end
    end)
  end)
  for _, case in ipairs(cases) do
    if case.host then finish(case) end
  end
  if not ok then error(err, 0) end
end

local function search(value, needle, seen)
  if type(value) == "string" then return value:find(needle, 1, true) ~= nil end
  if type(value) ~= "table" or seen[value] then return false end
  seen[value] = true
  for key, field in pairs(value) do
    if search(key, needle, seen) or search(field, needle, seen) then return true end
  end
  return false
end

--- Fails where one of the secrets stands in a message or, however deep, in a detail; or in what
--- tostring makes of an object.
function world.keeps_secrets(secrets, message, detail, ...)
  for _, secret in ipairs(secrets) do
    assert(not search(message, secret, {}), "a secret is in the message")
    assert(not search(detail, secret, {}), "a secret is in the detail")
    for i = 1, select("#", ...) do
      assert(not search(tostring(select(i, ...)), secret, {}), "tostring shows a secret")
    end
  end
end

--- The four results of a call that the world let down, as every one of them must be.
---@param code string expected
function world.is_failure(code, value, message, got, detail)
  assert.is_nil(value)
  assert.is_string(message)
  assert.equal(code, got, message)
  assert.is_string(oneoff.codes[got])
  assert.is_table(detail)
  assert(message:find("^[%w/][^:]*: .+") or message:find("^upload of .+: .+"), message)
  assert(not message:find("[%c\127]"), "a control character in the message: " .. message)
end

--- Judges a case that world.run ran.
---@param stage string of the host's log, for redirects
function world.judge(case)
  local result = assert(case.result, "the call raised or did not end")
  assert(case.seconds < world.BOUND, "not in bounded time: " .. case.seconds)
  if case.code == "ok" then
    assert(result[1] ~= nil, ("%s: %s"):format(tostring(result[3]), tostring(result[2])))
  else
    world.is_failure(case.code, result[1], result[2], result[3], result[4])
    if case.status then assert.equal(case.status, result[4].status) end
    world.keeps_secrets(case.secrets, result[2], result[4], case.account, case.account:client())
  end
  -- A redirect points to this host by another name: nothing is to be asked there.
  for _, request in ipairs(case.log) do
    assert(not (request.host or ""):find("^localhost"), "asked at the place of a redirect")
  end
end

--- An `it` that runs all cases at once and judges each: what is wrong with any is its failure.
---@param title string
---@param cases spec.Case[]
---@param act function see world.run
---@param look fun(case: spec.Case)? further checks
function world.describe(title, cases, act, look)
  busted.it(("%s: %d cases"):format(title, #cases), function()
    world.run(cases, act)
    local wrong = {}
    for _, case in ipairs(cases) do
      local ok, err = pcall(function()
        world.judge(case)
        if case.asked then assert.equal(case.asked, world.asked(case, case.stage)) end
        if look then look(case) end
      end)
      local name = case.title or case.fault
      if not ok then wrong[#wrong + 1] = ("%s: %s"):format(name, tostring(err)) end
      for key in pairs(case) do case[key] = nil end
    end
    assert(#wrong == 0, table.concat(wrong, "\n"))
  end)
end

-- What a call that asks for JSON makes of each kind of bad answer, for ever.
local kinds = {
  { "no-answer", "timeout" }, { "reset", "closed" }, { "close", "closed" },
  { "garbage", "protocol" }, { "html-502", "http", 502 }, { "400", "invalid", 400 },
  { "401", "unauthorized", 401 }, { "402", "http", 402 }, { "403", "forbidden", 403 },
  { "404", "not_found", 404 }, { "409", "http", 409 }, { "422", "invalid", 422 },
  { "429", "rate_limited", 429 }, { "429-retry-after", "rate_limited", 429 },
  { "500", "http", 500 }, { "503", "http", 503 }, { "redirect", "http", 302 },
  { "slow", "timeout" }, { "malformed", "protocol" }, { "truncated", "closed" },
  { "endless", "limit" }, { "html", "protocol" }, { "missing", "protocol" }, { "null", "protocol" },
  { "null-top", "protocol" }, { "wrong-type", "protocol" }, { "lost", "closed" },
}

--- The cases of a stage: each kind of bad answer for ever.
---@param stage string
---@param exceptions table<string, string|table>? kind -> code, or fields of the case
function world.forever(stage, exceptions)
  local cases = {}
  for _, kind in ipairs(kinds) do
    local case = { fault = stage .. "-" .. kind[1], code = kind[2], status = kind[3],
      stage = stage }
    local other = exceptions and exceptions[kind[1]]
    if type(other) == "string" then other = { code = other } end
    if other then
      case.status = nil
      case = merged(case, other)
    end
    cases[#cases + 1] = case
  end
  return cases
end

local hiccups = { "no-answer", "reset", "close", "garbage", "html-502", "401", "429",
  "429-retry-after", "500", "503", "malformed", "truncated", "lost" }

--- The cases of a stage where each bad answer comes once, and the call is to succeed all the same.
---@param exceptions table<string, string|table>? kind -> code, or fields of the case
function world.once(stage, exceptions)
  local cases = {}
  for _, kind in ipairs(hiccups) do
    local case = { fault = stage .. "-" .. kind .. "=1", code = "ok", stage = stage,
      options = { retry_timeout = 6, timeout = kind == "no-answer" and 0.5 or 5 } }
    local other = exceptions and exceptions[kind]
    if type(other) == "string" then other = { code = other } end
    cases[#cases + 1] = merged(case, other)
  end
  return cases
end

--- Both.
function world.both(stage, forever, once)
  local cases = world.forever(stage, forever)
  for _, case in ipairs(world.once(stage, once)) do cases[#cases + 1] = case end
  return cases
end

--- A container that is asked for, with the time that a busy machine takes.
function world.started(account, command)
  local transport = account.transport_
  local timeout, stall_timeout = transport.timeout, transport.stall_timeout
  transport.timeout, transport.stall_timeout = world.BOUND, world.BOUND
  local made = assert(account:run("app", command or "true"))
  transport.timeout, transport.stall_timeout = timeout, stall_timeout
  return made
end

--- A container that is ready, where nothing is wrong yet.
function world.container(account, command)
  local made = world.started(account, command)
  assert(made:ready({ timeout = world.BOUND }))
  return made
end

return world

-- SPDX-License-Identifier: MIT
-- Uploads that the network or the server lets down.
local oneoff = require "oneoff"
local world = require "spec.faults.world"

local BIG = ("0123456789abcde\n"):rep(30 * 1024 * 1024 / 16)

local function upload(case, account)
  local container = world.container(account, "cat /tmp/uploads/x")
  case.container = container
  return container:upload({ data = case.data or "hello", name = "x" },
    { on_progress = case.on_progress,
      timeout = (case.timeout or 4) * (case.code == "timeout" and 1 or world.PATIENCE) })
end

-- The answer to an upload has no body that counts.
local no_body = { slow = "ok", malformed = "ok", html = "ok", missing = "ok", null = "ok",
  ["null-top"] = "ok", ["wrong-type"] = "ok" }

world.describe("upload", world.both("upload", no_body), upload)

local patient = { retry_timeout = 6, stall_timeout = 0.5 }
local cases = {
  { fault = "upload-early-401", code = "unauthorized" },
  { fault = "upload-early-401=1", code = "ok", note = "with another token" },
  { fault = "upload-early-413", code = "limit" },
  { fault = "upload-early-reset", code = "closed" },
  { fault = "upload-early-reset=1", code = "ok" },
  { fault = "upload-stall", code = "timeout" },
  { fault = "upload-stall=1", code = "ok" },
  { fault = "upload-cut", code = "closed" },
  { fault = "upload-cut=1", code = "ok" },
  { fault = "upload-no-continue", code = "ok", note = "we do not expect to be told to go on" },
  { fault = "accept-close", code = "closed", note = "nothing is ever accepted" },
  { fault = "accept-silent", code = "timeout" },
  { title = "over the platform's limit", flags = { "--max-file", "1000000" }, code = "limit" },
}
for _, case in ipairs(cases) do
  case.data, case.timeout = BIG, 20
  if case.code == "ok" then case.options = patient end
end

world.describe("upload of 30 MiB", cases, function(case, account)
  if case.fault and case.fault:find("^accept") then
    local client = oneoff.client { token = "bearer", retry_timeout = 0.2, stall_timeout = 0.3 }
    case.account = account
    return client:upload(case.host.url .. "/one-off/x", { data = case.data, name = "x" })
  end
  local sent, total = 0, 0
  case.on_progress = function(now, all) sent, total = math.max(sent, now), all end
  local result, message, code, detail = upload(case, account)
  if not result then return nil, message, code, detail end
  assert(sent == total and sent == #BIG, sent)
  return result
end, function(case)
  if case.code == "ok" then
    assert.equal(#BIG, case.result[1].size)
    assert.equal("x", case.result[1].name)
  end
end)

-- What the server does to a file behind our back shows in the container.
world.describe("what stands there", {
  { fault = "upload-corrupt", code = "ok", differs = true },
  { fault = "upload-short", code = "ok", differs = true },
  { title = "a sound upload", flags = {}, code = "ok", differs = false },
}, function(_, account)
  local container = world.container(account, "sha256sum </tmp/uploads/x | cut -d' ' -f1")
  local result = assert(container:upload({ data = BIG:sub(1, 100000), name = "x" },
    { sha256 = true }))
  local output = assert(assert(container:attach()):read_all())
  return { wanted = result.sha256, found = output:match("%x+") }
end, function(case)
  local digests = case.result[1]
  assert.equal(64, #digests.wanted)
  if case.differs then
    assert.are_not.equal(digests.wanted, digests.found)
  else
    assert.equal(digests.wanted, digests.found)
  end
end)

world.describe("a full disk", {
  { fault = "disk-full", code = "ok" },
}, function(case, account)
  local container = world.container(account, "head -c 1000000 /dev/zero >/app/x")
  case.upload = { container:upload { data = BIG:sub(1, 1000000), name = "x" } }
  local terminal = assert(container:attach())
  case.output = assert(terminal:read_all())
  return container:wait()
end, function(case)
  world.is_failure(case.upload[3], case.upload[1], case.upload[2], case.upload[3], case.upload[4])
  assert.is_true(case.output:find("No space left on device", 1, true) ~= nil)
  assert(case.result[1] ~= 0)
end)

describe("an upload given up", function()
  local host = require "spec.support.host"

  it("ends at once when it is cancelled", function()
    local server = host.start { "--fault", "upload-stall" }
    local account = server:account()
    local result
    oneoff.run(function()
      local container = world.container(account, "true")
      local task = oneoff.spawn(function()
        result = { container:upload({ data = BIG, name = "x" }) }
      end)
      oneoff.sleep(0)
      task:cancel()
      task:join()
    end)
    world.is_failure("canceled", result[1], result[2], result[3], result[4])
    account:close()
    server:stop()
  end)

  it("leaves the client usable when on_progress raises", function()
    local server = host.start()
    local account = server:account(world.options)
    local container = world.container(account, "true")
    local ok, err = pcall(container.upload, container, { data = BIG, name = "x" },
      { on_progress = function() error("enough", 0) end })
    assert.is_false(ok)
    assert.equal("enough", err)
    assert(container:upload { data = "x", name = "x" })
    account:close()
    server:stop()
  end)
end)

-- SPDX-License-Identifier: MIT
-- The primitives against the local host, where nothing goes wrong (spec/faults has the rest).
local host = require "spec.support.host"
local oneoff = require "oneoff"

local own, account, client

setup(function()
  own = host.start { "--rate", "0", "--start-delay", "0", "--max-containers", "100" }
  account = own:account { requests_per_minute = 0 }
end)

teardown(function()
  account:close()
  own:stop()
end)

-- A new container's operation_url: the client's own way begins there.
local function ask_for(command, options)
  local container = assert(account:run("app", command, options))
  client = account:client()
  return container.operation_url, container
end

local function attach_url_of(command, options)
  return assert(client:poll((ask_for(command, options)))).attach_url
end

describe("client:request", function()
  it("gives status, fields, body and decoded JSON", function()
    ask_for "true"
    local response = assert(client:request("GET", own.url .. "/v1/apps/app/containers"))
    assert.equal(200, response.status)
    assert.is_table(response.json)
    assert.is_string(response.body)
    assert.is_string(response.headers["content-type"])
  end)

  it("takes any status as a result", function()
    local response = assert(client:request("GET", own.url .. "/v1/nothing/here"))
    assert.equal(404, response.status)
  end)

  it("is made by many at once, on one connection after the other", function()
    oneoff.run(function()
      for _ = 1, 30 do
        oneoff.spawn(function()
          for _ = 1, 3 do
            assert.equal(200, assert(client:request("GET",
              own.url .. "/v1/apps/app/containers")).status)
          end
        end)
      end
    end)
  end)
end)

describe("client:poll", function()
  it("gives the operation when it is done, with its addresses", function()
    local seen = {}
    local operation_url = ask_for "true"
    local operation = assert(client:poll(operation_url, {
      on_status = function(operation) seen[#seen + 1] = operation.status end }))
    assert.equal("done", operation.status)
    assert.equal("done", seen[#seen])
    assert.is_string(operation.id)
    assert.is_string(operation.type)
    assert.is_string(operation.created_at)
    assert.is_string(operation.finished_at)
    assert.matches("^http://127%.0%.0%.1:%d+/", operation.attach_url)
    assert.is_string(operation.container_id)
    assert.same(operation, client:poll(operation_url))
  end)
end)

describe("client:upload", function()
  local function uploaded(source, options, command)
    local attach_url = attach_url_of(command or "cd /tmp/uploads && sha256sum *",
      { has_uploads = true })
    local result = assert(client:upload(attach_url, source, options))
    local terminal = assert(client:attach(attach_url))
    local output = assert(terminal:read_all())
    terminal:close()
    assert.equal(0, assert(client:wait(attach_url)))
    return output, result
  end

  it("sends bytes, under their name", function()
    local output, result = uploaded({ data = "abc", name = "x y.txt" }, { sha256 = true })
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  x y.txt\r\n",
      output)
    assert.equal("x y.txt", result.name)
    assert.equal(3, result.size)
    assert.is_true(result.seconds >= 0)
    assert.equal(output:match("^%x+"), result.sha256)
  end)

  it("sends a file, or a part of it", function()
    local folder = host.folder()
    local path = folder .. "/file"
    local file = assert(io.open(path, "wb"))
    file:write("xabcx")
    file:close()
    local output, result = uploaded({ path = path, offset = 1, length = 3, name = "part" })
    assert.matches("^ba7816bf", output)
    assert.equal("part", result.name)
    output, result = uploaded(path)
    assert.equal("file", output:match("  (%a+)\r\n$"))
    assert.equal(5, result.size)
    host.remove(folder)
  end)

  it("sends what a function reads, and tells of progress", function()
    local left, told = 200, {}
    local _, result = uploaded({ name = "made", size = 200 * 65536, read = function()
      left = left - 1
      if left >= 0 then return ("x"):rep(65536) end
    end }, { on_progress = function(sent, total) told[#told + 1] = { sent, total } end },
      "test $(stat -c %s /tmp/uploads/made) = 13107200")
    assert.equal(13107200, result.size)
    assert.is_true(#told > 0)
    for i, one in ipairs(told) do
      assert.equal(13107200, one[2])
      assert.is_true(one[1] <= 13107200 and (i == 1 or one[1] >= told[i - 1][1]))
    end
    assert.equal(13107200, told[#told][1])
  end)

  it("is given up by a cancel, and the client works on", function()
    -- There, a source's function that waits is inside pcall, and holds who spawned it.
    if _VERSION == "Lua 5.1" and not jit then return end
    oneoff.run(function()
      local attach_url = attach_url_of("true", { has_uploads = true })
      local sending, cleaned = false, false
      local task = oneoff.spawn(function()
        local result, _, code = client:upload(attach_url, { name = "endless", read = function()
          sending = true
          if not oneoff.sleep(0.001) then return nil, "given up" end
          return "x"
        end })
        cleaned = assert(client:request("GET", own.url .. "/v1/apps/app/containers")).status
        return result, code
      end)
      while not sending do oneoff.sleep(0.001) end
      task:cancel()
      local result, code = task:join()
      assert.is_nil(result)
      -- The cancel met the function's own wait, or the upload's.
      assert.is_true(code == "io" or code == "canceled")
      assert.equal(200, cleaned)
      local terminal = assert(client:attach(attach_url))
      assert.equal("", assert(terminal:read_all()))
      terminal:close()
    end)
  end)
end)

describe("client:wait and client:resize", function()
  it("give the exit code, the same each time", function()
    for _, exit_code in ipairs { 0, 1, 42, 255 } do
      local attach_url = attach_url_of("exit " .. exit_code)
      local terminal = assert(client:attach(attach_url))
      assert(terminal:read_all())
      terminal:close()
      assert.equal(exit_code, assert(client:wait(attach_url)))
      assert.equal(exit_code, assert(client:wait(attach_url)))
    end
  end)

  it("take sizes from 1 to 65535 and no others", function()
    local attach_url = attach_url_of "cat"
    local terminal = assert(client:attach(attach_url))
    assert.is_true(client:resize(attach_url, 1, 1))
    assert.is_true(client:resize(attach_url, 65535, 65535))
    for _, wrong in ipairs { 0, 65536, -1, 1.5, "80", 0 / 0, math.huge } do
      assert.has_error(function() client:resize(attach_url, wrong, 24) end)
      assert.has_error(function() client:resize(attach_url, 80, wrong) end)
      assert.has_error(function() terminal:resize(80, wrong) end)
    end
    assert(terminal:eof())
    assert(terminal:read_all())
    terminal:close()
  end)
end)

describe("a client", function()
  it("shows no token", function()
    ask_for "true"
    assert.is_nil(tostring(client):find(own.token, 1, true))
    assert.equal("oneoff.client{open}", tostring(client))
  end)

  it("closes its terminals, and says afterwards that it is closed", function()
    local other = own:account { requests_per_minute = 0 }
    local container = assert(other:run("app", "cat"))
    local mine = other:client()
    local attach_url = assert(mine:poll(container.operation_url)).attach_url
    local terminal = assert(mine:attach(attach_url))
    mine:close()
    mine:close()
    assert.equal("oneoff.client{closed}", tostring(mine))
    assert.equal("oneoff.terminal{closed}", tostring(terminal))
    for _, code in ipairs { (select(3, terminal:read())), (select(3, mine:wait(attach_url))),
      (select(3, mine:request("GET", own.url))), (select(3, mine:attach(attach_url))) } do
      assert.equal("closed", code)
    end
  end)
end)

-- SPDX-License-Identifier: MIT
-- oneoff-host as the platform's own client sees it: the requests of its `run`, in its order, with
-- its headers, sent by curl and by a plain socket. (The client itself, a Go program, is not among
-- Debian's packages.)
local host = require "spec.support.host"
local json = require "cjson"
local mime = require "mime"
local socket = require "socket"

local USER_AGENT = "Scalingo Go Client"

-- curl's answer: status, decoded body, headers.
local function curl(arguments)
  local words = { "curl -s -i --compressed --max-time 20" }
  for _, argument in ipairs(arguments) do words[#words + 1] = host.quote(argument) end
  local pipe = io.popen(table.concat(words, " "))
  local text = pipe:read("*a")
  pipe:close()
  local head, body = text:match("^(.-)\r\n\r\n(.*)$")
  return tonumber(head:match("^HTTP/1.1 (%d+)")), body ~= "" and json.decode(body) or nil, head
end

local function bearer_of(local_host)
  local status, answer = curl { "-X", "POST", "-u", ":" .. local_host.token, "-d", "{}", "-H",
    "Content-Type: application/json", local_host.url .. "/v1/tokens/exchange" }
  assert.equal(200, status)
  return answer.token
end

local function claims_of(bearer)
  local payload = bearer:match("^[^.]+%.([^.]+)%.[^.]+$"):gsub("-", "+"):gsub("_", "/")
  return json.decode((mime.unb64(payload .. ("="):rep(-#payload % 4))))
end

describe("oneoff-host, asked by the platform's client", function()
  local local_host, bearer

  local function ask(method, path, body)
    local arguments = { "-X", method, "-H", "Authorization: Bearer " .. bearer, "-H",
      "Accept: application/json", "-A", USER_AGENT }
    if body then
      arguments[#arguments + 1] = "-H"
      arguments[#arguments + 1] = "Content-Type: application/json"
      arguments[#arguments + 1] = "-d"
      arguments[#arguments + 1] = json.encode(body)
    end
    arguments[#arguments + 1] = local_host.url .. path
    return curl(arguments)
  end

  local function wait_for_operation(id)
    for _ = 1, 200 do -- the client asks every second; here each answer takes the time of a curl
      local status, answer = ask("GET", "/v1/apps/shop/operations/" .. id .. "?")
      assert.equal(200, status)
      if answer.operation.status == "done" then return answer.operation end
      assert.truthy(({ pending = true, running = true })[answer.operation.status])
    end
    error("the operation was never done")
  end

  before_each(function()
    local_host = host.start({ "--app", "shop", "--start-delay", "0.05", "--rate", "0" })
    bearer = bearer_of(local_host)
  end)

  after_each(function() local_host:stop() end)

  it("gives a bearer that looks like a JWT with exp and jti", function()
    local claims = claims_of(bearer)
    assert.equal("number", type(claims.exp))
    assert.equal("string", type(claims.jti))
    assert.truthy(claims.exp > os.time())
  end)

  it("knows the user, the regions and the application, and no other application", function()
    local status, answer = ask("GET", "/v1/users/self")
    assert.equal(200, status)
    assert.equal("string", type(answer.user.username))
    status, answer = ask("GET", "/v1/regions")
    assert.equal(200, status)
    assert.equal(local_host.url, answer.regions[1].api)
    status, answer = ask("GET", "/v1/apps")
    assert.same({ 200, "shop" }, { status, answer.apps[1].name })
    status, answer = ask("GET", "/v1/apps/shop")
    assert.equal(200, status)
    assert.equal("shop", answer.app.name)
    status, answer = ask("GET", "/v1/apps/other")
    assert.equal(404, status)
    assert.equal("string", type(answer.error))
  end)

  it("runs a command to its exit code: upload, attach, window, end of input, wait", function()
    local command = "cat /tmp/uploads/greeting.txt; cat; stty size; exit 9"
    local status, answer = ask("POST", "/v1/apps/shop/run", { command = command, detached = false,
      env = { CLIENT_OS = "linux", TERM = "xterm" }, has_uploads = true, size = "M" })
    assert.equal(200, status)
    local id = answer.operation_url:match("[^/]+$")
    local attach_url = wait_for_operation(id).start_one_off_data.attach_url
    local path = local_host.folder .. "/greeting.txt"
    local file = io.open(path, "w")
    file:write("good morning\n")
    file:close()
    status = curl { "-H", "Expect:", "-u", ":" .. bearer, "-F", "file=@" .. path,
      attach_url .. "/files" }
    assert.equal(200, status)

    local address, port, target = attach_url:match("^http://([%d.]+):(%d+)(/.*)$")
    local stream = socket.tcp()
    stream:settimeout(20)
    assert(stream:connect(address, tonumber(port)))
    stream:send("CONNECT " .. target .. " HTTP/1.1\r\nHost: " .. address .. ":" .. port
      .. "\r\nUser-Agent: " .. USER_AGENT .. "\r\nAuthorization: Basic "
      .. mime.b64(":" .. bearer) .. "\r\n\r\n")
    assert.equal("HTTP/1.1 200 OK", stream:receive("*l"))
    repeat until stream:receive("*l") == ""
    assert.equal("good morning", stream:receive("*l"))
    status = curl { "-X", "PUT", "-u", ":" .. bearer, "-H", "Content-Type: application/json", "-d",
      '{"width":"132","height":"43"}', attach_url }
    assert.equal(200, status)
    stream:send("typed\n")
    assert.equal("typed", stream:receive("*l")) -- the terminal's echo
    assert.equal("typed", stream:receive("*l")) -- cat's
    stream:send("\4")
    assert.equal("43 132\r\n", stream:receive("*a"))
    stream:close()
    status, answer = curl { "-u", ":" .. bearer, attach_url .. "/wait" }
    assert.equal(200, status)
    assert.equal(9, answer.exit_code)
  end)

  it("lists and stops containers, as `ps` and `one-off-stop` do", function()
    local _, answer = ask("POST", "/v1/apps/shop/run",
      { command = "sleep 600", detached = true, env = {}, size = "S" })
    local id = answer.container.id
    local status
    status, answer = ask("GET", "/v1/apps/shop/ps")
    assert.equal(200, status)
    assert.equal(id, answer.containers[1].id)
    status = ask("POST", "/v1/apps/shop/containers/" .. id .. "/stop")
    assert.equal(202, status)
    status, answer = ask("GET", "/v1/apps/shop/containers") -- what --type reads
    assert.equal(200, status)
    assert.equal("table", type(answer.containers))
  end)
end)

describe("oneoff-host, as a process", function()
  local function run(arguments)
    local pipe = io.popen("build/oneoff-host " .. arguments .. " 2>&1; echo \"status $?\"")
    local text = pipe:read("*a")
    pipe:close()
    return text
  end

  it("refuses what it does not know, and any address that is not loopback", function()
    assert.truthy(run("--no-such-flag"):find("status 2", 1, true))
    assert.truthy(run("--listen 0.0.0.0 </dev/null"):find("status 2", 1, true))
    assert.truthy(run("--fault no-such-fault </dev/null"):find("status 2", 1, true))
  end)

  it("names its faults, each once, and accepts each of them by its name", function()
    local seen, count = {}, 0
    for name in run("--list-faults"):gmatch("([%w-]+)\t[^\n]+\n") do
      assert.is_nil(seen[name], name)
      seen[name], count = true, count + 1
    end
    assert.truthy(count > 100)
    for name in pairs { ["poll-503"] = 1, ["wait-408"] = 1, ["attach-bare-lf"] = 1 } do
      assert.truthy(seen[name], name)
    end
  end)

  it("ends with its standard input, and leaves no process and no folder", function()
    local local_host = host.start({ "--start-delay", "0" })
    local account, pid = local_host:account(), ("%d"):format(local_host.pid)
    local command = "sleep 6" .. pid -- no other run of this spec has it
    assert(account:run("shop", command, { detached = true }))
    local_host:stop() -- closes its input and waits for its end
    assert.is_nil(io.open("/proc/" .. pid .. "/stat"))
    local pipe = io.popen("pgrep -xf '" .. command .. "' | wc -l; "
      .. "ls -d ${TMPDIR:-/tmp}/oneoff-host-" .. pid .. "-* 2>/dev/null | wc -l")
    assert.equal(0, pipe:read("*n"))
    assert.equal(0, pipe:read("*n"))
    pipe:close()
  end)
end)

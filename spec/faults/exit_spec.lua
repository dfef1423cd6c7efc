-- SPDX-License-Identifier: MIT
-- Programs that end in the middle: by Ctrl-C, by an error, by os.exit, or because they are done.
local host = require "spec.support.host"
local world = require "spec.faults.world"

-- The Lua that runs this: the first of its command line that no other argument comes before.
local function interpreter()
  local least = 0
  while arg[least - 1] do least = least - 1 end
  return arg[least]
end

local server, account, folder
before_each(function()
  server = host.start { "--start-delay", "0" }
  account = server:account(world.options)
  folder = host.folder()
end)
after_each(function()
  account:close()
  server:stop()
  host.remove(folder)
end)

local begin = [[
  local oneoff = require "oneoff"
  local scalingo = require "oneoff.scalingo"
  local account = scalingo.new { token = %q, api_url = %q, auth_url = %q,
    requests_per_minute = 0 }
  local function say(text) io.stdout:write(text, "\n") io.stdout:flush() end
  local function container(command)
    local made = assert(account:run("app", command))
    assert(made:ready())
    return made
  end
]]

local function write_script(text)
  local file = assert(io.open(folder .. "/script.lua", "w"))
  file:write(begin:format(server.token, server.url, server.url), text)
  file:close()
  return host.quote(interpreter()) .. " " .. host.quote(folder .. "/script.lua")
end

-- Runs the script; where it says "now" it gets SIGINT. Returns its status (128 + a signal's number)
-- and what it wrote. `timeout` says 124 or 137 where it hangs.
local function run(text, is_interrupted)
  local command = write_script(text)
  local out = host.quote(folder .. "/out")
  local lines = { "mkfifo fifo", "timeout -k 1 20 " .. command .. " >fifo 2>errors & pid=$!" }
  lines[#lines + 1] = is_interrupted and [[while read -r line; do echo "$line"
    if [ "$line" = now ]; then pkill -INT -P $pid; fi; done <fifo >out]] or "cat fifo >out"
  lines[#lines + 1] = "wait $pid; echo $? >status"
  -- A background job of a shell ignores SIGINT; bash with job control does not do that.
  os.execute(("cd %s && bash -m -c %s </dev/null >/dev/null 2>&1"):format(host.quote(folder),
    host.quote(table.concat(lines, "\n"))))
  local function read(name)
    local file = io.open(folder .. "/" .. name)
    local all = file and file:read("*a") or ""
    if file then file:close() end
    return all
  end
  assert(out)
  return tonumber(read("status")), read("out"), read("errors")
end

local ends = {
  { "normally", "", 0 },
  { "with os.exit", "os.exit(3)", 3 },
  { "with os.exit and a closed state", "os.exit(3, true)", 3 },
  { "with an error", "error('enough')", 1 },
}

local middles = {
  { "an upload", [[
    local made = container("true")
    oneoff.spawn(function()
      made:upload({ name = "x", read = function() return ("x"):rep(1000000) end })
    end) ]] },
  { "an open terminal", [[
    terminal = assert(container("yes"):attach())
    assert(terminal:read()) ]] },
  { "a write that nobody reads", [[
    local terminal = assert(container("sleep 60"):attach())
    oneoff.spawn(function() terminal:write(("x"):rep(50000000)) end) ]] },
  { "a wait", [[
    local made = container("sleep 60")
    terminal = assert(made:attach())
    oneoff.spawn(function() made:wait() end) ]] },
  { "a poll", [[
    local made = assert(account:run("app", "true"))
    oneoff.spawn(function() made:ready() end) ]] },
}

describe("a program", function()
  for _, middle in ipairs(middles) do
    for _, way in ipairs(ends) do
      it(("may end %s in the middle of %s"):format(way[1], middle[1]), function()
        local status, out, errors = run(middle[2] .. "\nsay 'end'\n" .. way[2])
        assert.equal(way[3], status, errors)
        assert.equal("end\n", out)
        if way[3] ~= 1 then assert.equal("", errors) end
      end)
    end
  end
end)

describe("Ctrl-C", function()
  local function interrupted(text)
    local status, out, errors = run(text, true)
    -- The standalone Lua raises in the program, which ends with status 1.
    assert.equal(1, status, errors)
    assert(errors:find("interrupted", 1, true), errors)
    return out
  end

  for _, place in ipairs {
    { "a blocking read", "terminal:read()" },
    { "a blocking wait", "terminal:wait(60)" },
    { "a sleep", "oneoff.sleep(60)" },
    { "oneoff.run", "oneoff.run(function() terminal:read() end)" },
    { "oneoff.run with tasks", [[oneoff.run(function()
        oneoff.spawn(function() oneoff.sleep(60) end)
        terminal:read()
      end)]] },
  } do
    it("ends " .. place[1], function()
      interrupted([[
        local made = container("sleep 60")
        terminal = assert(made:attach())
        say "now"
      ]] .. place[2])
    end)
  end

  it("lets tasks clean up: their container is stopped", function()
    local out = interrupted [[
      oneoff.run(function()
        local made = container("sleep 60")
        local terminal = assert(made:attach())
        say "now"
        local chunk, message, code = terminal:read()
        say(tostring(code))
        say(tostring(made:stop()))
      end)
    ]]
    assert.equal("now\ncanceled\ntrue\n", out)
    assert.equal(1, server:count("stop"))
    assert.equal(0, #server:living(account, "app"))
  end)
end)

-- SPDX-License-Identifier: MIT
-- Programs that end in the middle: by Ctrl-C, by an error, by os.exit, or because they are done.
local host = require "spec.support.host"
local interpreter = require "spec.support.interpreter"
local world = require "spec.faults.world"

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

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function read(name)
  local file = io.open(folder .. "/" .. name)
  local all = file and file:read("*a") or ""
  if file then file:close() end
  return all
end

-- Runs the program FILE.lua; where it says "now", and is to be interrupted, it gets SIGINT. Its
-- status (128 + a signal's number; 124 or 137 where it hangs) and what it wrote go to files.
local runner = [[
  one() {
    mkfifo $1.fifo
    timeout -k 1 20 %s $1.lua >$1.fifo 2>$1.errors & pid=$!
    while read -r line; do
      echo "$line"
      if [ "$line" = now ]; then pkill -INT -P $pid; fi
    done <$1.fifo >$1.out
    wait $pid; echo $? >$1.status
  }
]]

-- Runs the programs at once; gives of each { status =, out =, errors = }.
local function run(texts)
  local lines, results = { runner:format(host.quote(interpreter)) }, {}
  for i, text in ipairs(texts) do
    write(i .. ".lua", begin:format(server.token, server.url, server.url) .. text)
    lines[#lines + 1] = ("one %d & all=\"$all $!\""):format(i)
  end
  lines[#lines + 1] = "wait $all"
  write("run", table.concat(lines, "\n"))
  -- A background job of a shell ignores SIGINT, but not where the shell controls its jobs.
  os.execute(("cd %s && bash -m run </dev/null >/dev/null 2>&1"):format(host.quote(folder)))
  for i = 1, #texts do
    results[i] = { status = tonumber(read(i .. ".status")), out = read(i .. ".out"),
      errors = read(i .. ".errors") }
  end
  return results
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
    it("may end in the middle of " .. middle[1], function()
      local texts = {}
      for i, way in ipairs(ends) do texts[i] = middle[2] .. "\nsay 'end'\n" .. way[2] end
      for i, result in ipairs(run(texts)) do
        assert.equal(ends[i][3], result.status, ends[i][1] .. ": " .. result.errors)
        assert.equal("end\n", result.out)
        if ends[i][3] ~= 1 then assert.equal("", result.errors) end
      end
    end)
  end
end)

-- A task that is under way in a loop of the program's; `loop` goes on with it for ever.
local begin_task = [[
  local task = require "oneoff.task"
  local function work()
    task.run(account, { app = "app", steps = { "sleep 60" },
      on_event = function(event) if event.type == "step" then say "now" running = true end end })
  end
]]

local loops = {
  own = [[ oneoff.spawn(work) while true do
    oneoff.step(20)
    if running and fails then error("enough") end
  end ]],
  socket = [[ local socket = require "socket" oneoff.spawn(work) while true do
    socket.select({ oneoff }, nil, 0.05) -- which sleeps through signals
    oneoff.step()
    if running and fails then error("enough") end
  end ]],
  cqueues = [[ local queue = require("cqueues").new() queue:wrap(work)
    queue:wrap(function() while true do
      require("cqueues").sleep(0.01)
      if running and fails then error("enough") end
    end end)
    assert(queue:loop()) ]],
  luv = [[ oneoff.use "luv" oneoff.spawn(work) while true do
    oneoff.sleep(0.01)
    if running and fails then error("enough") end
  end ]],
}

local function has(module)
  if module == "own" then return true end
  local status = os.execute(("%s -e 'require %q' 2>/dev/null"):format(host.quote(interpreter),
    module))
  return status == true or status == 0
end

describe("a task in a loop of the program's", function()
  for name, text in pairs(loops) do
    it("has its container stopped when the program fails: " .. name, function()
      if not has(name) then return pending(name .. " is not there for this Lua") end
      local result = run { begin_task .. "fails = true say = function() end " .. text }[1]
      assert.equal(1, result.status, result.errors)
      assert(result.errors:find("enough", 1, true), result.errors)
      assert.equal(1, server:count("stop"), result.errors)
      assert.same({}, server:living(account, "app"))
    end)
  end
end)

-- The standalone Lua raises in the program, which ends with status 1.
local function is_interrupted(result)
  assert.equal(1, result.status, result.errors)
  assert(result.errors:find("interrupted", 1, true), result.errors)
end

-- The Lua of the sanitizers is none that turns SIGINT into an error.
local turns_signals = interpreter:find("lua[j5][^/]*$")

describe("Ctrl-C", function()
  if not turns_signals then
    pending("is not for this Lua")
    return
  end

  it("ends whatever waits", function()
    local texts = {}
    for i, place in ipairs {
      "terminal:read()",
      "terminal:wait(60)",
      "oneoff.sleep(60)",
      "oneoff.run(function() terminal:read() end)",
      [[oneoff.run(function()
        oneoff.spawn(function() oneoff.sleep(60) end)
        terminal:read()
      end)]],
    } do
      texts[i] = [[
        local made = container("sleep 60")
        terminal = assert(made:attach())
        say "now"
      ]] .. place
    end
    for _, result in ipairs(run(texts)) do is_interrupted(result) end
  end)

  it("has the containers stopped of tasks in a loop of the program's", function()
    local texts = {}
    for name, text in pairs(loops) do
      if has(name) then texts[#texts + 1] = begin_task .. text end
    end
    for _, result in ipairs(run(texts)) do is_interrupted(result) end
    assert.equal(#texts, server:count("stop"))
    assert.equal(0, #server:living(account, "app"))
  end)

  it("lets tasks clean up: their container is stopped", function()
    local result = run { [[
      oneoff.run(function()
        local made = container("sleep 60")
        local terminal = assert(made:attach())
        say "now"
        local chunk, message, code = terminal:read()
        say(tostring(code))
        say(tostring(made:stop()))
      end)
    ]] }[1]
    is_interrupted(result)
    assert.equal("now\ncanceled\ntrue\n", result.out)
    assert.equal(1, server:count("stop"))
    assert.equal(0, #server:living(account, "app"))
  end)
end)

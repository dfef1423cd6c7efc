-- SPDX-License-Identifier: MIT
-- The module itself: its version, its builds and their refusals, and its face to foreign loops.
local host = require "spec.support.host"
local lfs = require "lfs"
local oneoff = require "oneoff"

local root = lfs.currentdir()

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

describe("oneoff #short", function()
  it("has the version of version.h and of the changelog", function()
    assert.equal(read("src/core/version.h"):match('OO_VERSION "([^"]+)"'), oneoff.version)
    local changelog = read("CHANGELOG.md")
    local newest = changelog:match("\n## %[(%d+%.%d+%.%d+)%]")
    if newest then
      assert.equal(newest, oneoff.version)
    else
      assert.matches("\n## %[Unreleased%]", changelog) -- before the first release
    end
  end)

  it("takes a loop by name or as an adapter, and nothing else", function()
    oneoff.use("blocking")
    oneoff.use { wait = require("oneoff.loop.blocking").wait }
    oneoff.use("blocking")
    for _, wrong in ipairs { "unheard-of", 1, {}, { wait = 1 } } do
      local ok, err = pcall(function() oneoff.use(wrong) end)
      assert.is_false(ok)
      assert.matches("init_spec.lua:%d+: bad argument #1 to 'use'", err)
    end
    assert.has_error(function() oneoff.use() end)
    oneoff.use("auto")
  end)

  it("checks what it is called with", function()
    for _, wrong in ipairs { "1", {}, 0 / 0 } do
      local ok, err = pcall(function() oneoff.sleep(wrong) end)
      assert.is_false(ok)
      assert.matches("init_spec.lua:%d+: bad argument #1 to 'sleep'", err)
    end
  end)
end)

describe("a build #short", function()
  local luas = { ["lua5.4"] = "5.4", ["lua5.3"] = "5.3", ["lua5.1"] = "5.1", luajit = "5.1" }

  local function load_in(lua, version, module, lua_path)
    return host.capture(("LUA_PATH=%s LUA_CPATH=%s %s -e %s 2>&1"):format(
      host.quote(lua_path or ";"),
      host.quote(root .. "/build/" .. version .. "/?.so"), lua,
      host.quote("local ok, got = pcall(require, '" .. module .. "') "
        .. "print(ok, ok and got.version or got)")))
  end

  for lua, own in pairs(luas) do
    for _, version in ipairs { "5.4", "5.3", "5.1" } do
      local does = own == version and "loads" or "says so"
      local name = ("for %s %s in %s"):format(version, does, lua)
      it(name, function()
        if not lfs.attributes("build/" .. version .. "/oneoff.so")
          or host.capture("command -v " .. lua) == "" then
          return pending("not built, or not installed")
        end
        for _, module in ipairs { "oneoff.core", "oneoff" } do -- the second: no Lua file is there
          local said = load_in(lua, version, module)
          if own == version then
            assert.equal("true\t" .. oneoff.version .. "\n", said)
          else
            assert.equal(("false\toneoff: built for %s, loaded by Lua %s: build it with "
              .. "LUA_VERSION=%s\n"):format("Lua " .. version, own, own), said)
          end
        end
      end)
    end
  end
end)

-- Everything by a loop of its own, which knows the descriptor and what the module says of itself.
describe("a foreign loop", function()
  local own, account

  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0" }
    account = own:account { requests_per_minute = 0 }
  end)

  teardown(function()
    account:close()
    own:stop()
  end)

  local function work()
    local container = assert(account:run("app", "read line; echo got $line; exit 3"))
    local terminal = assert(container:attach())
    assert(terminal:write("words\n"))
    assert(oneoff.sleep(0.002))
    local output = assert(terminal:read_all())
    return output:match("got (%a+)"), assert(container:wait())
  end

  local function drive(wait)
    local tasks, steps = {}, 0
    for i = 1, 3 do tasks[i] = oneoff.spawn(work) end
    for _, task in ipairs(tasks) do
      while task:status() == "running" do
        wait()
        oneoff.step()
        steps = steps + 1
        assert.is_true(steps < 100000)
      end
      local word, exit_code = task:join()
      assert.equal("words", word)
      assert.equal(3, exit_code)
    end
  end

  it("of LuaSocket drives it through select", function()
    local socket = require "socket"
    drive(function()
      assert.is_number(oneoff:getfd())
      local ready = socket.select({ oneoff }, nil, 20)
      assert.equal(oneoff, ready[1])
    end)
  end)

  it("of cqueues drives it through poll, in one of its coroutines", function()
    local cqueues = require "cqueues"
    assert.equal("r", oneoff:events())
    assert.is_number(oneoff:pollfd())
    local queue, others = cqueues.new(), 0
    queue:wrap(function() drive(function() cqueues.poll(oneoff, 20) end) end)
    queue:wrap(function()
      for _ = 1, 5 do
        cqueues.sleep(0.001)
        others = others + 1
      end
    end)
    assert(queue:loop())
    assert.equal(5, others)
  end)

  it("that only asks for the time-out is told enough", function()
    local core = require "oneoff.core"
    drive(function()
      local timeout = oneoff:timeout()
      assert.is_true(timeout == nil or timeout >= 0)
      assert.is_true(timeout ~= 0 or oneoff:dirty())
      core.poll(oneoff:getfd(), math.min(timeout or 20, 20))
    end)
  end)

  it("may step and wait at once", function()
    local task = oneoff.spawn(work)
    while task:status() == "running" do oneoff.step(20) end
    assert.equal("words", (task:join()))
  end)
end)

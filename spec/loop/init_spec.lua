-- SPDX-License-Identifier: MIT
-- Adapters: how a host is found, how it is told of waits, and where its misuse is shown.
local scheduler = require "oneoff.sched.scheduler"
local core = require "oneoff.core"
local loop = require "oneoff.loop"
local oneoff = require "oneoff"

-- A host with coroutines of its own, which are resumed by nobody else: its scheduler runs those
-- that were signalled.
local function new_host()
  local host = { name = "own", calls = {}, waiting = 0, peak = 0 }
  local runnable = {}

  local function run(thread, ...)
    local ok, err = coroutine.resume(thread, ...)
    if not ok then error(err, 0) end
  end

  function host.begin(waiter)
    scheduler.watched_fd()
    waiter.signal = { thread = coroutine.running() }
    host.waiting = host.waiting + 1
    host.peak = math.max(host.peak, host.waiting)
  end

  function host.suspend(waiter)
    repeat coroutine.yield("host") until waiter.is_woken
  end

  function host.resume(waiter) runnable[#runnable + 1] = waiter.signal.thread end

  function host.finish() host.waiting = host.waiting - 1 end

  function host.spawn(body, ...) run(coroutine.create(body), ...) end

  host.wait = function(fd, timeout) core.poll(fd or -1, timeout or -1) end

  function host.run(fn)
    host.spawn(fn)
    while host.waiting > 0 do
      host.wait(oneoff.pollfd(), 20)
      oneoff.step()
      local now = runnable
      runnable = {}
      for _, thread in ipairs(now) do run(thread) end
    end
  end

  return host
end

local can_wait_in_pcall = _VERSION ~= "Lua 5.1" or jit ~= nil

describe("loop #short", function()
  after_each(function() loop.use(nil) end)

  it("is the blocking one in a plain program, and what is chosen", function()
    assert.equal("blocking", loop.current().name)
    local mine = { name = "mine", wait = function() end }
    oneoff.use(mine)
    assert.equal(mine, loop.current())
    oneoff.use("auto")
    assert.equal("blocking", loop.current().name)
  end)

  it("says what an adapter is missing that is there and cannot be loaded", function()
    local ok, err = pcall(function() oneoff.use("nginx") end) -- it wants nginx
    assert.is_false(ok)
    assert.matches("^spec/loop/init_spec.lua:%d+: bad argument #1 to 'use' "
      .. "%(no such loop: 'nginx': ", err)
    assert.is_nil(err:find("\n", 1, true))
  end)

  it("lets a host suspend and resume in its own way", function()
    if not can_wait_in_pcall then return pending("PUC Lua 5.1 cannot wait in pcall") end
    local host, order = new_host(), {}
    oneoff.use(host)
    host.run(function()
      local results = { oneoff.run(function()
        local tasks, began = {}, oneoff.now()
        for i = 1, 3 do
          tasks[i] = oneoff.spawn(function()
            oneoff.sleep(began + 0.3 * (4 - i) - oneoff.now())
            order[#order + 1] = i
            return i
          end)
        end
        local slow = oneoff.spawn(function() return select(3, oneoff.sleep(600)) end)
        local late = select(3, slow:join(0.001))
        slow:cancel()
        return tasks[1]:join(), late, (slow:join())
      end) }
      assert.same({ 1, "timeout", "canceled" }, results)
      local ok, err = pcall(oneoff.run, function()
        oneoff.spawn(function()
          oneoff.sleep(0.001)
          error("mine", 0)
        end)
      end)
      assert.is_false(ok)
      assert.equal("mine", err)
      scheduler.pass()
      order[#order + 1] = "over"
    end)
    assert.same({ 3, 2, 1, "over" }, order)
    assert.equal(0, host.waiting)
    assert.is_true(host.peak >= 4)
  end)

  it("hands an adapter what it needs of the scheduler, once, before everything else", function()
    local host, given = new_host(), {}
    local begin = host.begin
    function host.connect(scheduler_) given[#given + 1] = scheduler_ end
    function host.begin(waiter)
      assert.equal(oneoff.pollfd(), given[1].fd())
      begin(waiter)
    end
    oneoff.use(host)
    local task
    host.run(function() task = oneoff.spawn(oneoff.sleep, 0.001) end)
    assert.is_true(task:join())
    assert.equal(1, #given)
    local names = {}
    for name in pairs(given[1]) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "engine", "fd", "forget", "on_news" }, names)
    assert.equal(scheduler.engine(), given[1].engine())
  end)

  it("takes news inside of a step too", function()
    local taken
    oneoff.use { name = "mine", wait = function() end, connect = function(given) taken = given end }
    local task = oneoff.spawn(function()
      scheduler.pass()
      taken.on_news() -- as where a coroutine runs the host's events
      return "through"
    end)
    taken.on_news()
    assert.equal("through", task:join())
  end)

  it("removes who waits when its adapter raises in the wait", function()
    if not can_wait_in_pcall then return pending("PUC Lua 5.1 cannot wait in pcall") end
    local host = new_host()
    function host.suspend() error("interrupted!", 0) end
    oneoff.use(host)
    local ok, err
    host.spawn(function() ok, err = pcall(oneoff.sleep, 60) end)
    assert.is_false(ok)
    assert.equal("interrupted!", err)
    assert.equal(0, host.waiting)
    assert.is_nil(scheduler.timeout())
  end)

  it("forgets who waits and was ended", function()
    local host = new_host()
    oneoff.use(host)
    local waiter
    local begin = host.begin
    host.begin = function(given)
      begin(given)
      waiter = given
    end
    host.spawn(function() oneoff.sleep(0.001) end)
    scheduler.forget(waiter)
    assert.is_nil(scheduler.timeout())
    core.poll(oneoff.pollfd(), 0.02)
    assert.equal(0, oneoff.step())
  end)

  it("shows a misuse at the line that called the library", function()
    oneoff.use { name = "never", wait = function() end,
      check = function() loop.misuse("nothing can wait here") end }
    local ok, err = pcall(function() oneoff.sleep(1) end)
    assert.is_false(ok)
    assert.matches("^spec/loop/init_spec.lua:%d+: nothing can wait here$", err)
    ok, err = pcall(function() oneoff.spawn(function() end) end)
    assert.is_false(ok)
    assert.matches("^spec/loop/init_spec.lua:%d+: nothing can wait here$", err)
  end)

  it("has a task end well whoever resumes it last", function()
    local thread
    local task = oneoff.spawn(function()
      thread = coroutine.running()
      local word = coroutine.yield()
      oneoff.sleep(0.001)
      return word, coroutine.yield()
    end)
    coroutine.resume(thread, "ours")
    while oneoff.timeout() do oneoff.step(1) end -- it sleeps
    assert.equal("running", task:status())
    coroutine.resume(thread, "theirs")
    assert.equal("done", task:status())
    assert.same({ "ours", "theirs" }, { task:join() })
  end)
end)

describe("the engine's descriptor #short", function()
  it("can be quietened, and what it told is still collected", function()
    local fd = oneoff.pollfd()
    local task = oneoff.spawn(oneoff.sleep, 0.001)
    assert.is_true(core.poll(fd, 20))
    scheduler.engine():drain()
    assert.is_false(core.poll(fd, 0))
    assert.equal(1, oneoff.step())
    assert.is_true(task:join())
  end)

  it("is a private socket's connection where one is accepted, which says what is wrong", function()
    local private_socket = assert(core.private_socket())
    assert.equal("oneoff.private_socket{open}", tostring(private_socket))
    local _, message, code = private_socket:accept(scheduler.engine())
    assert.matches("private socket", message)
    assert.equal("io", code)
    local path = private_socket:path()
    assert.is_truthy(os.rename(path, path))
    private_socket:close()
    private_socket:close()
    assert.equal("oneoff.private_socket{closed}", tostring(private_socket))
    assert.is_nil(os.rename(path, path))
    assert.has_error(function() private_socket:path() end)
    assert.has_error(function() private_socket:accept(scheduler.engine()) end)
    assert.has_error(function() core.private_socket().accept(scheduler.engine()) end)
  end)
end)

-- SPDX-License-Identifier: MIT
-- Neovim: run() and its object, in the shape of vim.system.
local tap = require "spec.nvim.tap"
local nvim = require "oneoff.nvim"
local test, equal, has = tap.test, tap.equal, tap.has

local function running(process)
  return tap.eventually("a container", function()
    assert(not process.result_, vim.inspect(process.result_))
    return process.job_.phase == "running"
  end)
end

local function gone(app)
  tap.eventually("no container", function() return #tap.living(app) == 0 end)
end

tap.without_rate()

test("gives the exit code and the output", function()
  local result = nvim.run("echo out; echo err >&2; exit 3", { app = "p", text = true }):wait()
  equal({ code = 3, signal = 0, stdout = "out\nerr\n", stderr = "" }, result)
  equal("x\r\n", nvim.run("echo x", { app = "p" }):wait().stdout, "without text")
end)

test("a list's words arrive as they are", function()
  local words = { "printf", "<%s>", "it's", "a  b", "$HOME", "*", "" }
  equal("<it's><a  b><$HOME><*><>", nvim.run(words, { app = "p" }):wait().stdout)
end)

test("the environment, and the application of vim.g.oneoff", function()
  vim.g.oneoff = { app = "from-g" }
  local process = nvim.run("echo $A-$TERM", { env = { A = "b" }, text = true })
  equal("b-dumb\n", process:wait().stdout)
  equal("from-g", process.job_.container.app)
  vim.g.oneoff = nil
  vim.env.SCALINGO_APP = "from-env"
  process = nvim.run("true")
  equal(0, process:wait().code)
  equal("from-env", process.job_.container.app)
  vim.env.SCALINGO_APP = nil
end)

test("on_exit may use the API, in its time", function()
  local seen
  local process = nvim.run("echo hi", { app = "p" }, function(result)
    seen = { vim.in_fast_event(), vim.api.nvim_buf_get_name(0), result.code }
  end)
  equal(nil, seen, "not at once")
  tap.eventually("on_exit", function() return seen end)
  equal({ false, "", 0 }, seen)
  equal(true, process:is_closing(), "is_closing")
end)

test("stdout is a function, or false", function()
  local parts = {}
  local process = nvim.run("seq 5; sleep 0.2; seq 5", { app = "p", text = true,
    stdout = function(err, data)
      assert(not err)
      parts[#parts + 1] = data or "end"
    end })
  equal(nil, process:wait().stdout)
  tap.eventually("the end", function() return parts[#parts] == "end" end)
  equal(("1\n2\n3\n4\n5\n"):rep(2) .. "end", table.concat(parts))
  equal(nil, nvim.run("echo x", { app = "p", stdout = false }):wait().stdout, "dropped")
end)

test("input: a string, a list, write, and its end", function()
  local quiet = "stty -echo; cat"
  equal("a\n", nvim.run("head -n1", { app = "p", text = true, stdin = "a\n" }):wait().stdout
    :gsub("^a\na\n", "a\n"), "a string")
  has("b\nc\n", nvim.run("cat", { app = "p", text = true, stdin = { "b", "c" } }):wait().stdout)
  local process = nvim.run(quiet, { app = "p", text = true, stdin = true })
  process:write("one\n")
  process:write({ "two", "three" })
  process:write(nil)
  has("one\ntwo\nthree\n$", process:wait().stdout)
  equal("", nvim.run(quiet, { app = "p" }):wait().stdout, "none: it ends at once")
end)

test("in a coroutine it does not block the others", function()
  local results = {}
  for i = 1, 2 do
    coroutine.wrap(function()
      results[i] = nvim.run("sleep 0.3; exit " .. i, { app = "p" }):wait()
    end)()
  end
  equal({}, results)
  tap.eventually("both", function() return results[1] and results[2] end)
  equal({ 1, 2 }, { results[1].code, results[2].code })
end)

test("a time-out is 124, its output is kept, the container stopped", function()
  local result = nvim.run("echo before; exec sleep 600", { app = "t", timeout = 1500 }):wait()
  equal({ code = 124, signal = 15, stdout = "before\r\n", stderr = "" }, result)
  gone("t")
  result = nvim.run("echo before; exec sleep 600", { app = "t" }):wait(1500)
  equal({ code = 124, signal = 9, stdout = "before\r\n", stderr = "" }, result)
  gone("t")
end)

test("a time-out while it is asked for leaves no container", function()
  equal(124, nvim.run("sleep 600", { app = "q" }):wait(0).code)
  gone("q")
end)

test("kill stops the container, and is never 0", function()
  for _, signal in ipairs { "sigterm", "TERM", 9, "HUP" } do
    local process = nvim.run("trap 'exit 0' TERM HUP; while :; do sleep 0.1; done", { app = "k" })
    running(process)
    process:kill(signal)
    equal(true, process:is_closing(), "is_closing")
    local result = process:wait()
    assert(result.code > 0, "code 0")
    assert(result.signal > 0, "no signal")
    gone("k")
  end
  local process = nvim.run("sleep 600", { app = "k" })
  process:kill() -- before there is one
  equal(143, process:wait().code)
  gone("k")
end)

test("kill: SIGINT interrupts, SIGUSR1 arrives", function()
  local loop = "echo ready; while :; do sleep 0.1; done"
  local function start(trap)
    local output = ""
    local process = nvim.run("trap " .. trap .. "; " .. loop, { app = "k",
      stdout = function(_, data) output = output .. (data or "") end })
    tap.eventually("the trap", function() return output:find("ready") end)
    return process
  end
  local process = start("'exit 7' INT")
  process:kill("sigint")
  equal({ code = 7, signal = 0, stderr = "" }, process:wait())
  process = start("'exit 8' USR1")
  process:kill(10)
  equal(8, process:wait().code)
end)

test("misuse raises at the line of the caller", function()
  local function wrong(pattern, fn)
    local line = debug.getinfo(2, "l").currentline
    local ok, why = pcall(fn)
    assert(not ok, "it did not raise")
    has(pattern, why)
    has("process%.lua:" .. line .. ":", why)
  end
  wrong("'cmd' %(string or table", function() nvim.run() end)
  wrong("'cmd' %(a command", function() nvim.run("  ") end)
  wrong("'cmd' %(a command", function() nvim.run({}) end)
  wrong("'cmd%[2%]' %(string or number", function() nvim.run({ "a", {} }) end)
  wrong("option 'cwd' %(no such", function() nvim.run("x", { cwd = "/" }) end)
  wrong("option 'timeout' %(number", function() nvim.run("x", { timeout = "1" }) end)
  wrong("option 'env'", function() nvim.run("x", { env = { A = 1 } }) end)
  wrong("option 'app'", function() nvim.run("x") end)
  wrong("'on_exit' %(function", function() nvim.run("x", {}, 1) end)
  vim.g.oneoff = { shel = "sh" }
  wrong("vim.g.oneoff: option 'shel' %(no such option", function() nvim.run("x", { app = "a" }) end)
  vim.g.oneoff = nil
  local process = nvim.run("true", { app = "p" })
  wrong("the input is not open", function() process:write("x") end)
  wrong("no such signal: SIGFOO", function() process:kill("SIGFOO") end)
  wrong("'timeout_ms' %(number", function() process:wait("1") end)
  equal(0, process:wait().code)
end)

test("no token is misuse that names the variable", function()
  local token = vim.env.SCALINGO_API_TOKEN
  vim.env.SCALINGO_API_TOKEN = ""
  local ok, why = pcall(nvim.run, "true", { app = "p" })
  vim.env.SCALINGO_API_TOKEN = token
  equal(false, ok)
  has("SCALINGO_API_TOKEN", why)
end)

test("a token that is refused is 125, with the code", function()
  local account = require("oneoff.scalingo").new { token = "tk-us-wrong" }
  local result = nvim.run("true", { app = "p", account = account }):wait()
  equal(125, result.code)
  equal("unauthorized", result.error.code)
  assert(not result.error.message:find("wrong", 1, true), "the token is told")
end)

tap.done()

-- SPDX-License-Identifier: MIT
-- Neovim: the container's host dies while commands run. That is no exit code, and above all not 0.
local tap = require "spec.nvim.tap"
local nvim = require "oneoff.nvim"
local test, equal, has = tap.test, tap.equal, tap.has

-- The exit code is asked for as long as a request may take, and then the container's stop.
local MOST_SECONDS = 60

tap.without_rate()

test("run gives 125, what came before, and why; a terminal shows it", function()
  local process = nvim.run("echo before; exec sleep 600", { app = "d", text = true })
  local _, buf = vim.cmd("Oneoff terminal d echo there; exec sleep 600"),
    vim.api.nvim_get_current_buf()
  local seen
  vim.cmd("au User OneoffExit let g:died = 1")
  tap.eventually("both run", function()
    return process.job_.phase == "running" and tap.text(buf):find("there")
  end)
  local streamed = ""
  local other = nvim.run("echo x; sleep 600", { app = "d",
    stdout = function(err, data) streamed = streamed .. (data or "end: " .. tostring(err)) end })
  tap.eventually("output", function() return streamed:find("x") end)
  local began = tap.uv.hrtime()
  tap.uv.kill(tonumber(os.getenv("DRIVE_PID")), "sigkill")
  local result = process:wait()
  seen = (tap.uv.hrtime() - began) / 1e9
  equal({ 125, 0, "before\n" }, { result.code, result.signal, result.stdout })
  assert(require("oneoff").codes[result.error.code], "no such code: " .. result.error.code)
  assert(#result.error.message > 0 and not result.error.message:find("\n"))
  assert(seen < MOST_SECONDS, seen .. " s")
  equal(125, other:wait().code)
  tap.eventually("the stream's end", function() return streamed:find("end: %w") end)
  tap.eventually("the terminal's end", function() return vim.g.died end)
  has("there\n+%[oneoff: exit code 125: %w", tap.text(buf))
  equal(125, vim.b[buf].oneoff_exit.code)
end)

test("a platform that is not there is 125", function()
  local result = nvim.run("true", { app = "d", account = require("oneoff.scalingo").new {
    retry_timeout = 0.2 } }):wait()
  equal({ 125, "connect", "" }, { result.code, result.error.code, result.stdout })
end)

tap.done()

-- SPDX-License-Identifier: MIT
-- Neovim: the platform starts each container, and its answer is lost.
local tap = require "spec.nvim.tap"
local nvim = require "oneoff.nvim"
local test, equal, has = tap.test, tap.equal, tap.has

tap.without_rate()

test("run gives 125, and the container is stopped", function()
  local result = nvim.run("sleep 600", { app = "lost" }):wait()
  equal({ 125, "closed", true }, { result.code, result.error.code, result.error.detail.stopped })
  equal({}, tap.living("lost"))
end)

test("so it is when the command was killed meanwhile", function()
  local process = nvim.run("sleep 600", { app = "killed" })
  process:kill()
  assert(process:wait().code > 0, "code 0")
  tap.eventually("a stop", function() return #tap.living("killed") == 0 end)
end)

test("a terminal shows why", function()
  local data = tap.exit_of(function() vim.cmd("Oneoff terminal terminal sleep 600") end)
  equal(125, data.code)
  has("exit code 125: run: ", tap.text(data.buffer))
end)

tap.done()

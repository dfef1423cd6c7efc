-- SPDX-License-Identifier: MIT
-- Neovim: the checkout is on the runtime path, and its plugin file is read at the start.
local tap = require "spec.nvim.tap"
local test, equal, has = tap.test, tap.equal, tap.has

local function health()
  vim.cmd("checkhealth oneoff")
  local text = tap.text(0)
  vim.cmd("bwipeout!")
  return text
end

test("the plugin file defines the command, and loads nothing", function()
  vim.cmd("runtime! plugin/oneoff.lua") -- as a start without -u NONE does
  equal(2, vim.fn.exists(":Oneoff"))
  for name in pairs(package.loaded) do
    assert(not name:find("^oneoff"), name .. " is loaded")
  end
  local maps = assert(io.open("/proc/self/maps")):read("*a")
  assert(not maps:find("libcurl", 1, true), "libcurl is loaded")
end)

test("completion loads no C", function()
  vim.fn.getcompletion("Oneoff run ", "cmdline")
  assert(not package.loaded["oneoff.core"])
end)

test("a module that is not built is told with what builds it", function()
  local path, stat = package.cpath, tap.uv.fs_stat
  package.cpath = ""
  tap.uv.fs_stat = function() end
  vim.cmd("Oneoff list a")
  tap.uv.fs_stat = stat
  package.cpath = path
  has("not built: run `make module LUA_VERSION=5.1` in ", tap.notices[1][1])
end)

test("the checkout's own module is found, and before one for another Lua", function()
  package.cpath = tap.root .. "/build/5.4/?.so"
  local data = tap.exit_of(function() vim.cmd("Oneoff run a exit 3") end)
  equal(3, data.code)
  has("/build/5.1/%?%.so", package.cpath)
end)

test("the help is there, with all of its tags", function()
  local folder, count = tap.folder .. "/site", 0
  vim.fn.mkdir(folder .. "/doc", "p")
  local lines = vim.fn.readfile(tap.root .. "/doc/oneoff.txt")
  vim.fn.writefile(lines, folder .. "/doc/oneoff.txt")
  vim.cmd("helptags " .. folder .. "/doc")
  vim.opt.runtimepath:prepend(folder)
  for _, line in ipairs(lines) do
    assert(#line:gsub("\t", "        ") <= 80, "a long line: " .. line)
    for link in line:gmatch("|([^|%s]+)|") do
      count = count + 1
      vim.cmd("help " .. link)
      local found = vim.fn.getline(".")
      assert(found:find("*" .. link .. "*", 1, true), link .. " leads to: " .. found)
    end
  end
  assert(count > 10, "links: " .. count)
  vim.cmd("helpclose")
end)

test("health: all is well", function()
  local text = health()
  has("oneoff %d+%.%d+%.%d+, built for Lua 5.1", text)
  has("libcurl/", text)
  has("the API token comes from SCALINGO_API_TOKEN", text)
  has("127.0.0.1 answers and accepts the token", text)
  assert(not text:find(vim.env.SCALINGO_API_TOKEN, 1, true), "the token is told")
  assert(not text:find("ERROR"), text)
end)

test("health: bad options, no token, a refused one, no platform", function()
  vim.g.oneoff = { region = 1 }
  has("ERROR.*option 'region' %(a name expected", health())
  vim.g.oneoff = { token = "tk-us-wrong" }
  local text = health()
  has("WARN.*the API token comes from vim.g.oneoff.token", text)
  has("ERROR.*refuses the token", text)
  vim.g.oneoff = { api_url = "http://127.0.0.1:1", auth_url = "http://127.0.0.1:1" }
  has("ERROR.*%(connect%)", health())
  vim.g.oneoff = nil
  vim.env.SCALINGO_API_TOKEN = ""
  has("WARN.*no API token", health())
end)

test("health: a platform that never answers is given five seconds", function()
  local server = tap.uv.new_tcp()
  server:bind("127.0.0.1", 0)
  server:listen(8, function() end)
  local url = "http://127.0.0.1:" .. server:getsockname().port
  vim.g.oneoff = { api_url = url, auth_url = url, token = "tk-us-x" }
  local began = tap.uv.hrtime()
  has("ERROR.*no answer within 5 seconds", health())
  assert((tap.uv.hrtime() - began) / 1e9 < 10)
  server:close()
end)

tap.done()

-- SPDX-License-Identifier: MIT
-- The example of each event loop in doc/hosts.md, run as it is written, on the local platform.
local host = require "spec.support.host"
local nginx = require "spec.nginx.server"

local root = require("lfs").currentdir()

-- The first block of that language in the section with the heading.
local function example(heading, language)
  local file = assert(io.open(root .. "/doc/hosts.md"))
  local text = file:read("*a")
  file:close()
  local from = assert(text:find("\n## " .. heading, 1, true), heading)
  local section = text:sub(from + 1, (text:find("\n##", from + 1)))
  local block = section:match("```" .. language .. "\n(.-)```")
  return block or error(heading .. " has no example")
end

describe("the example in doc/hosts.md #hosts", function()
  local own, environment

  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0" }
    environment = ("SCALINGO_API_TOKEN=%s SCALINGO_API_URL=%s SCALINGO_AUTH_URL=%s "):format(
      own.token, own.url, own.url)
  end)

  teardown(function() own:stop() end)

  local function run(heading, interpreter, version)
    local path = own.folder .. "/example.lua"
    local file = assert(io.open(path, "w"))
    file:write(example(heading, "lua"))
    file:close()
    return host.capture(environment .. ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;' "
      .. "LUA_CPATH='%s/build/%s/?.so;;' timeout 60 %s 2>&1"):format(root, root, root, version,
      interpreter:format(path)))
  end

  for interpreter, version in pairs { ["lua5.4 %s"] = "5.4", ["luajit %s"] = "5.1" } do
    local name = interpreter:match("%S+")

    it("of plain Lua runs in " .. name, function()
      local said = run("Plain Lua", interpreter, version)
      assert.equal("one after the other 0 together 1 1 together 2 2",
        (said:gsub("%s+", " "):gsub(" $", "")))
    end)

    it("of cqueues runs in " .. name, function()
      local said = run("cqueues", interpreter, version)
      assert.equal("tick 1\ntick 2\ntick 3\nfrom a container\n", said)
    end)

    it("of luv runs in " .. name, function()
      assert.matches("^from a container%s+$", run("luv", interpreter, version))
    end)

    it("of LuaSocket runs in " .. name, function()
      assert.matches("^from a container%s+$", run("LuaSocket", interpreter, version))
    end)
  end

  for nvim in (os.getenv("ONEOFF_NVIMS") or "nvim"):gmatch("%S+") do
    it("of Neovim runs in " .. nvim:match("%S+"), function()
      local path = own.folder .. "/wait.lua"
      local file = assert(io.open(path, "w"))
      file:write([[
        local said = {}
        print = function(text) said[#said + 1] = text end
        dofile(arg_path)
        vim.wait(20000, function() return #said == 2 end, 10)
        io.stdout:write(table.concat(said, "\n"), "\n")
        vim.cmd("qa!")
      ]])
      file:close()
      local said = run("Neovim", nvim .. " --headless -u NONE --cmd 'set runtimepath^=" .. root
        .. "' --cmd 'lua arg_path = [[%s]]' -c 'luafile " .. path .. "' </dev/null", "5.1")
      assert.equal("the editor goes on: true\nexit code 0: hello from a container\n", said)
    end)
  end

  it("of nginx runs in nginx", function()
    if not nginx.is_installed() then return pending("nginx or its Lua module is not installed") end
    local server = nginx.start { env = environment, server = example("nginx", "nginx") }
    finally(function() server:stop() end)
    local body, status = server:get("/report")
    assert.equal(200, status)
    assert.matches("container \nready \n.*step echo hello from a container\n.*exit code 3\n$", body)
  end)
end)

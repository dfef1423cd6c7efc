-- SPDX-License-Identifier: MIT
-- Every Lua example of the README and of doc/ runs as it is written, in a folder where the files
-- that it speaks of are, on the local platform with a real database. (Those of the event loops are
-- hosts_spec.lua's.)
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local servers = require "spec.restore.servers"

local root = require("lfs").currentdir()

-- What an example takes as given: nothing where it says so itself.
local GIVEN = [[
local account = require("oneoff.scalingo").new()
local container = assert(account:run("my-app", "sh"))
operation_url = container.operation_url
bearer = assert(account:bearer())
]]

-- { place, text } of each block; the token that stands for the reader's is in the environment.
local function examples(path)
  local found, heading, block = {}, path, nil
  for line in pty.read(root .. "/" .. path):gmatch("([^\n]*)\n") do
    if block and line == "```" then
      found[#found + 1] = { path .. ", " .. heading, (table.concat(block, "\n")
        :gsub('token = "tk%-us%-…", region = "osc%-fr1"', "")) }
      block = nil
    elseif block then
      block[#block + 1] = line
    elseif line == "```lua" then
      block = {}
    else
      heading = line:match("^##+ (.*)$") or heading
    end
  end
  return found
end

describe("the example #hosts", function()
  local own, server, environment

  setup(function()
    server = servers.postgresql()
    server.database("example")
    server.sql("example", "create table users (id integer primary key, name text);"
      .. "insert into users select n, 'user ' || n from generate_series(1, 1250) n;")
    own = host.start { "--rate", "0", "--start-delay", "0", "--bind", server.folder,
      "--env", "SCALINGO_POSTGRESQL_URL=" .. server.url("example"), "--max-containers", "40" }
    server.dump("example", "-Fc", own.folder .. "/backup.pgsql")
    local rows = {}
    for i = 1, 1250 do rows[i] = i .. ",user " .. i end
    pty.write(own.folder .. "/users.csv", table.concat(rows, "\n") .. "\n")
    pty.write(own.folder .. "/dump.sql", "select 1;\n")
    host.capture("gzip -k " .. own.folder .. "/dump.sql")
    environment = ("SCALINGO_API_TOKEN=%s SCALINGO_API_URL=%s SCALINGO_AUTH_URL=%s "
      .. "LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;' LUA_CPATH='%s/build/5.4/?.so;;'"):format(
      own.token, own.url, own.url, root, root, root)
  end)

  teardown(function()
    own:stop()
    server.stop()
  end)

  for _, path in ipairs { "README.md", "doc/tasks.md", "doc/restore.md", "doc/reference.md" } do
    for i, example in ipairs(examples(path)) do
      it(("%d of %s runs"):format(i, example[1]), function()
        pty.write(own.folder .. "/example.lua", GIVEN .. "do\n" .. example[2] .. "\nend\n"
          .. "container:stop()\nio.stdout:write('\\nwhole\\n')\n")
        local said = host.capture(("cd %s && env %s timeout 120 lua5.4 example.lua 2>&1"):format(
          own.folder, environment))
        assert.matches("\nwhole\n$", said)
      end)
    end
  end
end)

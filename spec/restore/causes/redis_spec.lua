-- SPDX-License-Identifier: MIT
-- Each cause of a failed import is brought about on real Redis servers, as a user without rights;
-- redis-cli is called as restore/redis.lua does. No pattern is unproven.
local scene = require "spec.restore.causes.scene"
local servers = require "spec.restore.servers"

local function is_cause(name, output)
  scene.is_cause("redis", name, output)
end

-- A payload of DUMP: of this version, and of one that is still to come.
local PAYLOAD = [["\x00\xc0\x01\x0b\x00\x1f\xe9\xe8\xe4\xbd\xdc\xfb\xa2"]]
local LATER = PAYLOAD:gsub("x0b", "xfe")

-- Before and after are the administrator's.
local commands = {
  { "permission", "config set maxmemory 1" },
  { "version", "no_such_command 1" },
  { "version", "restore payload 0 " .. LATER, before = "acl setuser app +restore" },
  { "already_exists", "set key 1\nrestore key 0 " .. PAYLOAD },
  { "syntax", "set key" },
  { "syntax", "set key 1 no_such_word" },
  { "full", "set key 1", before = "config set maxmemory 1", after = "config set maxmemory 0" },
  { "read_only", "set key 1", before = "replicaof 127.0.0.1 1", after = "replicaof no one" },
  { "login", "set key 1", before = "acl setuser app resetpass >another",
    after = "acl setuser app >se cret%" },
}

for _, version in ipairs { "7", "8" } do
  servers.describe("redis", version, "causes: Redis " .. version, function()
    local server

    setup(function() server = servers.redis(version) end)
    teardown(function() server.stop() end)

    local function import(text, client)
      return scene.run(server.folder, (client or server.client("target")) .. " --pipe",
        (text:gsub("\n", "\r\n") .. "\r\n"))
    end

    for i, case in ipairs(commands) do
      it(("%s (%d)"):format(case[1], i), function()
        if case.before then server.admin("target", case.before) end
        local output = import(case[2])
        if case.after then server.admin("target", (case.after:gsub(">.*", "'%0'"))) end
        is_cause(case[1], output)
      end)
    end

    it("login: no password", function()
      is_cause("login", import("set key 1", "env -u REDISCLI_AUTH "
        .. server.client("target"):gsub("^REDISCLI_AUTH='[^']*' ", ""):gsub("%-%-user app ", "")))
    end)

    it("too_large", function()
      server.admin("target", "config set proto-max-bulk-len 1mb")
      is_cause("too_large", import("*3\n$3\nset\n$3\nkey\n$2000000"))
      server.admin("target", "config set proto-max-bulk-len 512mb")
    end)

    it("full: the server cannot save", function()
      server.admin("target", "config set save '3600 1'")
      os.execute("chmod 555 " .. server.folder)
      server.admin("target", "bgsave")
      scene.wait_for(function()
        return server.admin("target", "info persistence"):find("last_bgsave_status:err", 1, true)
      end)
      os.execute("chmod 755 " .. server.folder)
      is_cause("full", import("set key 1"))
      server.admin("target", "config set save ''")
    end)

    it("too_many_connections", function()
      local one = scene.session((server.client("target"):gsub("%-%-user app ", "")))
      one.write("config set maxclients 1")
      one.wait("OK")
      local output = import("set key 1")
      one.write("config set maxclients 100\n")
      one.close()
      is_cause("too_many_connections", output)
    end)

    it("connection", function()
      local one = scene.session(server.client("target") .. " --pipe")
      scene.wait_for(function()
        return server.admin("target", "client list"):find("user=app", 1, true)
      end)
      os.execute("kill -9 $(cat " .. server.folder .. "/pid)")
      one.write("set key 1\r")
      is_cause("connection", one.close())
      is_cause("connection", import("set key 1"))
    end)
  end)
end

it("no pattern of Redis is unproven", function()
  if servers.missing("redis", "7") or servers.missing("redis", "8") then
    return pending("not all servers are there")
  end
  assert.same({}, scene.unproven("redis"))
end)

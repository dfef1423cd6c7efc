-- SPDX-License-Identifier: MIT
-- `oneoff backups` and `oneoff backup`: what they print, and how they end.
local host = require "spec.support.host"
local json = require "cjson"
local lfs = require "lfs"
local program = require "spec.cli.program"

local NOWHERE = "postgres://me:s%40cret@127.0.0.1:1/shop" -- nothing listens there
local ID = "ad-shop-postgresql"
local NAME = "20260102030405_shop_1"

describe("oneoff backups #hosts", function()
  local server, folder, content

  local function run(words, where)
    return program.run(words, { env = program.env(server), folder = where })
  end

  local function read(path)
    local file = io.open(path, "rb")
    local bytes = file and file:read("*a")
    if file then file:close() end
    return bytes
  end

  setup(function()
    folder = host.folder()
    assert(lfs.mkdir(folder .. "/" .. ID))
    local path = folder .. "/" .. ID .. "/" .. NAME .. ".tar.gz"
    os.execute(("cd %s; echo 'select 1;' >dump.sql; tar -czf %s dump.sql; touch -d '3 days ago' %s")
      :format(folder, path, path))
    content = read(path)
    server = host.start { "--start-delay", "0", "--rate", "0", "--backups", folder,
      "--database", "shop=" .. NOWHERE, "--database", "two=" .. NOWHERE,
      "--database", "two=redis://127.0.0.1:1", "--app", "empty", "--fault", "backup-error=1" }
  end)

  teardown(function()
    server:stop()
    host.remove(folder)
  end)

  it("lists those of the application's database", function()
    local status, out = run { "backups", "-a", "shop" }
    assert.equal(0, status)
    assert.truthy(out:find("^BACKUP%s+STATUS%s+SIZE%s+AGE%s+CREATED%s+NAME\n"))
    assert.truthy(out:find("done%s+" .. #content .. " B%s+3 days%s+%S+%s+" .. NAME .. "\n"))
    status, out = run { "backups", "-a", "shop", "--json" }
    local listed = json.decode(out)
    assert.same({ 0, "shop", ID, "postgresql", 1 },
      { status, listed.app, listed.addon, listed.database, #listed.backups })
    local backup = listed.backups[1]
    assert.same({ NAME, "done", #content, "periodic" },
      { backup.name, backup.status, backup.size, backup.method })
    assert.is_true(backup.age >= 3 * 86400)
  end)

  it("wants to know which database, where there are several or none", function()
    local status, _, err = run { "backups", "-a", "two" }
    assert.equal(125, status)
    assert.truthy(err:find("ad-two-postgresql (PostgreSQL), ad-two-redis (Redis)", 1, true))
    local out
    status, out = run { "backups", "-a", "two", "--addon", "redis", "--json" }
    assert.same({ 0, "ad-two-redis" }, { status, json.decode(out).addon })
    status, _, err = run { "backups", "-a", "empty" }
    assert.equal(125, status)
    assert.truthy(err:find("empty has no database", 1, true))
  end)

  it("downloads one that is there, and asks for no new one", function()
    local place = host.folder()
    finally(function() host.remove(place) end)
    local status, out, err = run({ "backup", "-a", "shop", "latest", "--download" }, place)
    assert.same({ 0, NAME .. ".tar.gz\n" }, { status, out })
    assert.truthy(err:find("done: " .. NAME .. ", " .. #content .. " B, 3 days old", 1, true))
    assert.is_true(read(place .. "/" .. NAME .. ".tar.gz") == content)
    lfs.mkdir(place .. "/sub")
    local id = json.decode((select(2, run { "backups", "-a", "shop", "--json" }))).backups[1].id
    status, out = run({ "backup", "-a", "shop", id, "--json", "--download", place .. "/sub/" })
    assert.same({ 0, place .. "/sub/" .. NAME .. ".tar.gz" }, { status, json.decode(out).file })
    status, out = run({ "backup", "-a", "shop", id, "--download", "mine.gz" }, place)
    assert.same({ 0, "mine.gz\n" }, { status, out })
    assert.is_true(read(place .. "/mine.gz") == content)
    assert.equal(0, server:count("backup"))
  end)

  it("ends with 1 where the platform could not make the backup", function()
    local status, out, err = run { "backup", "-a", "shop", "--json" }
    assert.equal(1, status)
    local told = json.decode(out)
    assert.same({ "operation_failed", "error", 1 },
      { told.error.code, told.backup.status, told.status })
    assert.truthy(err:find("could not make the backup " .. told.backup.id, 1, true))
    status = run { "backup", "-a", "shop", told.backup.id, "--timeout", "30" } -- of an old one too
    assert.equal(1, status)
    status = run { "backup", "-a", "shop", "0" }
    assert.equal(125, status)
  end)
end)

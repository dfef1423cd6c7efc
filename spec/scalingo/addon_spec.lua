-- SPDX-License-Identifier: MIT
-- Add-ons and their backups: which one is meant, and a download that is whole or none.
local host = require "spec.support.host"
local lfs = require "lfs"
local oneoff = require "oneoff"
local world = require "spec.faults.world"

local NOWHERE = "postgres://me:s%40cret@127.0.0.1:1/shop" -- nothing listens there
local ID = "ad-shop-postgresql"
local NAME = "20260102030405_shop_1"

describe("an add-on", function()
  local server, account, folder, content

  local function start(faults, flags, options)
    local words = { "--start-delay", "0", "--backups", folder, "--database", "shop=" .. NOWHERE }
    for _, fault in ipairs(faults or {}) do
      words[#words + 1] = "--fault"
      words[#words + 1] = fault
    end
    for _, flag in ipairs(flags or {}) do words[#words + 1] = flag end
    server = host.start(words, options)
    account = server:account { requests_per_minute = 0, retry_timeout = 2 * world.PATIENCE }
  end

  local function addon()
    return assert(account:addon("shop"))
  end

  local function read(path)
    local file = io.open(path, "rb")
    local bytes = file and file:read("*a")
    if file then file:close() end
    return bytes
  end

  local function download()
    local target = folder .. "/target"
    os.remove(target)
    local one = addon()
    local backup = assert(one:backup())
    local size, message, code, detail = one:download(backup, target)
    assert.is_nil(lfs.attributes(target .. ".part"))
    return size, message, code, detail, read(target)
  end

  local function fails(code, value, message, got, detail)
    world.is_failure(code, value, message, got, detail)
    world.keeps_secrets(account.transport_.secrets:list(), message, detail)
    return message, detail
  end

  setup(function()
    folder = host.folder()
    assert(lfs.mkdir(folder .. "/" .. ID))
    os.execute(("cd %s; head -c 300000 /dev/urandom >dump; tar -czf %s/%s.tar.gz dump; rm dump")
      :format(folder, ID, NAME))
    content = read(folder .. "/" .. ID .. "/" .. NAME .. ".tar.gz")
  end)

  teardown(function() host.remove(folder) end)

  after_each(function()
    account:close()
    server:stop()
  end)

  it("is the only database, or the one of that id or kind", function()
    start(nil, { "--database", "shop=redis://127.0.0.1", "--database", "blog=" .. NOWHERE,
      "--app", "empty" })
    assert.equal(2, #assert(account:addons("shop")))
    assert.equal("ad-blog-postgresql", assert(account:addon("blog")).id)
    assert.equal("ad-shop-redis", assert(account:addon("shop", "redis")).id)
    assert.equal(ID, assert(account:addon("shop", ID)).id)
    assert.equal("oneoff.addon{" .. ID .. "}", tostring(account:addon("shop", ID)))
    local message, detail = fails("invalid", account:addon("shop"))
    assert.truthy(message:find(ID .. " (PostgreSQL), ad-shop-redis (Redis)", 1, true))
    assert.same({ id = ID, name = "PostgreSQL", kind = "postgresql" }, detail.addons[1])
    fails("not_found", account:addon("shop", "mysql"))
    assert.truthy(fails("not_found", account:addon("empty")):find("no database", 1, true))
  end)

  it("is none, or there are several, where the platform says so", function()
    start { "addons-none=1", "addons-several" }
    fails("not_found", account:addon("shop"))
    fails("invalid", account:addon("shop"))
  end)

  it("has its backups, the newest first, and the newest that is done", function()
    start()
    local one = addon()
    local made = assert(one:create_backup()) -- it will not be done
    local backups = assert(one:backups())
    assert.same({ made.id, NAME }, { backups[1].id, backups[2].name })
    local backup, skipped = one:backup()
    assert.same({ NAME, "done", #content, 1 },
      { backup.name, backup.status, backup.size, skipped })
    assert.equal(NAME, assert(one:backup(backup.id)).name)
    fails("not_found", one:backup("0"))
    assert.truthy(fails("invalid", one:backup(made.id)):find("is not done", 1, true))
  end)

  it("has no backup where the platform lists none", function()
    start { "backups-none" }
    assert.same({}, assert(addon():backups()))
    fails("not_found", addon():backup())
  end)

  it("gets another token where one is refused or too old", function()
    for _, fault in ipairs { "addon-token-expired=1", "addon-token-revoked=1" } do
      start { fault }
      local one = addon()
      assert.equal(1, #assert(one:backups()))
      assert.equal(1, #assert(one:backups()))
      assert.equal(2, server:count("addon-token"))
      account:close()
      server:stop()
    end
  end)

  it("says so where every token is refused", function()
    start { "addon-token-revoked" }
    fails("unauthorized", addon():backups())
    assert.equal(2, server:count("addon-token"))
  end)

  it("fails where the platform could not make the backup", function()
    start()
    local seen = {}
    local one = addon()
    local made = assert(one:create_backup())
    local _, detail = fails("operation_failed", one:wait_backup(made.id, {
      on_status = function(backup) seen[#seen + 1] = backup.status end }))
    assert.equal("error", detail.backup.status)
    assert.equal("error", seen[#seen])
  end)

  it("waits for a backup that is not over no longer than it may", function()
    start { "backup-stuck=1", "backup-strange=1" }
    local one = addon()
    for _, status in ipairs { "pending", "postponed" } do
      local made = assert(one:create_backup())
      local message, detail = fails("timeout", one:wait_backup(made.id, { timeout = 0.1 }))
      assert.truthy(message:find("is still " .. status, 1, true))
      assert.equal(status, detail.backup.status)
    end
    fails("not_found", one:wait_backup("0"))
  end)

  it("is downloaded whole, by its owner's eyes only", function()
    start()
    local last
    local target = folder .. "/target"
    local one = addon()
    local size = assert(one:download(assert(one:backup()), target,
      { on_progress = function(received, total) last = { received, total } end }))
    assert.same({ #content, { #content, #content } }, { size, last })
    assert.is_true(read(target) == content)
    assert.equal("rw-------", lfs.attributes(target, "permissions"))
  end)

  it("is downloaded where it was moved to, without our credentials", function()
    start { "download-moved" }
    local size, _, _, _, bytes = download()
    assert.same({ #content, true }, { size, bytes == content })
    local log = server:log()
    assert.truthy(log[#log].host:find("^localhost"))
    assert.equal("none", log[#log].auth)
  end)

  it("has its address asked for anew where that is too old, once", function()
    start { "archive-expired=1" }
    assert.is_true(select(5, download()) == content)
    assert.equal(2, server:count("archive"))
    account:close()
    server:stop()
    start { "archive-expired" }
    fails("unauthorized", download())
    assert.equal(2, server:count("archive"))
  end)

  it("is downloaded again where the connection was cut", function()
    start { "download-truncated=1" }
    assert.is_true(select(5, download()) == content)
    assert.equal(2, server:count("download"))
  end)

  it("is no file where less came, more was said, or a byte is wrong", function()
    for _, fault in ipairs { "download-short", "backup-size-wrong", "download-corrupt" } do
      start { fault }
      local size, message, code, detail, bytes = download()
      fails("invalid", size, message, code, detail)
      assert.is_nil(bytes, fault)
      account:close()
      server:stop()
    end
    start { "download-truncated" }
    fails("closed", download())
    assert.is_nil(read(folder .. "/target"))
  end)

  it("is not downloaded in clear over a network", function()
    start({ "archive-http-url" }, nil, { tls = true })
    -- The local host is on this machine, where http is allowed: then the request itself fails.
    local one = addon()
    local _, _, code = one:download(assert(one:backup()), folder .. "/target")
    assert.not_equal("ok", code)
    local download_of = require "oneoff.scalingo.download"
    fails("tls", download_of.target("http://example.com/a.tar.gz?token=x"))
    fails("protocol", download_of.target("ftp://example.com/a.tar.gz"))
  end)

  it("is no file where it cannot be written", function()
    start()
    local one = addon()
    fails("io", one:download(assert(one:backup()), folder .. "/no-folder/x"))
  end)

  it("leaves no part where its coroutine is cancelled", function()
    start { "download-slow" }
    local one = addon()
    local backup = assert(one:backup())
    local target = folder .. "/target"
    os.remove(target)
    oneoff.run(function()
      local task
      task = oneoff.spawn(function()
        return one:download(backup, target, { on_progress = function() task:cancel() end })
      end)
      fails("canceled", task:join())
    end)
    assert.is_nil(lfs.attributes(target .. ".part"))
    assert.is_nil(lfs.attributes(target))
  end)
end)

-- SPDX-License-Identifier: MIT
-- Add-ons and backups of oneoff-host: who may ask, what is listed, and what a download gives.
local host = require "spec.support.host"
local requests = require "spec.platform.requests"
local servers = require "spec.restore.servers"

local NOWHERE = "postgres://me:s%40cret@127.0.0.1:1/shop" -- nothing listens there
local DATABASE = "ad-shop-postgresql"

describe("the add-ons of oneoff-host", function()
  local server, bearer, folder, content

  local function api(method, path, token)
    return requests.api(server, token or bearer, method, path)
  end

  local function token_of(id, app)
    local _, answer = api("POST", ("/v1/apps/%s/addons/%s/token"):format(app or "shop", id))
    return answer.addon.token
  end

  local function backups(token)
    return api("GET", "/api/databases/" .. DATABASE .. "/backups",
      token or token_of(DATABASE))
  end

  local function download_url(token, id)
    local status, answer = api("GET", ("/api/databases/%s/backups/%s/archive"):format(DATABASE,
      id or select(2, backups(token)).database_backups[1].id), token)
    return status == 200 and answer.download_url or nil, status
  end

  local function start(...)
    server = host.start { "--start-delay", "0", "--rate", "0", "--backups", folder,
      "--database", "shop=" .. NOWHERE, ... }
    bearer = requests.bearer(server)
  end

  setup(function()
    folder = host.folder()
    local place = folder .. "/" .. DATABASE
    os.execute(("mkdir %s; cd %s; echo 'select 1;' >dump.sql; touch .hidden.tar.gz other.txt; "
      .. "tar -czf 20260102030405_shop_1.tar.gz dump.sql; rm dump.sql"):format(place, place))
    local file = assert(io.open(place .. "/20260102030405_shop_1.tar.gz", "rb"))
    content = file:read("*a")
    file:close()
  end)

  teardown(function() host.remove(folder) end)

  after_each(function() server:stop() end)

  it("are its databases, of the application that has them", function()
    start("--database", "shop=redis://:secret@127.0.0.1:1", "--database", "shop=" .. NOWHERE,
      "--database", "blog=mysql://me@127.0.0.1/blog", "--app", "empty")
    local status, answer = api("GET", "/v1/apps/shop/addons")
    local found = {}
    for _, addon in ipairs(answer.addons) do
      found[#found + 1] = addon.id .. " " .. addon.addon_provider.id .. " " .. addon.status
    end
    assert.equal(200, status)
    assert.same({ "ad-shop-postgresql postgresql running", "ad-shop-redis redis running",
      "ad-shop-postgresql-2 postgresql running" }, found)
    assert.equal("ad-blog-mysql", select(2, api("GET", "/v1/apps/blog/addons")).addons[1].id)
    assert.same({}, select(2, api("GET", "/v1/apps/empty/addons")).addons)
    assert.equal(404, (api("GET", "/v1/apps/other/addons")))
  end)

  it("give a token for their own database, and nothing else does", function()
    start("--database", "blog=" .. NOWHERE)
    local token = token_of(DATABASE)
    local status, answer = api("GET", "/api/databases/" .. DATABASE, token)
    assert.same({ 200, "postgresql", "shop", "running" },
      { status, answer.database.type_name, answer.database.app_name, answer.database.status })
    for _, other in ipairs { bearer, token_of("ad-blog-postgresql", "blog"), server.token, "x" } do
      assert.equal(401, (api("GET", "/api/databases/" .. DATABASE, other)))
      assert.equal(401, (backups(other)))
    end
    assert.equal(401, (api("GET", "/v1/apps/shop/addons", token)))
    assert.equal(404, (api("POST", "/v1/apps/blog/addons/" .. DATABASE .. "/token")))
  end)

  it("set the variables of their application", function()
    start("--env", "SECRET=1", "--env", "REDIS_URL=mine", "--database", "shop=redis://127.0.0.1")
    local function variables(query)
      local found = {}
      for _, each in ipairs(select(2, api("GET", "/v1/apps/shop/variables" .. query)).variables) do
        found[each.name] = each.value
      end
      return found
    end
    assert.same({ SECRET = "1", SCALINGO_POSTGRESQL_URL = NOWHERE, DATABASE_URL = NOWHERE,
      SCALINGO_REDIS_URL = "redis://127.0.0.1", REDIS_URL = "mine" }, variables(""))
    assert.equal("$SCALINGO_POSTGRESQL_URL", variables("?aliases=false").DATABASE_URL)
    assert.same({ { id = "va-blog-SECRET", name = "SECRET", value = "1" } },
      { select(2, api("GET", "/v1/apps/blog/variables")).variables[1] })
  end)

  it("have the backups that are files in their folder", function()
    start()
    local status, answer = backups()
    assert.equal(200, status)
    assert.equal(1, #answer.database_backups)
    local backup = answer.database_backups[1]
    assert.same({ "20260102030405_shop_1", "done", #content, DATABASE },
      { backup.name, backup.status, backup.size, backup.database_id })
    status, answer = api("GET", "/api/backups/" .. backup.id, token_of(DATABASE))
    assert.same({ 200, backup }, { status, answer.database_backup })
  end)

  it("let a backup be downloaded with the token of its address, and no other", function()
    start()
    local url = download_url(token_of(DATABASE))
    assert.truthy(url:find("/20260102030405_shop_1.tar.gz?token=", 1, true))
    local status, body = requests.curl { url }
    assert.equal(200, status)
    assert.is_true(body == content)
    assert.equal(401, (requests.curl { (url:gsub("%?.*", "")) }))
    assert.equal(401, (requests.curl { url .. "x" }))
    local other = select(2, backups()).database_backups[1].id
    assert.equal(401, (requests.curl { (url:gsub(other, ("0"):rep(#other))) }))
    assert.same({ nil, 404 }, { download_url(token_of(DATABASE), "0") })
  end)

  it("end a backup with error where the database does not answer", function()
    start()
    local token = token_of(DATABASE)
    local status, answer = api("POST", "/api/databases/" .. DATABASE .. "/backups", token)
    assert.equal(201, status)
    local made = answer.database_backup
    assert.same({ "manual", 0 }, { made.method, made.size })
    local ended = requests.until_found(function()
      local _, now = api("GET", "/api/backups/" .. made.id, token)
      return now.database_backup.status == "error" and now.database_backup
    end)
    assert.truthy(ended.started_at)
    assert.same({ nil, 404 }, { download_url(token, made.id) })
  end)

  it("do what their faults say", function()
    start("--fault", "addons-none=1", "--fault", "addons-several=1",
      "--fault", "addon-token-expired=1", "--fault", "addon-token-revoked=1",
      "--fault", "backups-none=1", "--fault", "backup-size-wrong=1")
    assert.same({}, select(2, api("GET", "/v1/apps/shop/addons")).addons)
    assert.equal(2, #select(2, api("GET", "/v1/apps/shop/addons")).addons)
    assert.equal(401, (backups(token_of(DATABASE))))
    local token = token_of(DATABASE)
    assert.equal(401, (backups(token)))
    assert.same({}, select(2, backups(token)).database_backups)
    assert.equal(#content + 1, select(2, backups(token)).database_backups[1].size)
    assert.equal(#content, select(2, backups(token)).database_backups[1].size)
  end)

  it("do what the faults of a backup that is made say", function()
    start("--fault", "backup-stuck=1", "--fault", "backup-strange=1")
    local token = token_of(DATABASE)
    for _, status in ipairs { "pending", "postponed" } do
      local _, answer = api("POST", "/api/databases/" .. DATABASE .. "/backups", token)
      assert.equal(status, answer.database_backup.status)
    end
  end)

  it("do what the faults of a download say", function()
    start("--fault", "download-slow=1", "--fault", "download-truncated=1",
      "--fault", "download-short=1", "--fault", "download-corrupt=1",
      "--fault", "archive-expired=1")
    local token = token_of(DATABASE)
    assert.equal(401, (requests.curl { (download_url(token)) })) -- takes the slow one with it
    local url = download_url(token)
    local status, body = requests.curl { url }
    assert.same({ 200, true }, { status, body == content }) -- but its Content-Length says more
    status, body = requests.curl { url }
    assert.same({ 200, true }, { status, body == content:sub(1, -2) })
    status, body = requests.curl { url }
    assert.same({ 200, #content, false }, { status, #body, body == content })
    assert.is_true(select(2, requests.curl { url }) == content)
  end)

  it("send a slow download whole", function()
    start("--fault", "download-slow=1")
    assert.is_true(select(2, requests.curl { (download_url(token_of(DATABASE))) }) == content)
  end)

  it("redirect a download that moved to another host, which wants no other credentials", function()
    start("--fault", "download-moved=1")
    local url = download_url(token_of(DATABASE))
    local status, _, head = requests.curl { url }
    local moved = head:match("\nLocation: (%S+)")
    assert.equal(302, status)
    assert.truthy(moved:find("^http://localhost:%d+/storage/"))
    assert.is_true(select(2, requests.curl { moved }) == content)
    assert.equal("none", server:log()[#server:log()].auth)
  end)
end)

describe("a database of oneoff-host, on the command line", function()
  it("is an application and an address that can be dumped", function()
    for _, value in ipairs { "shop", "=" .. NOWHERE, "shop=mongodb://localhost/x",
      "shop=postgres://", "shop=postgres:///x", "a/b=" .. NOWHERE, "shop=file:///x" } do
      local text = host.capture(host.quote(os.getenv("ONEOFF_HOST") or "build/oneoff-host")
        .. " --database " .. host.quote(value) .. " </dev/null 2>&1; echo \"status $?\"")
      assert.truthy(text:find("status 2", 1, true), value)
    end
  end)
end)

local made = {
  postgresql = { archive = "%.pgsql$", holds = "^PGDMP" },
  mariadb = { archive = "%.sql$", holds = "CREATE TABLE `users`" },
  redis = { archive = "%.rdb$", holds = "^REDIS" },
}

for name, expected in pairs(made) do
  servers.describe(name, nil, "a backup that oneoff-host makes of " .. name .. " #hosts", function()
    local database, server

    setup(function()
      database = servers[name]()
      if name ~= "redis" then
        database.sql("origin", "create table users (id int); insert into users values (1), (2);")
      end
      server = host.start { "--start-delay", "0", "--rate", "0",
        "--database", "shop=" .. (database.url("origin"):gsub("^redis://app:", "redis://:")) }
    end)

    teardown(function()
      server:stop()
      database.stop()
    end)

    it("is a tar archive of what the database's own tool wrote", function()
      local bearer = requests.bearer(server)
      local _, addons = requests.api(server, bearer, "GET", "/v1/apps/shop/addons")
      local id = addons.addons[1].id
      local _, answer = requests.api(server, bearer, "POST",
        ("/v1/apps/shop/addons/%s/token"):format(id))
      local token = answer.addon.token
      _, answer = requests.api(server, token, "POST", ("/api/databases/%s/backups"):format(id))
      local backup = requests.until_found(function()
        local _, now = requests.api(server, token, "GET",
          "/api/backups/" .. answer.database_backup.id)
        assert.not_equal("error", now.database_backup.status)
        return now.database_backup.status == "done" and now.database_backup
      end)
      _, answer = requests.api(server, token, "GET",
        ("/api/databases/%s/backups/%s/archive"):format(id, backup.id))
      local file = server.folder .. "/archive"
      os.execute(("curl -s -o %s %s"):format(host.quote(file), host.quote(answer.download_url)))
      assert.equal(backup.size, require("lfs").attributes(file, "size"))
      local listed = host.capture("tar -tzf " .. host.quote(file))
      assert.truthy(listed:gsub("%s+$", ""):find(expected.archive))
      assert.truthy(host.capture("tar -xOzf " .. host.quote(file)):find(expected.holds))
    end)
  end)
end

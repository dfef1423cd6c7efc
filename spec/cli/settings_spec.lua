-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"
local settings = require "oneoff.cli.settings"

describe("the settings of the program #hosts", function()
  local own, home, repository

  local function put(path, text)
    os.execute("mkdir -p " .. host.quote(path:match("^(.*)/")))
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
  end

  local function login(folder, token, where)
    put(folder .. "/auth", ('{"auth_config_data":{"%s":{"tokens":{"token":"%s"}}}}'):format(
      where or (own.url:gsub("^http://", "")), token))
  end

  -- What login-check says: its settings, its status and what it printed in all.
  local function check(env, flags)
    local words = { "login-check", "--json" }
    for _, flag in ipairs(flags or {}) do words[#words + 1] = flag end
    local all = { HOME = home, SCALINGO_AUTH_URL = own.url, SCALINGO_API_URL = own.url }
    for name, value in pairs(env) do all[name] = value end
    local status, out, err = program.run(words, { env = all, folder = repository })
    local value = json.decode(out)
    return value.settings or value, status, out .. err
  end

  before_each(function()
    own = host.start({ "--rate", "0" })
    home, repository = host.folder(), host.folder()
    os.execute(("cd %s && git init -q . && git remote add scalingo %s"):format(
      host.quote(repository), "git@ssh.osc-secnum-fr1.scalingo.com:of-git.git"))
  end)
  after_each(function()
    own:stop()
    host.remove(home)
    host.remove(repository)
  end)

  it("take the token of the environment, else the stored login of that auth host", function()
    local found, status = check { SCALINGO_API_TOKEN = own.token }
    assert.same({ 0, "SCALINGO_API_TOKEN" }, { status, found.token.from })
    login(home .. "/.config/scalingo", own.token)
    found, status = check {}
    assert.same({ 0, home .. "/.config/scalingo/auth" }, { status, found.token.from })
    found, status = check { SCALINGO_API_TOKEN = "tk-us-wrong" }
    assert.same({ 125, "SCALINGO_API_TOKEN" }, { status, found.token.from })
    login(home .. "/.config/scalingo", own.token, "auth.scalingo.com")
    found, status = check {}
    assert.same({ 125, "invalid" }, { status, found.error.code })
    login(home .. "/xdg/scalingo", own.token)
    found, status = check { XDG_CONFIG_HOME = home .. "/xdg" }
    assert.same({ 0, home .. "/xdg/scalingo/auth" }, { status, found.token.from })
  end)

  it("take the application of the flag, the environment, the git remote", function()
    local token = own.token
    local found = check { SCALINGO_API_TOKEN = token, SCALINGO_APP = "of-env" }
    assert.same({ value = "of-env", from = "SCALINGO_APP" }, found.app)
    found = check({ SCALINGO_API_TOKEN = token, SCALINGO_APP = "of-env" }, { "-a", "of-flag" })
    assert.same({ value = "of-flag", from = "--app" }, found.app)
    found = check { SCALINGO_API_TOKEN = token }
    assert.same({ value = "of-git", from = "git remote scalingo" }, found.app)
    found = check({ SCALINGO_API_TOKEN = token }, { "--remote", "none" })
    assert.is_nil(found.app)
  end)

  it("take the region of the flag, the environment, the git remote, the stored one", function()
    put(home .. "/.config/scalingo/config.json", '{"region":"of-config"}')
    local token = own.token
    local found = check { SCALINGO_API_TOKEN = token, SCALINGO_REGION = "of-env" }
    assert.same({ value = "of-env", from = "SCALINGO_REGION" }, found.region)
    found = check { SCALINGO_API_TOKEN = token }
    assert.equal("osc-secnum-fr1", found.region.value)
    found = check { SCALINGO_API_TOKEN = token, SCALINGO_APP = "of-env" }
    assert.same({ value = "of-config", from = home .. "/.config/scalingo/config.json" },
      found.region)
    os.remove(home .. "/.config/scalingo/config.json")
    found = check { SCALINGO_API_TOKEN = token, SCALINGO_APP = "of-env" }
    assert.same({ value = "osc-fr1", from = "default" }, found.region)
  end)

  it("write nothing, and print no token", function()
    login(home .. "/.config/scalingo", own.token)
    for _, words in ipairs { { "login-check" }, { "login-check", "--verbose" }, { "regions" },
      { "run", "--verbose", "--json", "true" }, { "list", "--json" }, { "logs", "--verbose" } } do
      local status, out, err = program.run(words, { folder = repository,
        env = { HOME = home, SCALINGO_AUTH_URL = own.url, SCALINGO_API_URL = own.url } })
      assert.equal(0, status)
      assert.is_nil((out .. err):find(own.token, 1, true))
    end
    local text = select(3, check { SCALINGO_API_TOKEN = "tk-us-never-shown" })
    assert.is_nil(text:find("never%-shown"))
    assert.equal("./.config/scalingo/auth\n",
      host.capture("cd " .. host.quote(home) .. " && find . -type f"))
  end)

  it("say what is missing: 125", function()
    local status, out, err = program.run({ "list", "-a", "x" }, { env = { HOME = home } })
    assert.same({ 125, "" }, { status, out })
    assert.matches("no login", err)
    status, out, err = program.run({ "list" }, { env = program.env(own), folder = home })
    assert.same({ 125, "" }, { status, out })
    assert.matches("no application", err)
    status, out, err = program.run({ "list", "-a", "x" }, { env = program.env(own,
      { SCALINGO_API_URL = "ftp://x" }) })
    assert.same({ 125, "" }, { status, out })
    assert.matches("^oneoff: SCALINGO_API_URL: an http", err)
  end)
end)

describe("a git remote", function()
  it("tells the application, and the region", function()
    local function both(address) return { settings.of_remote(address) } end
    assert.same({ "my-app", "osc-fr1" }, both "git@ssh.osc-fr1.scalingo.com:my-app.git")
    assert.same({ "my-app", "osc-fr1" }, both "ssh://git@ssh.osc-fr1.scalingo.com:22/my-app.git")
    assert.same({ "my-app" }, both "git@scalingo.com:my-app.git")
    assert.same({}, both "https://example.org/me/my-app.git")
  end)
end)

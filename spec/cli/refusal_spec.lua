-- SPDX-License-Identifier: MIT
-- What cannot be done as it was asked for is refused before anything is asked of the platform.
local host = require "spec.support.host"
local program = require "spec.cli.program"

local own, folder

local function run(words, options)
  options = options or {}
  options.env = program.env(own, options.env)
  return program.run(words, options)
end

-- It ends with the status, says why, and asked the platform nothing.
local function is_refused(status, why, words, options)
  local before = #own:log()
  local got, out, err = run(words, options)
  assert.same({ status, "" }, { got, out }, err)
  assert.matches(why, err)
  assert.equal(before, #own:log())
end

describe("refused #hosts", function()
  setup(function()
    own = host.start { "--start-delay", "0", "--rate", "0" }
    folder = host.folder()
    own:account():login() -- there is a log of requests
  end)
  teardown(function()
    own:stop()
    host.remove(folder)
  end)

  it("are bytes that are not UTF-8, in a command and in a variable", function()
    for _, flags in ipairs { {}, { "--json" }, { "-d" } } do
      local function words(...)
        local all = { "run", "-a", "app", ... }
        for _, flag in ipairs(flags) do table.insert(all, 2, flag) end
        return all
      end
      is_refused(2, "not UTF%-8", words("echo caf\233"))
      is_refused(2, "not UTF%-8", words("echo", "caf\233"))
      is_refused(2, "value of A has bytes that are not UTF%-8", words("-e", "A=caf\233", "true"))
      is_refused(2, "value of A has bytes that are not UTF%-8", words("-e", "A", "true"),
        { env = { A = "\255" } })
      is_refused(2, "%-%-size.* not UTF%-8", words("-s", "\255", "true"))
    end
    local status, out = run { "run", "-a", "app", "-e", "A=caf\195\169", 'echo "$A"' }
    assert.same({ 0, "caf\195\169\n" }, { status, out })
  end)

  it("are bytes that are not UTF-8, in the library too", function()
    local account = own:account()
    for _, case in ipairs { { "echo caf\233" }, { "true", { env = { A = "\255" } } },
      { "true", { size = "\255" } } } do
      local before = #own:log()
      local ok, problem = pcall(account.run, account, "app", case[1], case[2])
      assert.is_false(ok)
      assert.matches("not UTF%-8", problem)
      assert.equal(before, #own:log())
    end
    account:close()
  end)
end)

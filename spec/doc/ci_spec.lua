-- SPDX-License-Identifier: MIT
-- The examples of doc/ci.md run as CI systems run them, as far as a shell can: each step or line
-- of a script, without the installation.
local host = require "spec.support.host"
local program = require "spec.cli.program"
local pty = require "spec.task.pty"

local root = require("lfs").currentdir()

local function blocks_of(language)
  local found = {}
  local text = pty.read(root .. "/doc/ci.md")
  for block in text:gmatch("\n```" .. language .. "\n(.-)\n```") do found[#found + 1] = block end
  return found
end

-- The text of each step of GitHub Actions but the installation, by its name.
local function github_steps(yaml)
  local found = {}
  for step in (yaml:gsub("\n      %- ", "\1") .. "\1"):gmatch("([^\1]*)\1") do
    local name, script = step:match("^name: ([^\n]+)\n +run: |\n(.*)$")
    if name then found[#found + 1] = { name, (script:gsub("^ +", ""):gsub("\n +", "\n")) } end
  end
  return found
end

local function gitlab_script(yaml)
  local script = yaml:match("\n  script:\n(.-)\n  artifacts:")
  return (script:gsub("^    %- ", ""):gsub("\n    %- ", "\n"))
end

describe("an example of doc/ci.md #hosts", function()
  local own, folder

  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0", "--app", "my-app" }
    folder = host.folder()
    os.execute("mkdir " .. folder .. "/.ci " .. folder .. "/bin")
    pty.write(folder .. "/.ci/migrate.lua", blocks_of("lua")[1])
    pty.write(folder .. "/bin/oneoff", "#!/bin/sh\nexec " .. program.command({},
      { env = program.env(own, { SCALINGO_APP = "my-app" }), folder = folder })
        :gsub("^cd %S+ && ", ""):gsub("'HOME=", "\"GITHUB_ACTIONS=$GITHUB_ACTIONS\" "
        .. "\"GITHUB_STEP_SUMMARY=$GITHUB_STEP_SUMMARY\" 'HOME=") .. ' "$@"\n')
    os.execute("chmod +x " .. folder .. "/bin/oneoff")
  end)
  teardown(function()
    own:stop()
    host.remove(folder)
  end)

  -- As a runner does it: bash ends at the first line that fails.
  local function run(script, env)
    pty.write(folder .. "/script.sh", script)
    local said = host.capture(("cd %s && rm -f report.xml && PATH=%s/bin:$PATH %s bash -eo "
      .. "pipefail script.sh 2>&1; echo \"[$?]\""):format(folder, folder, env or ""))
    assert.matches("%[0%]\n$", said)
    return said
  end

  it("runs in GitHub Actions", function()
    local steps = github_steps(blocks_of("yaml")[1])
    assert.same({ "install oneoff", "migrate", "count the users" },
      { steps[1][1], steps[2][1], steps[3][1] })
    local env = "GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=" .. folder .. "/summary.md"
    assert.matches("\nmigrate\n.*\n0 pending\n", run(steps[2][2], env))
    assert.matches('tests="2" failures="0"', pty.read(folder .. "/report.xml"), 1, true)
    run(steps[3][2], env)
    assert.matches("| check | passed |", pty.read(folder .. "/summary.md"), 1, true)
  end)

  it("runs in GitLab CI", function()
    run(gitlab_script(blocks_of("yaml")[2]))
    assert.matches('tests="2" failures="0"', pty.read(folder .. "/report.xml"), 1, true)
    assert.equal("1250\n", pty.read(folder .. "/users.txt"))
  end)
end)

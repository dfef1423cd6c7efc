-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local launch = require "oneoff.task.launch"
local pty = require "spec.task.pty"
local task = require "oneoff.task"

describe("task.launch", function()
  local folder, remove

  before_each(function() folder, remove = pty.folder() end)
  after_each(function() remove() end)

  -- What the command prints with that script in place.
  local function launched(sealed, shell)
    pty.write(folder .. "/s", sealed)
    local command = launch.command("s", "0badcafe"):gsub("/tmp/uploads", folder)
    pty.write(folder .. "/command", command)
    return host.capture(("%s %s/command 2>/dev/null"):format(shell or "sh", folder))
  end

  it("runs a script that is as it was sent #short", function()
    for _, shell in ipairs { "sh", "bash" } do
      assert.are.equal("ran it's\n", launched(launch.seal("echo \"ran it's\"\n"), shell))
    end
  end)

  it("runs none of which a byte was changed, lost or added", function()
    local sealed = launch.seal("echo ran\n: two\n")
    local refused = "[oneoff:0badcafe fail script 0]\n"
    for i = 1, #sealed do
      local before, after = sealed:sub(1, i - 1), sealed:sub(i + 1)
      local other = string.char((sealed:byte(i) + 1) % 128)
      assert.are.equal(refused, launched(before .. other .. after), "changed " .. i)
    end
    for _, damaged in ipairs { sealed:sub(1, -2), sealed .. "\n", "", sealed:sub(2), "x"
      .. sealed } do
      assert.are.equal(refused, launched(damaged))
    end
  end)

  it("shows no frame when the command is printed #short", function()
    assert.is_nil(launch.command("s", "0badcafe"):find("[oneoff:0badcafe", 1, true))
  end)

  for _, fault in ipairs { "upload-corrupt", "upload-short", "upload-unstored" } do
    it("says so on a platform that commits " .. fault, function()
      local local_host = host.start { "--rate", "0", "--fault", fault }
      local account = local_host:account { requests_per_minute = 0 }
      local report, message, code, detail = task.run(account, { app = "shop",
        steps = { "echo ran" } })
      assert.is_nil(report)
      assert.are.equal("checksum", code)
      assert.is_truthy(message:find("the script of the task arrived damaged", 1, true), message)
      assert.is_nil(detail.report.output:find("ran", 1, true))
      assert.are.same({}, local_host:living(account, "shop"))
      account:close()
      local_host:stop()
    end)
  end
end)

-- SPDX-License-Identifier: MIT
local cases = require "spec.task.script_cases"
local pty = require "spec.task.pty"
local script = require "oneoff.task.script"

local every_byte, shells = cases.every_byte, cases.shells
local build, parse = cases.build, cases.parse

describe("task.unpack_script: files", function()
  local folder, remove

  before_each(function()
    folder, remove = pty.folder()
  end)

  after_each(function()
    remove()
  end)

  local function sum(text)
    pty.write(folder .. "/summed", text)
    local pipe = io.popen("sha256sum <" .. folder .. "/summed; rm " .. folder .. "/summed")
    local line = pipe:read("*l")
    pipe:close()
    return line:match("^%x+")
  end

  local function files(list)
    local made = {}
    for i, file in ipairs(list) do
      made[i] = { name = file[1], parts = {} }
      for j = 2, #file do
        local transit_name = "w-" .. i .. "-" .. j
        pty.write(folder .. "/" .. transit_name, file[j])
        made[i].parts[j - 1] = { transit_name = transit_name, sha256 = sum(file[j]) }
      end
    end
    return made
  end

  local odd = (every_byte:gsub("/", "")):sub(1, 240)
  local high = every_byte:sub(128)

  for _, shell in ipairs(shells) do
    it("are checked, joined and named under " .. shell, function()
      local made = files {
        { "plain.txt", "plain" }, { "with space", "s" }, { odd, "odd" }, { high, "high" },
        { "-rf", "dash" }, { "$(touch x)`touch y`", "dollar" }, { "big", "one,", "two,", "three" },
        { "empty", "" },
      }
      local seen = parse { (pty.run(build({ { command = "exit 0" } }, made),
        { folder = folder, shell = shell })) }
      for i = 1, #made do assert.are.equal("verified " .. i, seen[i + 1]) end
      assert.are.equal("exit 0", seen[#seen])
      assert.are.equal("odd", pty.read(folder .. "/" .. odd))
      assert.are.equal("high", pty.read(folder .. "/" .. high))
      assert.are.equal("dash", pty.read(folder .. "/-rf"))
      assert.are.equal("dollar", pty.read(folder .. "/$(touch x)`touch y`"))
      assert.are.equal("one,two,three", pty.read(folder .. "/big"))
      assert.are.equal("", pty.read(folder .. "/empty"))
      assert.is_nil(pty.read(folder .. "/w-7-3"))
      assert.is_nil(pty.read(folder .. "/x"))
    end)
  end

  local function refused(made, env)
    local output, code = pty.run(build({ { command = "echo ran" } }, made),
      { folder = folder, env = env, shell = "/bin/sh" })
    local seen = parse { output }
    assert.is_nil(seen.step)
    assert.are.equal(script.FAILED, code)
    assert.are.equal("exit " .. script.FAILED, seen[#seen])
    return seen[#seen - 1]
  end

  it("are refused when one byte changed", function()
    local made = files { { "a", "fine" }, { "b", "one", "two" } }
    pty.write(folder .. "/w-2-3", "twp")
    assert.are.equal("fail checksum 2", refused(made))
  end)

  it("are refused when one is missing", function()
    local made = files { { "a", "fine" } }
    os.remove(folder .. "/w-1-2")
    assert.are.equal("fail missing 1", refused(made))
  end)

  it("are refused before anything is moved when what unpacks them is missing", function()
    os.execute("mkdir " .. folder .. "/bin && ln -s $(command -v sh) $(command -v rm) "
      .. "$(command -v sha256sum) $(command -v mv) $(command -v gzip) " .. folder .. "/bin")
    local made = files { { "a", "x" }, { "b", "y" } }
    made[2].compress = "zstd"
    assert.are.equal("fail zstd 2", refused(made, "PATH=" .. folder .. "/bin"))
    made[2].compress, made[2].is_folder = "gzip", true
    assert.are.equal("fail tar 2", refused(made, "PATH=" .. folder .. "/bin"))
    assert.are.equal("x", pty.read(folder .. "/w-1-2"))
  end)

  it("are refused when they cannot be unpacked", function()
    for _, way in ipairs { "gzip", "zstd" } do
      local made = files { { "a", "no archive", "of any kind" } }
      made[1].compress = way
      assert.are.equal("fail join 1", refused(made))
    end
    local made = files { { "a", "no archive", "of any kind" } }
    made[1].is_folder = true
    assert.are.equal("fail join 1", refused(made))
  end)

  it("are refused when nothing can check them", function()
    os.execute("mkdir " .. folder .. "/bin && ln -s $(command -v sh) $(command -v rm) "
      .. folder .. "/bin")
    assert.are.equal("fail nosum 0", refused(files { { "a", "x" } }, "PATH=" .. folder .. "/bin"))
  end)
end)

-- SPDX-License-Identifier: MIT
local pty = require "spec.task.pty"
local task = require "oneoff.task"

describe("task.plan", function()
  local folder, remove

  setup(function()
    folder, remove = pty.folder()
    pty.write(folder .. "/ten", "0123456789")
    os.execute("mkdir " .. folder .. "/tree")
  end)

  teardown(function()
    remove()
  end)

  it("says what would be done", function()
    local plan = assert(task.plan {
      app = "shop", size = "M", part_size = 4, log = folder .. "/log",
      steps = { "echo one", { name = "two", command = "cat x\ny" } },
      files = {
        folder .. "/ten", { path = folder .. "/tree", join = false },
        { read = error, name = "r" }, { path = folder .. "/ten", name = "z", compress = "zstd" },
      },
    })
    assert.are.same({ { name = "echo one", command = "echo one" },
      { name = "two", command = "cat x\ny" } }, plan.steps)
    assert.are.same({
      { name = "ten", kind = "file", size = 10, parts = { 4, 4, 2 }, stands_as = "ten" },
      { name = "tree", kind = "folder", join = false, stands_as = "tree.part.*" },
      { name = "r", kind = "stream", stands_as = "r" },
      { name = "z", kind = "file", size = 10, compress = "zstd", stands_as = "z" },
    }, plan.files)
    assert.are.same({ "shop", "M" }, { plan.app, plan.size })
    assert.is_truthy(plan.script:find("verify_part 1 SHA-256-OF-THE-PART oneoff-TAG-1-3", 1, true))
    assert.is_truthy(plan.script:find("zstd -dc", 1, true))
    assert.is_nil(pty.read(folder .. "/log"))
  end)

  it("says what cannot be read, and raises misuse where it is called", function()
    local plan, message, code = task.plan { app = "x", steps = { "a" }, files = { "/nowhere/x" } }
    assert.is_nil(plan)
    assert.are.equal("io", code)
    assert.is_truthy(message:find("task.plan: /nowhere/x", 1, true), message)
    for _, opts in ipairs { { app = "x" }, false } do
      local ok, problem = pcall(function() task.plan(opts or nil) end)
      assert.is_false(ok)
      assert.is_truthy(problem:find("preview_spec.lua:%d+: bad "), problem)
    end
    plan, message, code = task.plan { app = "x", steps = { "a" }, part_size = 1,
      files = { { data = ("x"):rep(10000), name = "x" } } }
    assert.is_nil(plan)
    assert.are.same({ "limit", "task.plan: x has 10000 parts, the limit is 9999: give a greater "
      .. "part_size" }, { code, message })
  end)
end)

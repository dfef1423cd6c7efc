-- SPDX-License-Identifier: MIT
-- Files of every kind, in parts, as they stand in the container.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local task = require "oneoff.task"

local MIB = 1024 * 1024

describe("A task's files", function()
  local local_host, account, folder, remove

  setup(function()
    local_host = host.start { "--rate", "0" }
    folder, remove = pty.folder()
    -- What does not compress away to nothing, and is the same each time.
    os.execute(("cd %s && i=0; while [ $i -lt 40000 ]; do echo $i $((i * i)); i=$((i + 1)); done "
      .. ">numbers; mkdir -p tree/deep tree/empty; cp numbers tree/deep/n; ln -s deep/n tree/link; "
      .. "printf x >'tree/o d d'; chmod 700 'tree/o d d'"):format(folder))
  end)

  teardown(function()
    local_host:stop()
    remove()
  end)

  before_each(function()
    account = local_host:account { requests_per_minute = 0 }
  end)

  after_each(function()
    assert.are.same({}, local_host:living(account, "shop"))
    account:close()
  end)

  local function run(opts, own)
    opts.app = "shop"
    return task.run(own or account, opts)
  end

  local function sum(path)
    return host.capture("sha256sum <" .. path):match("%x+")
  end

  it("stand plain under their names, however they were packed", function()
    local path = folder .. "/numbers"
    local report = assert(run {
      part_size = 50000,
      steps = { "cd /tmp/uploads && sha256sum <g && sha256sum <z && ls -1A | cat" },
      files = { { path = path, name = "g", compress = "gzip" },
        { path = path, name = "z", compress = "zstd" } },
    })
    assert.is_true(report.ok, report.why)
    local line = sum(path) .. "  -\n"
    assert.are.equal(line .. line .. "g\noneoff-SCRIPT.sh\nz\n",
      (report.output:gsub("oneoff%-%x+", "oneoff-SCRIPT")))
    for _, file in ipairs(report.files) do
      assert.is_true(file.verified)
      assert.is_true(file.parts > 1 and file.size < 400000, file.parts)
    end
  end)

  it("are folders with all they hold", function()
    local report = assert(run {
      part_size = 100000, files = { folder .. "/tree/",
        { path = folder .. "/tree", name = "it's zipped", compress = "gzip" } },
      steps = { "cd /tmp/uploads && ls -1A | cat && diff -r tree it*zipped && "
        .. "cd it*zipped && ls -1A | cat && readlink link && stat -c %a 'o d d' && "
        .. "sha256sum <link" },
    })
    assert.is_true(report.ok, report.why)
    assert.are.equal("it's zipped\noneoff-SCRIPT.sh\ntree\ndeep\nempty\nlink\no d d\ndeep/n\n700\n"
      .. sum(folder .. "/numbers") .. "  -\n", (report.output:gsub("oneoff%-%x+", "oneoff-SCRIPT")))
    assert.is_true(report.files[1].parts > 5 and report.files[2].parts > 1)
  end)

  it("are left in parts where they are not to be joined", function()
    local path = folder .. "/numbers"
    local report = assert(run {
      part_size = 300000, files = {
        { path = path, name = "a b", join = false }, { data = "one", name = "one", join = false },
        { path = path, name = "z", join = false, compress = "zstd" },
        { path = folder .. "/tree", name = "t", join = false },
      },
      steps = { "cd /tmp/uploads && ls -1A | cat && cat a?b.part.* | sha256sum && "
        .. "cat one.part.* && "
        .. "cat t.part.* | tar -tf - | wc -l && cat z.part.* | zstd -dc | sha256sum" },
    })
    assert.is_true(report.ok, report.why)
    local line = sum(path) .. "  -\n"
    assert.are.equal("a b.part.0001\na b.part.0002\na b.part.0003\none.part.0001\n"
      .. "oneoff-SCRIPT.sh\nt.part.0001\nt.part.0002\nt.part.0003\nz.part.0001\n"
      .. line .. "one6\n" .. line,
      (report.output:gsub("oneoff%-%x+", "oneoff-SCRIPT")))
  end)

  it("fail with io when a folder changes while it is read, and the container is stopped", function()
    os.execute("mkdir " .. folder .. "/live && truncate -s 32M " .. folder .. "/live/file")
    local report, message, code, detail = run {
      part_size = MIB, files = { folder .. "/live" }, steps = { "echo ran" },
      on_event = function(event)
        if event.type == "upload" and event.part == 2 then
          os.execute("truncate -s 1M " .. folder .. "/live/file")
        end
      end,
    }
    assert.is_nil(report)
    assert.are.equal("io", code)
    assert.is_truthy(message:find("live: tar failed: ", 1, true), message)
    assert.is_true(detail.stopped)
  end)

  it("go again as the one part that failed, and no other", function()
    local flaky = host.start { "--rate", "0", "--fault", "upload-cut=2" }
    local own = flaky:account { requests_per_minute = 0, retry_timeout = 20 }
    local text = pty.read(folder .. "/numbers")
    local at = 1
    local report, message = run({
      part_size = 200000, steps = { "sha256sum </tmp/uploads/read" }, files = {
        { name = "read", read = function()
          local chunk = text:sub(at, at + 7000)
          at = at + #chunk
          return chunk ~= "" and chunk or nil
        end },
      },
    }, own)
    own:close()
    local uploads = flaky:count "upload"
    flaky:stop()
    assert.is_truthy(report, message)
    assert.are.equal(sum(folder .. "/numbers") .. "  -\n", report.output)
    assert.are.equal(report.files[1].parts + 1 + 2, uploads) -- the script, two that were cut
  end)

  it("need room for themselves and one part", function()
    local small = host.start { "--rate", "0", "--disk", tostring(15 * MIB) }
    local own = small:account { requests_per_minute = 0 }
    local path = folder .. "/zeros"
    os.execute("truncate -s 12M " .. path)
    local before, most = nil, 0
    local report, message = run({
      part_size = MIB, files = { path }, steps = { "sha256sum </tmp/uploads/zeros" },
      on_event = function(event)
        if event.type == "upload" then
          collectgarbage()
          before = before or collectgarbage("count")
          most = math.max(most, collectgarbage("count") - before)
        end
      end,
    }, own)
    local packed = report and run({
      files = { folder .. "/tree" }, steps = { "ls /tmp/uploads/tree" },
    }, own)
    own:close()
    small:stop()
    assert.is_truthy(report, message)
    assert.are.equal(sum(path) .. "  -\n", report.output)
    assert.are.equal(12, report.files[1].parts)
    assert.is_true(most < 512, most)
    assert.is_true(packed and packed.ok)
  end)

  it("are streamed in flat memory", function()
    local most, before = 0, nil
    local chunk, left = ("x"):rep(65536), 12 * 16
    local report = assert(run {
      part_size = MIB, steps = { "wc -c </tmp/uploads/x" }, files = {
        { name = "x", size = 12 * MIB, read = function()
          left = left - 1
          return left >= 0 and chunk or nil
        end },
      },
      on_event = function(event)
        if event.type == "upload" then
          collectgarbage()
          before = before or collectgarbage("count")
          most = math.max(most, collectgarbage("count") - before)
        end
      end,
    })
    assert.are.equal(tostring(12 * MIB), report.output:match("%d+"))
    assert.is_true(most < 2 * 1024, most)
  end)
end)

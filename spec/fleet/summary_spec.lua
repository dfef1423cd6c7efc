-- SPDX-License-Identifier: MIT
local summary = require "oneoff.fleet.summary"

describe("fleet.summary #short", function()
  local plan = { jobs = { { app = "a" }, { app = "b" }, { app = "c" } },
    results = { { app = "a", index = 1, ok = true, seconds = 1 },
      { app = "b", index = 2, ok = false, message = "exit code 3", seconds = 1 } } }

  it("counts the jobs, and lists those that remain", function()
    local report = summary.of(plan, 90)
    assert.same({ false, 3, 1, 1, 1, 90 }, { report.ok, report.total, report.done, report.failed,
      report.skipped, report.seconds })
    assert.same({ { app = "b", index = 2 }, { app = "c", index = 3 } }, report.remaining)
    assert.same({ app = "c", index = 3, ok = false, skipped = true, message = "it was not run",
      seconds = 0 }, report.results[3])
  end)

  it("is ok only if every job is", function()
    assert.is_true(summary.of({ jobs = { plan.jobs[1] }, results = plan.results }, 1).ok)
  end)

  it("writes a line for each job that is not ok", function()
    assert.equal("1 of 3 done, 1 failed, 1 not run, 1 min 30 s\n"
      .. "  b (job 2) failed: exit code 3\n  c (job 3) not run\n",
      summary.text(summary.of(plan, 90)))
  end)
end)

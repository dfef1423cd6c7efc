-- SPDX-License-Identifier: MIT
local outcome = require "oneoff.task.outcome"

describe("task.outcome #short", function()
  local report = { exit_code = 74, files = { { name = "100%s.gz" } },
    steps = { { name = "first" }, { name = "count" } } }

  it("names the file or the step that the script could not handle", function()
    for _, case in ipairs {
      { "checksum", 1, "checksum", "task.run: 100%s.gz arrived damaged", "100%s.gz" },
      { "missing", 1, "checksum", "task.run: 100%s.gz did not arrive", "100%s.gz" },
      { "nosum", 0, "checksum", "task.run: the container has no program for SHA-256 checksums" },
      { "gzip", 1, "io", "task.run: 100%s.gz cannot be unpacked: the container has no gzip",
        "100%s.gz" },
      { "write", 1, "io", "task.run: first could not be written in the container" },
      { "write", 0, "io", "task.run: the script could not be written in the container" },
      { "base64", 2, "io",
        "task.run: count cannot read its input: the container has no base64" },
      { "gravity", 1, "protocol",
        "task.run: the script failed for a reason that is not known here" },
    } do
      local done, message, code, detail = outcome.check("task.run", report,
        { failure = { reason = case[1], index = case[2] } }, "")
      assert.is_nil(done)
      assert.same({ case[3], case[4] }, { code, message })
      assert.same({ reason = case[1], file = case[5] }, detail)
    end
  end)

  it("is good only if the script and the platform say the same exit code", function()
    local function check(reader) return outcome.check("task.run", report, reader, "step 1 (x)") end
    assert.is_true((check { exit_code = 74 }))
    local _, message, code = check { exit_code = 0 }
    assert.same({ "protocol", "task.run: the steps ended with exit code 0, the platform says 74" },
      { code, message })
    for _, reader in ipairs { {}, { exit_code = 74, is_cut = true } } do
      _, message, code = check(reader)
      assert.same({ "closed", "task.run: the container ended before the steps did: step 1 (x) "
        .. "(exit code 74)" }, { code, message })
    end
  end)
end)

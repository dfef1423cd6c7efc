-- SPDX-License-Identifier: MIT
local exact_command = require "oneoff.cli.exact_command"
local exact_output = require "oneoff.cli.exact_output"

describe("the wrapper of a command", function()
  it("is short, and can be taken away again", function()
    for _, line in ipairs { "rake report", "cat <<E\na\nE", "echo '# oneoff-12'", "{ :; }" } do
      for _, kind in ipairs { "keys", "none", "pipe" } do
        local command = exact_command.wrap(line, kind)
        assert.is_true(#command - #line < 200)
        assert.equal(line, exact_command.unwrap(command))
        assert.equal(line .. " # oneoff-1a2b3c4d",
          exact_command.unwrap(command .. "\n# oneoff-1a2b3c4d"))
      end
      assert.equal(line, exact_command.unwrap(line))
    end
  end)
end)

describe("the output of a wrapped command", function()
  -- Whole and split at every byte; the news that came, in order.
  local function texts(stream)
    local results = {}
    for at = 0, #stream do
      local filter, out, news = exact_output.new(), {}, {}
      for _, part in ipairs { stream:sub(1, at), stream:sub(at + 1) } do
        local text, told = filter:feed(part)
        out[#out + 1], news[#news + 1] = text, told
      end
      out[#out + 1] = filter:finish()
      results[#results + 1] = table.concat(out) .. "|" .. table.concat(news, ",")
    end
    for _, result in ipairs(results) do assert.equal(results[1], result) end
    return results[1]
  end

  it("begins after the mark, and is left as it is", function()
    assert.equal("a\r\nb\0\r|begun", texts "noise\r\n\30oneoff\na\r\nb\0\r")
    assert.equal("\30oneoff\n|begun", texts "\30oneoff\n\30oneoff\n")
  end)

  it("loses the CR that a terminal adds which could not be set", function()
    assert.equal("a\nb\r\nc\r|begun", texts "\30oneoff\r\na\r\nb\r\r\nc\r")
  end)

  it("is refused by a container that cannot give it", function()
    assert.equal("|refused", texts "\30oneoff-\r\n")
  end)

  it("is what a shell says that does not start", function()
    assert.equal("sh: syntax error\r\n|", texts "sh: syntax error\r\n")
    local filter, size = exact_output.new(), 0
    for _ = 1, 100 do size = size + #filter:feed(("x"):rep(10000)) end
    assert.is_true(size > 900000)
    assert.same({ "y", "begun" }, { filter:feed("\30oneoff\ny") == nil or "y", "begun" })
  end)
end)

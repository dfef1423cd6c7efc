-- SPDX-License-Identifier: MIT
local frames = require "oneoff.task.frames"
local input = require "oneoff.task.input"
local oneoff = require "oneoff"
local script = require "oneoff.task.script"

local NONCE = "0123456789abcdef"

describe("task.input", function()
  -- A terminal that remembers what was typed: the bytes of the lines' words.
  local function terminal()
    local tty = { typed = {} }
    function tty.write(_, text)
      tty.typed[#tty.typed + 1] = text
      return true
    end
    function tty.lines()
      return select(2, table.concat(tty.typed):gsub(" in ", ""))
    end
    return tty
  end

  it("writes base64", function()
    for text, expected in pairs {
      [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", ["\0\255\254"] = "AP/+",
    } do
      assert.are.equal(expected, input.base64(text))
    end
  end)

  it("types frames and an end", function()
    local tty = terminal()
    oneoff.run(function()
      input.start(tty, NONCE, "hello")
    end)
    assert.are.equal(frames.line(NONCE, "in aGVsbG8=") .. frames.line(NONCE, "end"),
      table.concat(tty.typed))
  end)

  it("is never far ahead of what was read", function()
    local tty, typist, most = terminal(), nil, 0
    local total = 540 * 1000
    oneoff.run(function()
      typist = input.start(tty, NONCE, ("x"):rep(total))
      local taken = 0
      while tty.lines() < 1000 do
        most = math.max(most, tty.lines() - taken)
        taken = taken + script.WINDOW
        typist:took()
        oneoff.sleep(0)
      end
    end)
    assert.are.equal(4 * script.WINDOW, most)
    assert.are.equal(frames.line(NONCE, "end"), tty.typed[#tty.typed])
  end)

  it("ends when its step has ended, with half of it typed", function()
    local tty, asked = terminal(), 0
    oneoff.run(function()
      local typist = input.start(tty, NONCE, function()
        asked = asked + 1
        return ("x"):rep(540)
      end)
      oneoff.sleep(0.01)
      typist:finish(true)
      typist:took()
    end)
    assert.is_true(asked < 200)
    assert.are.equal("\n" .. frames.line(NONCE, "end"), tty.typed[#tty.typed])
  end)

  -- PUC Lua 5.1 has no pcall in which a coroutine can wait: there such a function blocks.
  local it_can = _VERSION == "Lua 5.1" and not rawget(_G, "jit") and pending or it

  it_can("interrupts a function that waits", function()
    local tty = terminal()
    local began = oneoff.now()
    oneoff.run(function()
      local typist = input.start(tty, NONCE, function()
        local _, _, code = oneoff.sleep(30)
        return code
      end)
      typist:finish(false)
    end)
    assert.is_true(oneoff.now() - began < 5)
    assert.are.same({}, tty.typed)
  end)

  it("remembers what its function raised, and what it could not read", function()
    local tty, failed, raised = terminal(), nil, nil
    oneoff.run(function()
      failed = input.start(tty, NONCE, function() return nil, "no paper" end)
      raised = input.start(tty, NONCE, function() error("mine", 0) end)
    end)
    assert.are.same({ "no paper", "io" }, failed.failure)
    assert.are.same({ "mine" }, raised.raised)
    assert.are.equal(2, #tty.typed)
  end)
end)

-- SPDX-License-Identifier: MIT
local frames = require "oneoff.task.frames"
local input_writer = require "oneoff.task.input_writer"
local oneoff = require "oneoff"
local script = require "oneoff.task.script"

local NONCE = "0123456789abcdef"

describe("task.input_writer", function()
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

  it("types frames and an end", function()
    local tty = terminal()
    oneoff.run(function()
      input_writer.start(tty, NONCE, "hello")
    end)
    assert.are.equal(frames.line(NONCE, "in aGVsbG8=") .. frames.line(NONCE, "end"),
      table.concat(tty.typed))
  end)

  it("is never far ahead of what was read", function()
    local tty, writer, most = terminal(), nil, 0
    local total = 540 * 1000
    oneoff.run(function()
      writer = input_writer.start(tty, NONCE, ("x"):rep(total))
      local taken = 0
      while tty.lines() < 1000 do
        most = math.max(most, tty.lines() - taken)
        taken = taken + script.WINDOW
        writer:acknowledge()
        oneoff.sleep(0)
      end
    end)
    assert.are.equal(4 * script.WINDOW, most)
    assert.are.equal(frames.line(NONCE, "end"), tty.typed[#tty.typed])
  end)

  it("ends when its step has ended, with half of it typed", function()
    local tty, asked = terminal(), 0
    oneoff.run(function()
      local writer = input_writer.start(tty, NONCE, function()
        asked = asked + 1
        return ("x"):rep(540)
      end)
      oneoff.sleep(0.01)
      writer:finish(true)
      writer:acknowledge()
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
      local writer = input_writer.start(tty, NONCE, function()
        local _, _, code = oneoff.sleep(30)
        return code
      end)
      writer:finish(false)
    end)
    assert.is_true(oneoff.now() - began < 5)
    assert.are.same({}, tty.typed)
  end)

  it("remembers what its function raised, and what it could not read", function()
    local tty, failed, raised = terminal(), nil, nil
    oneoff.run(function()
      failed = input_writer.start(tty, NONCE, function() return nil, "no paper" end)
      raised = input_writer.start(tty, NONCE, function() error("mine", 0) end)
    end)
    assert.are.same({ "no paper", "io" }, failed.failure)
    assert.are.same({ "mine" }, raised.raised)
    assert.are.equal(2, #tty.typed)
  end)
end)

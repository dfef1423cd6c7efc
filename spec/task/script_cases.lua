-- Builds a task's script and reads what it printed, for specs.
-- SPDX-License-Identifier: MIT
local frames = require "oneoff.task.frames"
local script = require "oneoff.task.script"
local strip_ansi = require "oneoff.task.strip_ansi"

local cases = {}

local NONCE, TAG = "0123456789abcdef", "feedbeef"

local function is_here(program)
  local pipe = io.popen("command -v " .. program)
  local path = pipe:read("*l")
  pipe:close()
  return path ~= nil
end

local shells = { "sh", "bash" }
if is_here "busybox" then shells[#shells + 1] = "busybox sh" end
if is_here "mksh" then shells[#shells + 1] = "mksh" end

local function build(steps, files, keepalive)
  return script.build({
    nonce = NONCE, tag = TAG, keepalive = keepalive or false, steps = steps, files = files or {},
  })
end

-- What a stream says: frames in order without their clocks, and the clean text of each section.
local function parse(pieces)
  local seen, texts, filter = {}, { [0] = "" }, strip_ansi.new()
  local section = 0
  local parser = frames.new(NONCE, {
    text = function(_, bytes)
      texts[section] = (texts[section] or "") .. filter:feed(bytes)
    end,
    frame = function(_, kind, words, cooked)
      filter.cooked = cooked
      if kind == "step" then
        section = tonumber(words:match("^%d+"))
      elseif kind == "done" then
        texts[section] = (texts[section] or "") .. filter:finish()
      end
      if kind ~= "heartbeat" then
        seen[#seen + 1] = (kind .. " " .. words):gsub(" [%d.]+$", kind == "step" and "" or "%0")
          :gsub("^(done %d+ %d+) .*$", "%1")
      end
      seen[kind] = (seen[kind] or 0) + 1
    end,
  })
  for _, piece in ipairs(pieces) do parser:feed(piece) end
  parser:finish()
  return seen, texts
end

-- Lua 5.1's patterns and quotes know no NUL.
local every_byte = {}
for i = 1, 255 do every_byte[i] = string.char(i) end
every_byte = table.concat(every_byte)

cases.NONCE, cases.every_byte, cases.shells = NONCE, every_byte, shells
cases.build, cases.parse = build, parse
return cases

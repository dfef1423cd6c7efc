-- Gives the output of a wrapped command (exact_command.lua) as the command wrote it.
-- SPDX-License-Identifier: MIT
local exact_command = require "oneoff.cli.exact_command"

local exact_output = {}

---@class oneoff.cli.ExactOutput
local filter_methods = {}
local filter_mt = { __index = filter_methods, __name = "oneoff.cli.exact_output" }

local MARK = exact_command.MARK
local MOST = 64 * 1024 -- bytes before the mark that are held back

---@return oneoff.cli.ExactOutput
function exact_output.new()
  return setmetatable({ held_ = "", adds_cr_ = false, has_begun_ = false }, filter_mt)
end

-- The terminal could not be set: it puts a CR before each LF. Taking one away there gives back
-- exactly what was written.
local function without_cr(self, chunk)
  local text = self.held_ .. chunk
  self.held_ = text:sub(-1) == "\r" and "\r" or ""
  return (text:sub(1, #text - #self.held_):gsub("\r\n", "\n"))
end

-- Looks for the whole line of the mark.
local function begin(self, chunk)
  local text = self.held_ .. chunk
  local _, stop, refusal, cr = text:find(MARK .. "(%-?)(\r?)\n")
  if not stop then
    local surplus = math.max(0, #text - MOST)
    self.held_ = text:sub(surplus + 1)
    return text:sub(1, surplus)
  end
  self.has_begun_, self.adds_cr_, self.held_ = true, cr ~= "", ""
  return self:feed(text:sub(stop + 1)), refusal == "" and "begun" or "refused"
end

--- Takes the next bytes.
---@param chunk string
---@return string text of the command
---@return "begun"|"refused"|nil news once: it starts, or the container cannot give it exact input
function filter_methods:feed(chunk)
  if not self.has_begun_ then return begin(self, chunk) end
  if self.adds_cr_ then return without_cr(self, chunk) end
  return chunk
end

--- What is still held back, at the end: without a mark, what a shell said that could not start.
---@return string
function filter_methods:finish()
  local held = self.held_
  self.held_ = ""
  return held
end

return exact_output

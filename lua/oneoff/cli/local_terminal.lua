-- This program's own terminal while a container is attached: its settings, size and modes.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"
local stderr = require "oneoff.cli.stderr"
local terminal_modes = require "oneoff.cli.terminal_modes"
local tty = require "oneoff.tty"

local local_terminal = {}

---@class oneoff.cli.LocalTerminal
local local_methods = {}
local local_mt = { __index = local_methods, __name = "oneoff.cli.local_terminal" }

---@param input integer descriptor
---@param output integer descriptor
---@param is_whole boolean both are of the terminal: every key goes to the container. Otherwise a
---  key that makes a signal makes it here, where other programs of a pipeline may need it
---@return oneoff.cli.LocalTerminal
function local_terminal.new(input, output, is_whole)
  return setmetatable({ input_ = input, output_ = output, is_whole_ = is_whole, is_raw_ = false,
    is_line_open_ = false, modes_ = tty.is_terminal(output) and terminal_modes.new() or nil },
    local_mt)
end

--- Gives the keys to the container, one by one and without an echo of our own.
---@return boolean whether that was possible: in the background it is not
function local_methods:take_keys()
  local change = self.is_whole_ and tty.raw or tty.keys
  self.is_raw_ = change(self.input_) == true
  return self.is_raw_
end

---@return boolean
function local_methods:has_keys()
  return self.is_raw_
end

--- Gives the terminal the settings that it had before.
function local_methods:restore()
  if self.is_raw_ then tty.restore() end
  self.is_raw_ = false
end

--- Notes what is printed on the output.
---@param chunk string
function local_methods:printed(chunk)
  self.is_line_open_ = chunk:sub(-1) ~= "\n"
  if self.modes_ then self.modes_:feed(chunk) end
end

--- Switches off what the container switched on. It does not wait: a terminal takes that little.
function local_methods:reset_modes()
  local text = self.modes_ and self.modes_:reset() or ""
  if text ~= "" then core.write(self.output_, text, 1) end
end

--- Runs fn, which prints a line for a person, with the settings of before: in raw mode a line ends
--- without a CR. The keys are taken again where `goes_on`.
function local_methods:with_settings_of_before(goes_on, fn, ...)
  local was_raw = self.is_raw_
  if was_raw then
    self:restore()
    if self.is_line_open_ and tty.is_terminal(2) then stderr.write("\n") end
    self.is_line_open_ = false
  end
  fn(...)
  if was_raw and goes_on() then self:take_keys() end
end

--- Columns and rows of the terminal of the output, or else of the input; nil where there is none.
---@return integer? columns, integer? rows
function local_methods:window()
  for _, fd in ipairs { self.output_, self.input_ } do
    local columns, rows = tty.size(fd)
    if columns and columns > 0 and rows > 0 then return columns, rows end
  end
end

return local_terminal

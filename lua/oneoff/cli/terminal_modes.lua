-- Follows the modes of a terminal in what is printed on it, and says how to switch them off.
-- SPDX-License-Identifier: MIT
local terminal_modes = {}

---@class oneoff.cli.TerminalModes
local modes_methods = {}
local modes_mt = { __index = modes_methods, __name = "oneoff.cli.terminal_modes" }

-- DEC private modes that a program in the container may leave on, and whether they are on by
-- default: keys 1, reverse 5, origin 6, wrap 7, mouse 9 and 1000 to 1016, cursor 25, the other
-- screen 47, 1047 and 1049, focus 1004, bracketed paste 2004, synchronized 2026, resize 2048.
local DEFAULTS = { [1] = false, [5] = false, [6] = false, [7] = true, [9] = false, [25] = true,
  [47] = false, [1047] = false, [1049] = false, [1000] = false, [1001] = false, [1002] = false,
  [1003] = false, [1004] = false, [1005] = false, [1006] = false, [1015] = false, [1016] = false,
  [2004] = false, [2026] = false, [2048] = false }

-- In this order: to leave the other screen puts the cursor back to where it was.
local OTHER_SCREENS = { 47, 1047, 1049 }
local is_other_screen = { [47] = true, [1047] = true, [1049] = true }

local LONGEST = 64 -- bytes of a sequence that is held back until its end comes

---@return oneoff.cli.TerminalModes
function terminal_modes.new()
  return setmetatable({ held_ = "", changed_ = {}, others_ = {} }, modes_mt)
end

local function set_private(self, numbers, is_on)
  for number in numbers:gmatch("%d+") do
    number = tonumber(number)
    local default = DEFAULTS[number]
    if default ~= nil and is_on == default then
      self.changed_[number] = nil
    elseif default ~= nil then
      self.changed_[number] = default
    end
  end
end

-- Whether attributes of text (colours, bold …) are on after these numbers.
local function has_attributes(numbers)
  return not (numbers == "" or numbers:find("^0*$") or numbers:find(";0*$"))
end

-- Sequences besides the private modes: a pattern of what follows ESC, and what it changes.
local OTHERS = {
  { "^%[([%d;:]*)m$", "attributes", "\27[0m", has_attributes },
  { "^%[(%d*;?%d*)r$", "region", "\0277\27[r\0278", function(numbers) return numbers ~= "" end },
  { "^%[(%d*) q$", "cursor", "\27[0 q", function(shape) return (tonumber(shape) or 0) > 0 end },
  { "^%[>4;?(%d*)m$", "keys", "\27[>4m", function(level) return (tonumber(level) or 0) > 0 end },
  { "^%[([<>])[%d;]*u$", "keyboard", "\27[<u", function(way) return way == ">" end },
  { "^([=>])$", "keypad", "\27>", function(key) return key == "=" end },
  { "^%((.)$", "charset", "\27(B", function(set) return set ~= "B" end },
}

local function take(self, sequence)
  local numbers, final = sequence:match("^%[%?([%d;]*)([hl])$")
  if numbers then return set_private(self, numbers, final == "h") end
  if sequence == "c" then -- a whole reset
    self.changed_, self.others_ = {}, {}
    return
  end
  for _, other in ipairs(OTHERS) do
    local found = sequence:match(other[1])
    if found then self.others_[other[2]] = other[4](found) and other[3] or nil end
  end
end

-- The end of the sequence that starts after the ESC at `at`, or nil: more bytes are needed.
local function end_of(text, at)
  local first = text:sub(at + 1, at + 1)
  if first == "[" then
    return text:match("^[%d:;<=>?]*[ -/]*()[@-~]", at + 2)
      or text:find("[^ -?]", at + 2) -- no sequence: what follows is looked at again
  end
  if first == "(" then return #text >= at + 2 and at + 2 or nil end
  return first ~= "" and at + 1 or nil
end

--- Takes what is printed, in pieces of any size.
---@param chunk string
function modes_methods:feed(chunk)
  local text = self.held_ .. chunk
  self.held_ = ""
  local at = text:find("\27", 1, true)
  while at do
    local stop = end_of(text, at)
    if not stop then
      if #text - at < LONGEST then self.held_ = text:sub(at) end
      return
    end
    take(self, text:sub(at + 1, stop))
    at = text:find("\27", math.max(at + 1, text:sub(stop, stop) == "\27" and stop or stop + 1),
      true)
  end
end

local function sequence_of(number, is_on)
  return ("\27[?%d%s"):format(number, is_on and "h" or "l")
end

--- What to print to give back the modes that were changed; "" where none was. Then they count as
--- given back.
---@return string
function modes_methods:reset()
  local out, numbers = {}, {}
  for number in pairs(self.changed_) do
    if not is_other_screen[number] then numbers[#numbers + 1] = number end
  end
  table.sort(numbers)
  for _, number in ipairs(numbers) do
    out[#out + 1] = sequence_of(number, self.changed_[number])
  end
  for _, other in ipairs(OTHERS) do out[#out + 1] = self.others_[other[2]] end
  for _, number in ipairs(OTHER_SCREENS) do
    if self.changed_[number] ~= nil then out[#out + 1] = sequence_of(number, false) end
  end
  self.changed_, self.others_, self.held_ = {}, {}, ""
  return table.concat(out)
end

return terminal_modes

-- Finds the detach key in the input: two characters at the start of a line, as in ssh.
-- SPDX-License-Identifier: MIT
local detach_key = {}

---@class oneoff.cli.DetachKey
local filter_methods = {}
local filter_mt = { __index = filter_methods, __name = "oneoff.cli.detach_key" }

--- A filter for the input. The first character of the key is its prefix: at the start of a line it
--- is held back until the next character comes. The prefix twice sends one, the prefix and "?" asks
--- for help; anything else is sent as it was typed.
---@param key string two characters: "~."
---@return oneoff.cli.DetachKey
function detach_key.new(key)
  return setmetatable({ prefix_ = key:sub(1, 1), last_ = key:sub(2, 2), is_line_start_ = true,
    is_prefix_held_ = false }, filter_mt)
end

-- What the character after the prefix means: text to send, "detach" or "help".
local function decide(self, byte)
  self.is_prefix_held_ = false
  if byte == self.last_ then return "", "detach" end
  if byte == "?" then
    self.is_line_start_ = true -- nothing of it was sent: the line is as empty as before
    return "", "help"
  end
  self.is_line_start_ = byte == "\r" or byte == "\n"
  return byte == self.prefix_ and byte or self.prefix_ .. byte
end

--- Takes what was typed, in pieces of any size.
---@param typed string
---@return string text to send; what follows the detach key is not in it
---@return "detach"|"help"|nil wish
function filter_methods:feed(typed)
  local out, at, wish = {}, 1, nil
  while at <= #typed do
    if self.is_prefix_held_ then
      local text, asked = decide(self, typed:sub(at, at))
      out[#out + 1], wish, at = text, asked or wish, at + 1
      if asked == "detach" then break end
    elseif self.is_line_start_ and typed:sub(at, at) == self.prefix_ then
      self.is_prefix_held_, at = true, at + 1
    else
      local stop = typed:find("[\r\n]", at) or #typed
      out[#out + 1] = typed:sub(at, stop)
      self.is_line_start_ = typed:find("^[\r\n]", stop) ~= nil
      at = stop + 1
    end
  end
  return table.concat(out), wish
end

--- What is still held back, at the end of the input.
---@return string
function filter_methods:rest()
  local held = self.is_prefix_held_ and self.prefix_ or ""
  self.is_prefix_held_ = false
  return held
end

return detach_key

-- Finds the detach key in what is typed: two characters at the start of a line, as in ssh.
-- SPDX-License-Identifier: MIT
local detach_key = {}

---@class oneoff.cli.Escape
local escape_methods = {}
local escape_mt = { __index = escape_methods, __name = "oneoff.cli.escape" }

--- A filter for what is typed. The first character of the key is its sign: at the start of a line
--- it is held back until the next one says what it is. The sign twice sends it once, the sign and
--- "?" asks for help; anything else is sent as it was typed.
---@param key string two characters: "~."
---@return oneoff.cli.Escape
function detach_key.new(key)
  return setmetatable({ sign_ = key:sub(1, 1), finish_ = key:sub(2, 2), is_line_start_ = true,
    is_held_ = false }, escape_mt)
end

-- What the character after a sign means: text to send, "detach" or "help".
local function decide(self, byte)
  self.is_held_ = false
  if byte == self.finish_ then return "", "detach" end
  if byte == "?" then
    self.is_line_start_ = true -- nothing of it was sent: the line is as empty as before
    return "", "help"
  end
  self.is_line_start_ = byte == "\r" or byte == "\n"
  return byte == self.sign_ and byte or self.sign_ .. byte
end

--- Takes what was typed, in pieces of any size.
---@param typed string
---@return string text to send; what follows the detach key is not in it
---@return "detach"|"help"|nil wish
function escape_methods:feed(typed)
  local out, at, wish = {}, 1, nil
  while at <= #typed do
    if self.is_held_ then
      local text, asked = decide(self, typed:sub(at, at))
      out[#out + 1], wish, at = text, asked or wish, at + 1
      if asked == "detach" then break end
    elseif self.is_line_start_ and typed:sub(at, at) == self.sign_ then
      self.is_held_, at = true, at + 1
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
function escape_methods:rest()
  local held = self.is_held_ and self.sign_ or ""
  self.is_held_ = false
  return held
end

return detach_key

-- Separates the script's frames from the rest of the container's output.
-- SPDX-License-Identifier: MIT
--
-- A frame is a line, `[oneoff:NONCE KIND WORDS]` and a line end. The script writes it in one
-- write(2) of less than 2048 bytes, which the terminal does not mix with other writes. It may come
-- after half a line of a command's output: the parser removes the frame with its line end and adds
-- nothing. The line end of a frame tells whether the terminal turns LF into CR LF. The parser holds
-- back at most MAX_BODY bytes and the prefix: a line of any length takes constant memory.

local MAX_BODY, MAX_CRS = 1024, 8

local parser_methods = {}
local parser_mt = { __index = parser_methods, __name = "oneoff.task.frames" }

local frames = {}

--- The beginning of every frame of a task. Its only "[" is the first byte.
---@param nonce string
---@return string
function frames.prefix(nonce)
  return "[oneoff:" .. nonce .. " "
end

--- A frame that the script reads. If the terminal echoes it, the parser removes the echo as well.
---@param nonce string
---@param words string
---@return string
function frames.line(nonce, words)
  return frames.prefix(nonce) .. words .. "]\n"
end

--- A parser. It calls `sink:text(bytes)` and `sink:frame(kind, words, cooked)` in order; `cooked`
--- is true if the terminal put a CR before the LF of the frame.
---@param nonce string
---@param sink table
---@return table parser
function frames.new(nonce, sink)
  return setmetatable({ prefix_ = frames.prefix(nonce), sink_ = sink, held_ = "" }, parser_mt)
end

-- Where the bytes begin that may be the start of a prefix, or nil.
local function partial(data, from, prefix)
  local at = data:find("%[[^%[]*$", math.max(from, #data - #prefix + 2))
  if at and data:sub(at) == prefix:sub(1, #data - at + 1) then return at end
end

-- The frame whose prefix starts at `at`: its end, kind, words and cooked. False if it is not a
-- frame, nil if more bytes are needed.
local function read_frame(data, at, prefix, is_last)
  local first = at + #prefix
  local stop = data:find("[^%w +/=.-]", first)
  if (stop or #data) - first > MAX_BODY then return false end
  if not stop and not is_last then return nil end
  if not stop or data:sub(stop, stop) ~= "]" then return false end
  local tail, line_end = data:match("^(\r*)()", stop + 1)
  if #tail > MAX_CRS then -- before the LF is looked for: it may come in another piece
    return false
  elseif data:sub(line_end, line_end) == "\n" then
    line_end = line_end + 1
  elseif line_end <= #data then
    return false
  elseif not is_last then
    return nil
  end
  local kind, words = data:sub(first, stop - 1):match("^(%l+) ?(.*)$")
  return kind and line_end - 1 or false, kind, words, #tail > 0
end

local function consume(self, data, is_last)
  local sink, prefix = self.sink_, self.prefix_
  local from, search = 1, 1
  while true do
    local at = data:find(prefix, search, true)
    if not at then break end
    local last, kind, words, cooked = read_frame(data, at, prefix, is_last)
    if last == nil then
      return from, at
    elseif last then
      if at > from then sink:text(data:sub(from, at - 1)) end
      from, search = last + 1, last + 1
      sink:frame(kind, words, cooked)
    else
      search = at + 1
    end
  end
  return from, not is_last and partial(data, search, prefix) or nil
end

--- Takes the next bytes.
---@param chunk string
function parser_methods:feed(chunk)
  local data = self.held_ == "" and chunk or self.held_ .. chunk
  self.held_ = ""
  local from, hold = consume(self, data, false)
  hold = hold or #data + 1
  self.held_ = data:sub(hold)
  if hold > from then self.sink_:text(data:sub(from, hold - 1)) end
end

--- The output has ended: handles the bytes that were held back. The last frame may have no line
--- end.
function parser_methods:finish()
  local data = self.held_
  self.held_ = ""
  local from = consume(self, data, true)
  if from <= #data then self.sink_:text(data:sub(from)) end
end

return frames

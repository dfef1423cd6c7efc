-- Keeps the head and the tail of an output, in bounded memory, and counts what is left out.
-- SPDX-License-Identifier: MIT

local BLOCK = 4096

local buffer_methods = {}
local buffer_mt = { __index = buffer_methods, __name = "oneoff.task.tail_buffer" }

local tail_buffer = {}

--- A buffer. Its field `total` is the number of bytes that were added.
---@param limit integer bytes to keep, half of them from the beginning
---@return table buffer
function tail_buffer.new(limit)
  local tail_limit = math.floor(limit / 2)
  return setmetatable({
    total = 0, head_room_ = limit - tail_limit, tail_limit_ = tail_limit,
    head_ = {}, blocks_ = {}, first_ = 1, size_ = 0, small_ = {}, small_size_ = 0,
  }, buffer_mt)
end

-- Small pieces are joined into blocks: output that comes byte by byte needs no slot for each byte.
local function gather(self, list)
  if #self.small_ > 0 then
    list[#list + 1] = table.concat(self.small_)
    self.small_, self.small_size_ = {}, 0
  end
end

local function drop_front(self)
  local front = self.blocks_[self.first_]
  while front and self.size_ - #front >= self.tail_limit_ do
    self.blocks_[self.first_] = false
    self.first_, self.size_ = self.first_ + 1, self.size_ - #front
    front = self.blocks_[self.first_]
  end
  if self.first_ > 256 then
    local kept = {}
    for i = self.first_, #self.blocks_ do kept[#kept + 1] = self.blocks_[i] end
    self.blocks_, self.first_ = kept, 1
  end
end

local function append(self, list, text)
  self.small_[#self.small_ + 1] = text
  self.small_size_ = self.small_size_ + #text
  if self.small_size_ >= BLOCK then gather(self, list) end
end

--- Adds the next bytes.
---@param text string
function buffer_methods:add(text)
  self.total = self.total + #text
  if self.head_room_ > 0 then
    local part = text:sub(1, self.head_room_)
    append(self, self.head_, part)
    self.head_room_ = self.head_room_ - #part
    if self.head_room_ > 0 then return end
    gather(self, self.head_)
    text = text:sub(#part + 1)
  end
  if text ~= "" and self.tail_limit_ > 0 then
    text = text:sub(-self.tail_limit_)
    self.size_ = self.size_ + #text
    append(self, self.blocks_, text)
    drop_front(self)
  end
end

--- The head and the tail. If bytes were left out, a line between them says how many.
---@return string text
---@return integer dropped bytes
function buffer_methods:text()
  if self.head_room_ > 0 then
    gather(self, self.head_)
    return table.concat(self.head_), 0
  end
  gather(self, self.blocks_)
  local head, tail = table.concat(self.head_), ""
  if #self.blocks_ >= self.first_ then
    tail = table.concat(self.blocks_, "", self.first_)
    tail = self.tail_limit_ > 0 and tail:sub(-self.tail_limit_) or ""
  end
  local dropped = self.total - #head - #tail
  if dropped == 0 then return head .. tail, 0 end
  return ("%s\n[... %d bytes left out ...]\n%s"):format(head, dropped, tail), dropped
end

return tail_buffer

-- The secrets of a client, which no message shows: its tokens, of which the last ones are kept.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"

local secrets = {}

local KEPT = 8 -- tokens of a function: what a late answer may still repeat
local PLACEHOLDER = "[secret]"

---@class oneoff.Secrets
local secrets_methods = {}
local secrets_mt = { __index = secrets_methods }

---@return oneoff.Secrets
function secrets.new()
  return setmetatable({ permanent_ = {}, recent_ = {}, forms_ = {} }, secrets_mt)
end

local function index_of(list, value)
  for i, other in ipairs(list) do
    if other == value then return i end
  end
end

-- Each secret as it is and as Basic authentication sends it, the longest first: one may be a part
-- of another.
local function update_forms(self)
  local forms = {}
  for _, list in ipairs { self.permanent_, self.recent_ } do
    for _, secret in ipairs(list) do
      forms[#forms + 1] = secret
      forms[#forms + 1] = core.base64(":" .. secret)
    end
  end
  table.sort(forms, function(one, other) return #one > #other end)
  self.forms_ = forms
end

--- Adds a secret that stays.
---@param secret string
function secrets_methods:add(secret)
  if secret == "" or index_of(self.permanent_, secret) then return end
  table.insert(self.permanent_, secret)
  update_forms(self)
end

--- Adds one of many that follow each other: the last ones are kept.
---@param secret string
function secrets_methods:add_recent(secret)
  if secret == "" or index_of(self.permanent_, secret) then return end
  local i = index_of(self.recent_, secret)
  if i == #self.recent_ and i > 0 then return end
  if i then table.remove(self.recent_, i) end
  table.insert(self.recent_, secret)
  if #self.recent_ > KEPT then table.remove(self.recent_, 1) end
  update_forms(self)
end

--- The secrets that are known now, in each form in which they are sent.
---@return string[]
function secrets_methods:list()
  local list = {}
  for i, form in ipairs(self.forms_) do list[i] = form end
  return list
end

-- The first secret in the text, from a position on; of two that begin there the longer one.
local function find(forms, text, at)
  local first, last
  for _, form in ipairs(forms) do
    local from, to = text:find(form, at, true)
    if from and (not first or from < first) then first, last = from, to end
  end
  return first, last
end

--- The text with a placeholder for each secret.
---@param text string
---@return string
function secrets_methods:redact(text)
  local parts, at = {}, 1
  local from, to = find(self.forms_, text, at)
  while from do
    parts[#parts + 1] = text:sub(at, from - 1)
    parts[#parts + 1] = PLACEHOLDER
    at = to + 1
    from, to = find(self.forms_, text, at)
  end
  parts[#parts + 1] = text:sub(at)
  return table.concat(parts)
end

local function redact_value(self, value, seen)
  if type(value) == "string" then return self:redact(value) end
  if type(value) ~= "table" then return value end
  if seen[value] then return seen[value] end
  local copy = {}
  seen[value] = copy
  for key, field in pairs(value) do
    copy[redact_value(self, key, seen)] = redact_value(self, field, seen)
  end
  return copy
end

--- A copy of a table, however deep, without the secrets.
---@generic T
---@param value T
---@return T
function secrets_methods:redact_table(value)
  return redact_value(self, value, {})
end

return secrets

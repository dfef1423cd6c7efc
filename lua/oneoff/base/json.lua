-- JSON, by an instance of lua-cjson of our own, or by Neovim where lua-cjson is missing.
-- SPDX-License-Identifier: MIT
local json = {}

local function find_codec()
  local ok, cjson = pcall(require, "cjson.safe")
  if ok then return cjson.new() end
  local vim = rawget(_G, "vim")
  local found = vim and (vim.json or { decode = vim.fn.json_decode, encode = vim.fn.json_encode })
  if not found then
    error("oneoff needs lua-cjson (or Neovim's vim.json): " .. tostring(cjson), 0)
  end
  local function safe(fn)
    return function(value)
      local worked, result = pcall(fn, value)
      if worked then return result end
      return nil, result
    end
  end
  return { decode = safe(found.decode), encode = safe(found.encode), null = vim.NIL }
end

local codec = find_codec()

-- The platform's answers have null for what is not there.
local function without_nulls(value)
  if value == codec.null then return nil end
  if type(value) == "table" then
    for key, field in pairs(value) do value[key] = without_nulls(field) end
  end
  return value
end

--- The value of a JSON text, with nil for each null; nil where the text is no JSON, or is null.
---@param text string
function json.decode(text)
  local value = codec.decode(text)
  return without_nulls(value)
end

---@param value any
---@return string
function json.encode(value)
  return assert(codec.encode(value))
end

return json

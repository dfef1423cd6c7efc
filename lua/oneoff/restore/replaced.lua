-- Says what was dropped before a restore.
-- SPDX-License-Identifier: MIT

local replaced = {}

local TWO_WORDS = {
  ["materialized view"] = true, ["foreign table"] = true, ["large objects"] = true,
}

--- The objects counted by their kind, in a sentence.
---@param names string[] "table public.users"; "keys 3"
---@return string
function replaced.sentence(names)
  local count, kinds, words = {}, {}, {}
  for _, name in ipairs(names) do
    local kind, rest = name:match("^(%S+) (.*)$")
    if TWO_WORDS[kind .. " " .. rest:match("^%S*")] then
      kind = kind .. " " .. rest:match("^%S*")
    end
    local number = kind:find("s$") and tonumber(rest:match("%d+$")) or 1
    if not count[kind] then kinds[#kinds + 1] = kind end
    count[kind] = (count[kind] or 0) + number
  end
  for i, kind in ipairs(kinds) do
    local is_plural = count[kind] ~= 1 and not kind:find("s$")
    words[i] = ("%d %s%s"):format(count[kind], kind, is_plural and "s" or "")
  end
  return #words > 0 and "dropped: " .. table.concat(words, ", ") or "it was empty"
end

return replaced

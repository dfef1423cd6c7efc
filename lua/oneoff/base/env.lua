-- Reads an environment variable of this process; an empty one is as good as unset.
-- SPDX-License-Identifier: MIT

---@param name string
---@return string? value
return function(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

-- Errors of coroutines for which nobody waits: a step raises them at its end.
-- SPDX-License-Identifier: MIT
local failures = {}

---@class oneoff.Failure
---@field error any
---@field is_seen boolean somebody got it: it is not raised

local unseen = {}

--- Has a step raise an error at its end, unless somebody has seen it by then.
---@param failure oneoff.Failure
function failures.add(failure)
  unseen[#unseen + 1] = failure
end

--- Raises the first one that nobody has seen; the others are for the next call.
function failures.raise()
  while #unseen > 0 do
    local failure = table.remove(unseen, 1)
    if not failure.is_seen then error(failure.error, 0) end
  end
end

return failures

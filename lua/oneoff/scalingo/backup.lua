-- Says to a person what a backup is: its size, its age.
-- SPDX-License-Identifier: MIT
local date = require "oneoff.base.date"
local quantity = require "oneoff.base.quantity"

local backup = {}

local DAY = 86400

--- How old a backup is: seconds, nil where the platform does not say.
---@param fields oneoff.Backup
---@return number?
function backup.age(fields)
  local instant = date.instant(fields.created_at)
  return instant and math.max(0, os.time() - instant)
end

--- The same for a person: "35 s", "3 h 05 min", "12 days".
---@param fields oneoff.Backup
---@return string?
function backup.age_text(fields)
  local age = backup.age(fields)
  if not age then return nil end
  if age < 2 * DAY then return quantity.span(math.floor(age + 0.5)) end
  return ("%d days"):format(math.floor(age / DAY))
end

--- Its size for a person.
---@param fields oneoff.Backup
---@return string? text nil where the platform does not say
function backup.size_text(fields)
  local size = fields.size
  return type(size) == "number" and size > 0 and quantity.size(size) or nil
end

--- In one phrase: "20261126_shop_1, 1.2 MiB, 3 h 05 min old".
---@param fields oneoff.Backup
---@return string
function backup.text(fields)
  local words = { tostring(fields.name or fields.id) }
  words[#words + 1] = backup.size_text(fields)
  local age = backup.age_text(fields)
  if age then words[#words + 1] = age .. " old" end
  return table.concat(words, ", ")
end

return backup

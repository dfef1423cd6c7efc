-- Stops a container whose request failed and was carried out all the same: the answer was lost.
-- SPDX-License-Identifier: MIT
--
-- A task's command names a script of its own: a container that runs it is the task's.
local orphan = {}

-- After these the platform may have done what it was asked for.
local unclear = { closed = true, timeout = true, canceled = true, protocol = true, limit = true }

--- Stops the containers of an application that run the command of a request that failed.
---@param account oneoff.Account
---@param app string
---@param command string
---@param code string of the failure
---@param detail table? of the failure
---@return true|string|nil stopped true: there was one and it is stopped; a message: it may be there
---  still; nil: there is none
function orphan.stop(account, app, command, code, detail)
  local status = detail and detail.status or 0
  if not unclear[code] and not (code == "http" and status >= 500) then return nil end
  local containers, message = account:containers(app)
  if not containers then return message end
  local stopped
  for _, container in ipairs(containers) do
    if container.command == command and type(container.id) == "string" then
      local done, why = account:stop(app, container.id)
      stopped = done or why
    end
  end
  return stopped
end

return orphan

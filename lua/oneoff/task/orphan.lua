-- Stops the container of a request whose response was lost: it runs, and nobody knows its id.
-- SPDX-License-Identifier: MIT
--
-- Each task has a script of its own, and its command names that script: a container with this
-- command belongs to this task.
local orphan = {}

-- After these codes the platform may have started the container.
local is_unclear = { closed = true, timeout = true, canceled = true, protocol = true, limit = true }

--- Stops the containers of an application that run the command of a failed request.
---@param account oneoff.Account
---@param app string
---@param command string
---@param code string of the failure
---@param detail table? of the failure
---@return true|string|nil stopped true: a container was stopped; a message: one may still run; nil:
---  there was none
function orphan.stop(account, app, command, code, detail)
  local status = detail and detail.status or 0
  if not is_unclear[code] and not (code == "http" and status >= 500) then return nil end
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

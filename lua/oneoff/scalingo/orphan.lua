-- Stops the container of a request whose response was lost: it runs, and nobody knows its id.
-- SPDX-License-Identifier: MIT
--
-- It is found by its command, which no other container may have. The command of a task names a
-- script of its own; to any other command `run` adds a mark, as a comment of the shell.
local core = require "oneoff.core"
local exit_line = require "oneoff.scalingo.exit_line"
local scheduler = require "oneoff.sched.scheduler"
local uninterrupted = require "oneoff.sched.uninterrupted"

local orphan = {}

local SECOND_LOOK = 1 -- second after the first look at the list: the platform may be at work still

-- After these codes the platform may have started the container.
local is_unclear = { closed = true, timeout = true, canceled = true, protocol = true, limit = true }

local function may_be_started(code, detail)
  local status = detail and detail.status or 0
  return is_unclear[code] or code == "http" and status >= 500
end

--- Stops the containers of an application that run the command of a failed request.
---@param account oneoff.Account
---@param app string
---@param command string that no other container has
---@param code string of the failure
---@param detail table? of the failure
---@return true|string|nil stopped true: a container was stopped; a message: one may still run; nil:
---  there was none
---@return string? unknown why nobody can tell whether there is one
function orphan.stop(account, app, command, code, detail)
  if not may_be_started(code, detail) then return nil end
  local containers, message = uninterrupted(account.containers, account, app)
  if not containers then return message, message end
  local stopped
  for _, container in ipairs(containers) do
    if container.command == command and type(container.id) == "string" then
      local done, why = uninterrupted(account.stop, account, app, container.id)
      stopped = done or why
    end
  end
  return stopped
end

-- The last of several lines may be the end of a here document, which a comment may not join.
local function with_mark(command)
  local separator = command:find("\n", 1, true) and "\n" or " "
  return command .. separator .. "# oneoff-" .. core.random(4)
end

-- What a person should know of the container besides the failure, and whether one was stopped.
local function clean_up(account, app, command, code, detail)
  local stopped, unknown = orphan.stop(account, app, command, code, detail)
  if stopped == nil then
    uninterrupted(scheduler.sleep, SECOND_LOOK)
    stopped, unknown = orphan.stop(account, app, command, code, detail)
  end
  if unknown then return "; a container may have been started: " .. unknown end
  if stopped == nil then return "; the platform lists no container that it started" end
  return "", stopped
end

--- As account:run, for a command of any kind. When the response is lost, the container that was
--- started is stopped: `detail.stopped` is then true, or says why it could not be. Where that
--- cannot be known the message says so. Another one with the same command is never stopped.
---@param account oneoff.Account
---@param app string
---@param command string
---@param options oneoff.RunOptions?
---@return oneoff.Container|nil, string? message, string? code, table? detail
function orphan.run(account, app, command, options)
  local marked = with_mark(command)
  if options and options.reports_exit then marked = exit_line.wrap(marked) end
  local container, message, code, detail = account:run(app, marked, options)
  if container then return container end
  if not may_be_started(code, detail) then return nil, message, code, detail end
  local about = {}
  for name, value in pairs(detail or {}) do about[name] = value end
  local note, stopped = clean_up(account, app, marked, code, detail)
  about.stopped = stopped
  return nil, message .. note, code, about
end

return orphan

-- Shows a restore in a buffer while it happens, and its report at the end.
-- SPDX-License-Identifier: MIT
local buffer = require "oneoff.nvim.buffer"
local quantity = require "oneoff.base.quantity"
local coroutines = require "oneoff.sched.coroutines"
local report = require "oneoff.task.report"

local restore = {}

-- What the library calls an option is an argument of the command here.
local arguments = { database = "[database]", confirm = "!" }

local show = {}

function show.container(state, event)
  state.container = event.id
  state:add("container", "  container " .. tostring(event.label or event.id))
end

function show.upload(state, event)
  local total = event.total
  local percent = quantity.percent(event.sent, total)
  state:add("file" .. event.index, ("  %s  %s  %s"):format("↑", event.file,
    percent and ("%d %% of %s"):format(percent, quantity.size(total)) or quantity.size(event.sent)))
end

function show.uploaded(state, event)
  state:add("file" .. event.index, ("  ↑  %s  %s in %s"):format(event.file,
    quantity.size(event.size), quantity.span(event.seconds)))
end

function show.step(state, event)
  state:add("step" .. event.index, "  …  " .. event.name)
end

function show.step_done(state, event)
  local step = event.step
  state:add("step" .. event.index, ("  %s  %s  %s%s"):format(step.ok and "✓" or "✗", event.name,
    step.seconds and quantity.span(step.seconds) or "", step.ok and "" or "  " .. (step.why or "")))
end

local state_methods = {}
local state_mt = { __index = state_methods }

-- Each key has a line, where it first came.
function state_methods:add(key, text)
  if not self.line_of[key] then
    self.lines[#self.lines + 1] = text
    self.line_of[key] = #self.lines
  else
    self.lines[self.line_of[key]] = text
  end
  self.view:set(vim.deepcopy(self.lines))
end

local function title_of(given, database)
  return ("%s: %s into %s"):format(given.app, vim.fn.fnamemodify(given.dump, ":t"),
    database or "its database")
end

local function result_lines(state, given, message, code)
  local lines = { state.lines[1], "" }
  if given then
    lines[1] = title_of(state.given, given.database)
    local text = report.text(given, { utf8 = true }):gsub("\n$", "")
    vim.list_extend(lines, vim.split(text, "\n", { plain = true }))
  end
  if message then lines[#lines + 1] = ("  failed: %s (%s)"):format(
    message:gsub("option '([%w_]+)'", arguments), code) end
  return lines
end

local function finish(state, given, message, code, detail)
  state.is_over = true
  local partial = given or detail and detail.report
  state.view:set(result_lines(state, partial, message, code))
  vim.schedule(function()
    buffer.announce(state.view.buf, { kind = "restore", app = state.given.app, message = message,
      container = state.container, code = given and (given.ok and 0 or given.exit_code ~= 0
        and given.exit_code or 1) or 125 })
  end)
end

local function start(given, confirmed)
  local view = buffer.open(("oneoff://%s/restore"):format(given.app), given.mods)
  local state = setmetatable({ view = view, lines = {}, line_of = {}, given = given }, state_mt)
  state:add("title", title_of(given, given.database))
  local task = coroutines.spawn(function()
    finish(state, require("oneoff.restore").run(given.account, { app = given.app,
      dump = given.dump, database = given.database, confirm = confirmed, size = given.size,
      timeout = given.timeout, on_event = function(event)
        if show[event.type] then show[event.type](state, event) end
      end }))
  end)
  buffer.on_close(view.buf, function()
    if not state.is_over then task:cancel() end
  end)
end

--- Restores a dump, after the application's name was typed where `given.confirm` is not false.
---@param given { account: oneoff.Account, app: string, dump: string, database: string?,
---  size: string?, timeout: number?, mods: string?, confirm: boolean? }
function restore.open(given)
  if given.confirm == false then
    start(given, given.app)
    return
  end
  vim.ui.input({ prompt = ("Restore %s into the %sdatabase of %s? Type the application's name: ")
    :format(vim.fn.fnamemodify(given.dump, ":t"), given.database and given.database .. " " or "",
      given.app) }, function(typed)
    if typed == given.app then
      start(given, typed)
    else
      vim.notify("oneoff: not confirmed: nothing was done", vim.log.levels.WARN)
    end
  end)
end

return restore

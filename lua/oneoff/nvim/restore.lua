-- Shows a restore in a buffer while it happens, and its report at the end.
-- SPDX-License-Identifier: MIT
local buffer = require "oneoff.nvim.buffer"
local quantity = require "oneoff.base.quantity"
local coroutines = require "oneoff.sched.coroutines"
local report = require "oneoff.task.report"

local restore = {}

-- In the library's messages these are options; here they are arguments of the command.
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

-- Sets the line of a key; a new key gets a line at the end.
function state_methods:add(key, text)
  if not self.line_of[key] then
    self.lines[#self.lines + 1] = text
    self.line_of[key] = #self.lines
  else
    self.lines[self.line_of[key]] = text
  end
  self.view:set(vim.deepcopy(self.lines))
end

local function title_of(options, database)
  return ("%s: %s into %s"):format(options.app, vim.fn.fnamemodify(options.dump, ":t"),
    database or "its database")
end

local function result_lines(state, result, message, code)
  local lines = { state.lines[1], "" }
  if result then
    lines[1] = title_of(state.options, result.database)
    local text = report.text(result, { utf8 = true }):gsub("\n$", "")
    vim.list_extend(lines, vim.split(text, "\n", { plain = true }))
  end
  if message then
    local text = message:gsub("option '([%w_]+)'", arguments)
    lines[#lines + 1] = ("  failed: %s (%s)"):format(text, code)
  end
  return lines
end

local function finish(state, result, message, code, detail)
  state.is_over = true
  local partial = result or detail and detail.report
  state.view:set(result_lines(state, partial, message, code))
  vim.schedule(function()
    buffer.announce(state.view.buf, { kind = "restore", app = state.options.app, message = message,
      container = state.container, code = result and (result.ok and 0 or result.exit_code ~= 0
        and result.exit_code or 1) or 125 })
  end)
end

local function start(options, confirmed)
  local view = buffer.open(("oneoff://%s/restore"):format(options.app), options.mods)
  local state = setmetatable({ view = view, lines = {}, line_of = {}, options = options }, state_mt)
  state:add("title", title_of(options, options.database))
  local task = coroutines.spawn(function()
    finish(state, require("oneoff.restore").run(options.account, { app = options.app,
      dump = options.dump, database = options.database, confirm = confirmed, size = options.size,
      timeout = options.timeout, on_event = function(event)
        if show[event.type] then show[event.type](state, event) end
      end }))
  end)
  buffer.on_close(view.buf, function()
    if not state.is_over then task:cancel() end
  end)
end

--- Restores a dump, after the application's name was typed where `options.confirm` is not false.
---@param options { account: oneoff.Account, app: string, dump: string, database: string?,
---  size: string?, timeout: number?, mods: string?, confirm: boolean? }
function restore.open(options)
  if options.confirm == false then
    start(options, options.app)
    return
  end
  local kind = options.database and options.database .. " " or ""
  vim.ui.input({ prompt = ("Restore %s into the %sdatabase of %s? Type the application's name: ")
    :format(vim.fn.fnamemodify(options.dump, ":t"), kind, options.app) }, function(typed)
    if typed == options.app then
      start(options, typed)
    else
      vim.notify("oneoff: that is not the application's name: nothing was restored",
        vim.log.levels.WARN)
    end
  end)
end

return restore

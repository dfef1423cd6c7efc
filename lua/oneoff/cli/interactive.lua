-- Binds this program's terminal, or its pipes, to a container's terminal until one of them ends.
-- SPDX-License-Identifier: MIT
--
-- In raw mode every key goes to the container, except the detach key; otherwise Ctrl-C and the like
-- make signals here. A container that did not end by itself is stopped: the platform has no
-- documented way to attach to it again. It cuts a silent one after half an hour, also here.
local argcheck = require "oneoff.base.argcheck"
local descriptor = require "oneoff.descriptor"
local detach_key = require "oneoff.cli.detach_key"
local failure = require "oneoff.base.failure"
local cleanup = require "oneoff.sched.cleanup"
local coroutines = require "oneoff.sched.coroutines"
local scheduler = require "oneoff.sched.scheduler"
local pipe = require "oneoff.cli.pipe"
local rule = require "oneoff.base.rule"
local safe_call = require "oneoff.sched.safe_call"
local signals = require "oneoff.cli.signals"
local tty = require "oneoff.tty"

local interactive = {}

local attachment_methods = {}
local attachment_mt = { __index = attachment_methods, __name = "oneoff.cli.attachment" }

local KEYS = 4096 -- bytes read at a time from a keyboard
local WAIT_SECONDS = 30 -- for the exit code of a command whose stream ended
local STOP_SECONDS = 15
local SIGHUP, SIGPIPE = 1, 13

local HELP = "at the start of a line: %s detaches, %s types a single %s"

local function help_of(key)
  local prefix = key:sub(1, 1)
  return HELP:format(key, prefix:rep(2), prefix)
end

--- Calls on_note, with the terminal as it was before: in raw mode a line ends without a CR.
function attachment_methods:note_(text)
  if not self.on_note then return end
  local was_raw = self.is_raw_
  if was_raw then
    self:restore_()
    if self.is_line_open_ and tty.is_terminal(2) then io.stderr:write("\n") end
    self.is_line_open_ = false
  end
  safe_call.callback(self.clean_up_, self.on_note, text)
  if was_raw and not self.is_over_ then self:make_raw_() end
end

function attachment_methods:make_raw_()
  self.is_raw_ = tty.raw(self.input) == true
end

function attachment_methods:restore_()
  if self.is_raw_ then tty.restore() end
  self.is_raw_ = false
end

-- Columns and rows of the terminal of the output, or else of the input.
function attachment_methods:window_()
  for _, fd in ipairs { self.output, self.input } do
    local columns, rows = tty.size(fd)
    if columns and columns > 0 and rows > 0 then return columns, rows end
  end
end

-- In a coroutine of its own: a listener for signals must not wait for the platform. Of several
-- sizes the terminal sends the latest.
function attachment_methods:resize_()
  local columns, rows = self:window_()
  if columns and self.terminal_ then
    coroutines.spawn(self.terminal_.resize, self.terminal_, columns, rows)
  end
end

function attachment_methods:remaining_()
  return self.deadline_ and math.max(0.001, self.deadline_ - scheduler.now())
end

-- Copies the output until its end. A slow reader is waited for.
local function copy_output(self)
  local is_first = true
  while true do
    local chunk, message, code, detail = self.terminal_:read()
    if not chunk then
      if not message then return true end
      return nil, message, code, detail
    end
    if is_first and self.is_resized_ then self:resize_() end
    is_first = false
    self.is_line_open_ = chunk:sub(-1) ~= "\n"
    local ok
    ok, message, code = descriptor.write(self.output, chunk)
    if not ok then
      if code ~= "canceled" then self.is_output_closed_ = code == "closed" end
      return nil, message, code, {}
    end
  end
end

-- Ends the attachment from the side of the input.
local function end_by(self, reason)
  self.end_reason_ = reason
  self.output_task_:cancel()
end

local function copy_keys(self)
  local filter = self.detach and detach_key.new(self.detach)
  while true do
    local typed, _, code = descriptor.read(self.input, KEYS)
    if code == "canceled" then return end
    if not typed then return end_by(self, "hung_up") end -- raw, a terminal has no other end
    local text, wish = typed, nil
    if filter then text, wish = filter:feed(typed) end
    if text ~= "" and not self.terminal_:write(text) then return end
    if wish == "detach" then return end_by(self, "detached") end
    if wish == "help" then
      self:note_(help_of(self.detach))
    end
  end
end

-- Nobody waits for this coroutine: an error in it is raised by `attach`.
local function copy_input(self)
  local ok, err
  if self.is_raw_ then
    ok, err = safe_call.call(copy_keys, self)
  else
    ok, err = safe_call.call(pipe.feed, self.terminal_, self.input,
      function(text) self:note_(text) end)
  end
  if ok then return end
  self.failure_ = err
  end_by(self, "failed")
end

local function watch_window(self)
  local forget_winch = signals.on("WINCH", function()
    self.is_resized_ = true
    self:resize_()
  end)
  local forget_cont = signals.on("CONT", function() -- another program may have changed the terminal
    if self.is_raw_ then
      self:restore_()
      self:make_raw_()
    end
    self:resize_()
  end)
  return function()
    forget_winch()
    forget_cont()
  end
end

-- From the attach to the exit code: true, or what ended it before.
local function attach(self)
  self.forget_ = watch_window(self)
  local columns, rows = self:window_()
  local terminal, message, code, detail = self.container:attach { width = columns, height = rows,
    timeout = self:remaining_() }
  if not terminal then return nil, message, code, detail end
  self.terminal_ = terminal
  if self.is_terminal then self:make_raw_() end
  self.output_task_ = coroutines.spawn(copy_output, self)
  self.input_task_ = coroutines.spawn(copy_input, self)
  local ok
  ok, message, code, detail = self.output_task_:join(self:remaining_())
  self:close_()
  if self.end_reason_ == "failed" then error(self.failure_, 0) end
  if not ok then return nil, message, code, detail end
  local exit_code
  exit_code, message, code, detail = terminal:wait(math.min(self:remaining_() or WAIT_SECONDS,
    WAIT_SECONDS))
  if not exit_code then return nil, message, code, detail end
  self.exit_code_ = exit_code
  return true
end

--- Closes the stream, restores the terminal and reads no more keys.
function attachment_methods:close_()
  self.is_over_ = true
  self:restore_()
  if self.forget_ then self.forget_() end
  if self.input_task_ then self.input_task_:cancel() end
  if self.output_task_ then self.output_task_:cancel() end
  if self.terminal_ then self.terminal_:close() end
end

-- True, or why it could not be stopped; nil where it ended, or is to go on.
local function stop(self)
  if self.exit_code_ or self.no_stop then return nil end
  local task = coroutines.spawn(self.container.ensure_stopped, self.container)
  local stopped, message, code = task:join(STOP_SECONDS)
  if code == "canceled" and task:status() == "running" then -- the cancel came late
    stopped, message = task:join(STOP_SECONDS)
  end
  if stopped then return true end
  task:cancel()
  return message
end

local function clean_up(self)
  if self.is_clean_ then return self.stopped_ end
  self.is_clean_ = true
  self.forget_cleanup_()
  self:close_()
  self.stopped_ = stop(self)
  return self.stopped_
end

function attachment_methods:note_end_(stopped)
  local name = self.container.label or self.container.id
  if self.exit_code_ then return end
  if stopped == true then
    self:note_(("the container %s was stopped"):format(name))
  elseif stopped then
    self:note_(("the container %s (%s) could not be stopped: %s"):format(name, self.container.id,
      stopped))
  else
    self:note_(("the container %s (%s) goes on; the platform has no documented way to attach again")
      :format(name, self.container.id))
  end
end

-- The result for the caller, by what ended the attachment.
local function outcome(self, message, code, detail)
  local stopped = clean_up(self)
  self:note_end_(stopped)
  local number = signals.received()
  if self.exit_code_ then return { exit_code = self.exit_code_ } end
  if number and code == "canceled" then return { signal = number, stopped = stopped } end
  if self.end_reason_ == "detached" then return { detached = true, stopped = stopped } end
  if self.end_reason_ == "hung_up" then return { signal = SIGHUP, stopped = stopped } end
  if self.is_output_closed_ then return { signal = SIGPIPE, stopped = stopped } end
  local about = { stopped = stopped, container = self.container.id }
  for key, value in pairs(detail or {}) do about[key] = value end
  if code == "timeout" and self.deadline_ and scheduler.now() >= self.deadline_ then
    return failure("run", "timeout", ("the time-out of %g s passed"):format(self.timeout), about)
  end
  return nil, message, code, about
end

local function run(container, options)
  local self = setmetatable({ container = container, input = options.input or 0,
    output = options.output or 1, is_terminal = options.is_terminal, detach = options.detach,
    on_note = options.on_note, timeout = options.timeout, no_stop = options.no_stop },
    attachment_mt)
  self.deadline_ = self.timeout and scheduler.now() + self.timeout
  self.clean_up_ = function() clean_up(self) end
  self.forget_cleanup_ = cleanup.add(clean_up, self)
  local ok, done, message, code, detail = safe_call.call(attach, self)
  if not ok then
    self.clean_up_()
    error(done, 0)
  end
  return outcome(self, message, code, detail)
end

local function second(_, ...)
  return ...
end

local options_rule = { input = "number", output = "number", is_terminal = "boolean",
  detach = rule.of("two characters", function(key) return type(key) == "string" and #key == 2 end),
  on_note = rule.callable, timeout = "number", no_stop = "boolean" }

---@class oneoff.cli.InteractiveOptions
---@field input integer? descriptor (0)
---@field output integer? descriptor (1)
---@field is_terminal boolean? both are terminals: raw mode is used
---@field detach string? two characters that end it, at the start of a line and in raw mode: "~."
---@field on_note fun(text: string)? called with what the user should know and is no output; always
---  with what became of a container that did not end by itself
---@field timeout number? seconds, from the attach to the exit code
---@field no_stop boolean? do not stop a container that did not end

--- Attaches to the container, and returns when its command ends, with the exit code; or at the
--- detach key, a signal (see signals.run), a closed output, the time-out or a failure. Then the
--- container is stopped; `stopped` (in detail after a failure) is true, or says why it was not.
---@param container oneoff.Container
---@param options oneoff.cli.InteractiveOptions?
---@return { exit_code: integer?, detached: boolean?, signal: integer?, stopped: true|string? }|nil
---@return string? message, string? code timeout, closed, no_exit_code, inactivity …, table? detail
function interactive.run(container, options)
  argcheck.argument(1, "container", container, "table")
  options = argcheck.options(2, options, options_rule)
  if signals.are_watched() then return run(container, options) end
  return second(signals.run(run, container, options))
end

return interactive

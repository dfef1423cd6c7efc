-- Binds this program's terminal, or its pipes, to a container's terminal until one of them ends.
-- SPDX-License-Identifier: MIT
--
-- In raw mode every key goes to the container, except the detach key; otherwise Ctrl-C and the like
-- make signals here. A container that did not end by itself is stopped: the platform has no
-- documented way to attach to it again. It cuts a silent one after half an hour, also here.
local argcheck = require "oneoff.base.argcheck"
local core = require "oneoff.core"
local descriptor = require "oneoff.descriptor"
local exact_output = require "oneoff.cli.exact_output"
local input_sender = require "oneoff.cli.input_sender"
local failure = require "oneoff.base.failure"
local local_terminal = require "oneoff.cli.local_terminal"
local cleanup = require "oneoff.sched.cleanup"
local coroutines = require "oneoff.sched.coroutines"
local scheduler = require "oneoff.sched.scheduler"
local rule = require "oneoff.base.rule"
local safe_call = require "oneoff.sched.safe_call"
local signals = require "oneoff.cli.signals"
local tty = require "oneoff.tty"

local interactive = {}

local attachment_methods = {}
local attachment_mt = { __index = attachment_methods, __name = "oneoff.cli.attachment" }

local WAIT_SECONDS = 30 -- for the exit code of a command whose stream ended
local STOP_SECONDS = 15
local GRACE = 0.3 -- seconds for a command whose output has lost its reader
local SIGHUP, SIGPIPE = 1, 13
local KILLED = 128 -- from this exit code on a signal ended the command

local REFUSED = "the container has no stty, without which its terminal would change the input: use "
  .. "--tty, or send the input with --file"

--- Calls on_note, with the terminal as it was before.
function attachment_methods:note_(text)
  if not self.on_note then return end
  self.screen_:with_settings_of_before(function() return not self.is_over_ end,
    safe_call.callback, self.clean_up_, self.on_note, text)
end

-- In a coroutine of its own: a listener for signals must not wait for the platform. Of several
-- sizes the terminal sends the latest.
function attachment_methods:resize_()
  local columns, rows = self.screen_:window()
  if columns and self.terminal_ then
    coroutines.spawn(self.terminal_.resize, self.terminal_, columns, rows)
  end
end

function attachment_methods:remaining_()
  return self.deadline_ and math.max(0.001, self.deadline_ - scheduler.now())
end

-- Ends the attachment from the side of the input.
local function end_by(self, reason)
  self.end_reason_ = reason
  self.output_task_:cancel()
end

-- Nobody waits for this coroutine: an error in it is raised by `attach`.
local function send_input(self)
  local ok, reason = safe_call.call(input_sender.send, self.terminal_, self.input,
    { kind = self.input_kind, is_exact = self.exact_ ~= nil, detach = self.detach,
      on_note = function(text) self:note_(text) end })
  if not ok then self.failure_ = reason end
  if not ok or reason then end_by(self, ok and reason or "failed") end
end

-- Once; in the background not before this program comes to the foreground.
local function start_input(self)
  self.may_send_ = true
  if self.input_task_ or self.input_kind == "keys" and not self.screen_:has_keys() then return end
  self.input_task_ = coroutines.spawn(send_input, self)
end

-- What of a chunk is the command's output. At its begin the input may be sent.
local function output_of(self, chunk)
  if not self.exact_ then return chunk end
  local text, news = self.exact_:feed(chunk)
  if news == "begun" then start_input(self) end
  if news == "refused" then end_by(self, "refused") end
  return text
end

local function print_chunk(self, chunk)
  if chunk == "" then return true end
  self.screen_:printed(chunk)
  local ok, message, code = descriptor.write(self.output, chunk)
  if ok then return true end
  if code ~= "canceled" then self.is_output_closed_ = code == "closed" end
  return nil, message, code, {}
end

-- Copies the output until its end. A slow reader is waited for.
local function copy_output(self)
  local is_first = true
  while true do
    local chunk, message, code, detail = self.terminal_:read()
    if not chunk and message then return nil, message, code, detail end
    if not chunk then return print_chunk(self, self.exact_ and self.exact_:finish() or "") end
    if is_first and self.is_resized_ then self:resize_() end
    is_first = false
    local ok
    ok, message, code, detail = print_chunk(self, output_of(self, chunk))
    if not ok then return nil, message, code, detail end
  end
end

-- A reader that goes away is seen only by who watches: a silent command writes nothing. What ends
-- by itself at the same time is not disturbed.
local function watch_reader(self)
  if tty.is_terminal(self.output) or not descriptor.wait(self.output, "r") then return end
  if not core.is_broken(self.output) or not scheduler.sleep(GRACE) then return end
  self.is_output_closed_ = true
  end_by(self, "reader_gone")
end

local function watch_window(self)
  local forget_winch = signals.on("WINCH", function()
    self.is_resized_ = true
    self:resize_()
  end)
  local forget_cont = signals.on("CONT", function() -- another program may have changed the terminal
    if self.input_kind == "keys" then
      self.screen_:restore()
      self.screen_:take_keys()
      if self.may_send_ then start_input(self) end
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
  local columns, rows = self.screen_:window()
  local terminal, message, code, detail = self.container:attach { width = columns, height = rows,
    timeout = self:remaining_() }
  if not terminal then return nil, message, code, detail end
  self.terminal_ = terminal
  if self.input_kind == "keys" then self.screen_:take_keys() end
  self.output_task_ = coroutines.spawn(copy_output, self)
  self.reader_task_ = coroutines.spawn(watch_reader, self)
  if not self.exact_ then start_input(self) end
  local ok
  ok, message, code, detail = self.output_task_:join(self:remaining_())
  self:close_()
  if self.end_reason_ == "failed" then error(self.failure_, 0) end
  if self.end_reason_ == "refused" then return failure("run", "io", REFUSED) end
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
  self.screen_:restore()
  if self.forget_ then self.forget_() end
  if self.reader_task_ then self.reader_task_:cancel() end
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
  if (self.exit_code_ or KILLED) >= KILLED then self.screen_:reset_modes() end
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
    output = options.output or 1, input_kind = options.input_kind, detach = options.detach,
    on_note = options.on_note, timeout = options.timeout, no_stop = options.no_stop,
    exact_ = options.is_exact and exact_output.new() or nil }, attachment_mt)
  self.screen_ = local_terminal.new(self.input, self.output, tty.is_terminal(self.output))
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

local options_rule = { input = "number", output = "number", is_exact = "boolean",
  input_kind = rule.one_of { "keys", "pipe", "none" },
  detach = rule.of("two characters", function(key) return type(key) == "string" and #key == 2 end),
  on_note = rule.callable, timeout = "number", no_stop = "boolean" }

---@class oneoff.cli.InteractiveOptions
---@field input integer? descriptor (0)
---@field output integer? descriptor (1)
---@field input_kind "keys"|"pipe"|"none" a terminal's keys, a pipe or file, or nothing is sent
---@field is_exact boolean? the command is wrapped by exact_command, for the same kind of input
---@field detach string? two characters that end it, at the start of a line and in raw mode: "~."
---@field on_note fun(text: string)? called with what the user should know and is no output; always
---  with what became of a container that did not end by itself
---@field timeout number? seconds, from the attach to the exit code
---@field no_stop boolean? do not stop a container that did not end

--- Attaches to the container, and returns when its command ends, with the exit code; or at the
--- detach key, a signal (see signals.run), a closed output, the time-out or a failure. Then the
--- container is stopped; `stopped` (in detail after a failure) is true, or says why it was not.
---@param container oneoff.Container
---@param options oneoff.cli.InteractiveOptions
---@return { exit_code: integer?, detached: boolean?, signal: integer?, stopped: true|string? }|nil
---@return string? message, string? code timeout, closed, no_exit_code, inactivity …, table? detail
function interactive.run(container, options)
  argcheck.argument(1, "container", container, "table")
  options = argcheck.options(2, options, options_rule)
  if signals.are_watched() then return run(container, options) end
  return second(signals.run(run, container, options))
end

return interactive

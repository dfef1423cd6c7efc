-- Binds this program's terminal, or its pipes, to a container's terminal until one of them ends.
-- SPDX-License-Identifier: MIT
--
-- In raw mode every key is the container's, but for the detach key; else the keys that make signals
-- make signals. A container that did not end by itself is stopped: nothing is documented that could
-- attach to it again. A silent one the platform cuts after half an hour: nothing here hinders it.
local argcheck = require "oneoff.base.argcheck"
local descriptor = require "oneoff.descriptor"
local detach_key = require "oneoff.cli.detach_key"
local failure = require "oneoff.base.failure"
local cleanup = require "oneoff.sched.cleanup"
local oneoff = require "oneoff"
local pipe = require "oneoff.cli.pipe"
local safe_call = require "oneoff.sched.safe_call"
local signals = require "oneoff.cli.signals"
local tty = require "oneoff.tty"

local interactive = {}

local session_methods = {}
local session_mt = { __index = session_methods, __name = "oneoff.cli.interactive" }

local KEYS = 4096 -- bytes read at a time from a keyboard
local WAIT_SECONDS = 30 -- for the exit code of a command whose stream ended
local STOP_SECONDS = 15
local SIGHUP, SIGPIPE = 1, 13

local HELP = "at the start of a line: %s ends this, %s sends the sign itself"

--- Tells the person, with the terminal as it was meanwhile: raw, a line would end without a CR.
function session_methods:note_(text)
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

function session_methods:make_raw_()
  self.is_raw_ = tty.raw(self.input) == true
end

function session_methods:restore_()
  if self.is_raw_ then tty.restore() end
  self.is_raw_ = false
end

-- Columns and rows of the window that shows the output, or in which the input is typed.
function session_methods:window_()
  for _, fd in ipairs { self.output, self.input } do
    local columns, rows = tty.size(fd)
    if columns and columns > 0 and rows > 0 then return columns, rows end
  end
end

-- In a task of its own: who brings the news of a new size must not wait for the platform. Of
-- several sizes the terminal sends the latest.
function session_methods:resize_()
  local columns, rows = self:window_()
  if columns and self.terminal_ then
    oneoff.spawn(self.terminal_.resize, self.terminal_, columns, rows)
  end
end

function session_methods:remaining_()
  return self.deadline_ and math.max(0.001, self.deadline_ - oneoff.now())
end

-- Everything that comes goes out before the end does; who does not read is waited for.
local function show(self)
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

-- What ends the session from the side of the keyboard.
local function leave(self, how)
  self.how_ = how
  self.shower_:cancel()
end

local function type_in(self)
  local filter = self.detach and detach_key.new(self.detach)
  while true do
    local typed, _, code = descriptor.read(self.input, KEYS)
    if code == "canceled" then return end
    if not typed then return leave(self, "hung_up") end -- raw, a terminal has no other end
    local text, wish = typed, nil
    if filter then text, wish = filter:feed(typed) end
    if text ~= "" and not self.terminal_:write(text) then return end
    if wish == "detach" then return leave(self, "detached") end
    if wish == "help" then
      self:note_(HELP:format(self.detach, self.detach:sub(1, 1):rep(2)))
    end
  end
end

-- Nobody waits for this task: an error in it is taken along by the one that is waited for.
local function feed(self)
  local ok, err
  if self.is_raw_ then
    ok, err = safe_call.call(type_in, self)
  else
    ok, err = safe_call.call(pipe.feed, self.terminal_, self.input,
      function(text) self:note_(text) end)
  end
  if ok then return end
  self.failure_ = err
  leave(self, "failed")
end

local function watch_window(self)
  local forget_winch = signals.on("WINCH", function()
    self.is_resized_ = true
    self:resize_()
  end)
  local forget_cont = signals.on("CONT", function() -- whoever had the terminal left it otherwise
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

-- The whole conversation: true, or what ended it before the container did.
local function converse(self)
  self.forget_ = watch_window(self)
  local columns, rows = self:window_()
  local terminal, message, code, detail = self.container:attach { width = columns, height = rows,
    timeout = self:remaining_() }
  if not terminal then return nil, message, code, detail end
  self.terminal_ = terminal
  if self.is_terminal then self:make_raw_() end
  self.shower_ = oneoff.spawn(show, self)
  self.feeder_ = oneoff.spawn(feed, self)
  local ok
  ok, message, code, detail = self.shower_:join(self:remaining_())
  self:let_go_()
  if self.how_ == "failed" then error(self.failure_, 0) end
  if not ok then return nil, message, code, detail end
  local exit_code
  exit_code, message, code, detail = terminal:wait(math.min(self:remaining_() or WAIT_SECONDS,
    WAIT_SECONDS))
  if not exit_code then return nil, message, code, detail end
  self.exit_code_ = exit_code
  return true
end

--- The terminal is the person's again, and nobody reads his keys.
function session_methods:let_go_()
  self.is_over_ = true
  self:restore_()
  if self.forget_ then self.forget_() end
  if self.feeder_ then self.feeder_:cancel() end
  if self.shower_ then self.shower_:cancel() end
  if self.terminal_ then self.terminal_:close() end
end

-- True, or why not; nil where it is not stopped: it ended, or it shall go on.
local function stop(self)
  if self.exit_code_ or self.no_stop then return nil end
  local task = oneoff.spawn(self.container.ensure_stopped, self.container)
  local stopped, message, code = task:join(STOP_SECONDS)
  if code == "canceled" and task:status() == "running" then -- what ended the session told us late
    stopped, message = task:join(STOP_SECONDS)
  end
  if stopped then return true end
  task:cancel()
  return message
end

local function clean_up(self)
  if self.is_clean_ then return self.stopped_ end
  self.is_clean_ = true
  self.release_guard_()
  self:let_go_()
  self.stopped_ = stop(self)
  return self.stopped_
end

function session_methods:tell_end_(stopped)
  local name = self.container.label or self.container.id
  if self.exit_code_ then return end
  if stopped == true then
    self:note_(("the container %s was stopped"):format(name))
  elseif stopped then
    self:note_(("the container %s (%s) could not be stopped: %s"):format(name, self.container.id,
      stopped))
  else
    self:note_(("the container %s (%s) is left to itself; nothing is known to attach to it again")
      :format(name, self.container.id))
  end
end

-- What the caller gets, of all that may have ended it.
local function outcome(self, message, code, detail)
  local stopped = clean_up(self)
  self:tell_end_(stopped)
  local number = signals.received()
  if self.exit_code_ then return { exit_code = self.exit_code_ } end
  if number and code == "canceled" then return { signal = number, stopped = stopped } end
  if self.how_ == "detached" then return { detached = true, stopped = stopped } end
  if self.how_ == "hung_up" then return { signal = SIGHUP, stopped = stopped } end
  if self.is_output_closed_ then return { signal = SIGPIPE, stopped = stopped } end
  local about = { stopped = stopped, container = self.container.id }
  for key, value in pairs(detail or {}) do about[key] = value end
  if code == "timeout" and self.deadline_ and oneoff.now() >= self.deadline_ then
    return failure("run", "timeout", ("not over after %g s"):format(self.timeout), about)
  end
  return nil, message, code, about
end

local function run(container, options)
  local self = setmetatable({ container = container, input = options.input or 0,
    output = options.output or 1, is_terminal = options.is_terminal, detach = options.detach,
    on_note = options.on_note, timeout = options.timeout, no_stop = options.no_stop }, session_mt)
  self.deadline_ = self.timeout and oneoff.now() + self.timeout
  self.clean_up_ = function() clean_up(self) end
  self.release_guard_ = cleanup.add(clean_up, self)
  local ok, done, message, code, detail = safe_call.call(converse, self)
  if not ok then
    self.clean_up_()
    error(done, 0)
  end
  return outcome(self, message, code, detail)
end

local function second(_, ...)
  return ...
end

local kinds = { input = "number", output = "number", is_terminal = "boolean", detach = "string",
  on_note = "function", timeout = "number", no_stop = "boolean" }

---@class oneoff.cli.InteractiveOptions
---@field input integer? descriptor (0)
---@field output integer? descriptor (1)
---@field is_terminal boolean? both are terminals: raw mode
---@field detach string? two characters that end it, at the start of a line and in raw mode: "~."
---@field on_note fun(text: string)? what a person should know, and no part of the output: among it,
---  always, what became of a container that did not end by itself
---@field timeout number? seconds, from the attach to the exit code
---@field no_stop boolean? leave a container alone that did not end

--- Attaches to the container and stays until its command ends, its exit code then; or else until
--- the detach key, a signal (see signals.run), a closed output, the time-out or a failure: then the
--- container is stopped, and `stopped` (in detail after a failure) is true or says why it was not.
---@param container oneoff.Container
---@param options oneoff.cli.InteractiveOptions?
---@return { exit_code: integer?, detached: boolean?, signal: integer?, stopped: true|string? }|nil
---@return string? message, string? code timeout, closed, no_exit_code, inactivity …, table? detail
function interactive.run(container, options)
  argcheck.argument(1, "container", container, "table")
  options = argcheck.options(2, options, kinds)
  if options.detach and #options.detach ~= 2 then
    error("bad option 'detach' (two characters expected)", 2)
  end
  if signals.are_watched() then return run(container, options) end
  return second(signals.run(run, container, options))
end

return interactive

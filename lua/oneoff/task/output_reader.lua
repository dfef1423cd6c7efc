-- Reads the output of a container to its end: fills the report, and answers the script.
-- SPDX-License-Identifier: MIT
local excerpt = require "oneoff.base.excerpt"
local expect = require "oneoff.task.expect"
local frames = require "oneoff.task.frames"
local input_writer = require "oneoff.task.input_writer"
local scheduler = require "oneoff.sched.scheduler"
local strip_ansi = require "oneoff.task.strip_ansi"
local tail_buffer = require "oneoff.task.tail_buffer"

local reader_methods = {}
local reader_mt = { __index = reader_methods, __name = "oneoff.task.output_reader" }

local output_reader = {}

--- A reader. After the end of the output it has `exit_code`, which the script announced, or nil;
--- `is_cut`, true if it was announced before a step ended; `failure` { reason, index } of a frame
--- `fail`, or nil.
---@param runner table of runner.lua
---@return table output_reader
function output_reader.new(runner)
  local self = setmetatable({ runner_ = runner, plan_ = runner.plan, report_ = runner.report,
    all_ = tail_buffer.new(runner.plan.output_limit), filter_ = strip_ansi.new() }, reader_mt)
  self.parser_ = frames.new(runner.plan.nonce, self)
  return self
end

local function deliver(self, text)
  if text == "" then return end
  self.all_:add(text)
  self.runner_:write_log(text)
  if self.output_ then self.output_:add(text) end
  if self.plan_.on_output then self.runner_:callback(self.plan_.on_output, text, self.index_) end
end

--- For the parser: bytes that the container printed.
function reader_methods:text(bytes)
  deliver(self, self.filter_:feed(bytes))
end

local function fail(self, message, code, detail)
  self.problem_ = self.problem_ or { message, code, detail }
end

local function send(self, words)
  if self.is_stopped_ then return end
  local done, message, code, detail = self.runner_.terminal:write(
    frames.line(self.plan_.nonce, words))
  if not done then fail(self, message, code, detail) end
end

local function why_exit(code, output)
  local line = excerpt.last_line(output)
  return ("exit code %d%s%s"):format(code,
    code > 128 and code < 160 and (" (signal %d)"):format(code - 128) or "",
    line and ": " .. line or "")
end

local function end_input(self)
  local writer = self.writer_
  self.writer_ = nil
  if not writer then return end
  writer:finish(true)
  if writer.raised then
    error(writer.raised[1], 0)
  elseif writer.failure then
    fail(self, writer.failure[1], writer.failure[2])
  end
end

-- Puts the output of the step that runs into its report.
local function close_step(self)
  deliver(self, self.filter_:finish())
  local step = self.report_.steps[self.index_]
  if step then
    step.output, step.dropped = self.output_:text()
    step.seconds = scheduler.now() - self.began_
  end
  self.index_, self.output_ = nil, nil
  return step
end

-- What follows on each kind of frame.
local on = {}

function on.begin(self)
  self.has_begun_ = true
end

function on.verified(self, words)
  local file = self.report_.files[tonumber(words)]
  if not file then return end
  file.verified = true
  self.runner_:emit("verified", { file = file.name, index = tonumber(words) })
end

function on.step(self, words)
  local index, clock = words:match("^(%d+) (%S+)$")
  index = tonumber(index)
  local step = self.report_.steps[index]
  if not step or self.index_ then return end
  deliver(self, self.filter_:finish())
  self.index_, self.output_ = index, tail_buffer.new(self.plan_.output_limit)
  self.began_, self.clock_ = scheduler.now(), tonumber(clock)
  step.why = "it did not end"
  self.runner_.activity = ("step %d (%s)"):format(index, step.name)
  self.runner_:emit("step", { index = index, name = step.name })
  if self.plan_.steps[index].reads_input then
    self.writer_ = input_writer.start(self.runner_.terminal, self.plan_.nonce, self.plan_.input)
  end
end

local function check_step(self, step, index)
  local expected = self.plan_.steps[index].expect
  step.ok, step.why = step.exit_code == 0, nil
  if not step.ok then
    step.why = why_exit(step.exit_code, step.output)
  elseif expected ~= nil then
    step.ok, step.why = self.runner_:callback(expect.check, expected, step.output, step)
    step.code = not step.ok and "check_failed" or nil
    send(self, (step.ok and "go " or "stop ") .. index)
  end
end

function on.done(self, words)
  local index, code, clock = words:match("^(%d+) (%d+) (%S+)$")
  index, clock = tonumber(index), tonumber(clock)
  if not index or index ~= self.index_ then return end
  local step = close_step(self)
  step.exit_code = tonumber(code)
  if clock and self.clock_ then
    step.seconds = math.max(0, math.floor((clock - self.clock_) * 100 + 0.5) / 100)
  end
  end_input(self)
  check_step(self, step, index)
  self.runner_.activity = "after " .. step.name
  self.runner_:emit("step_done", { index = index, name = step.name, step = step })
end

function on.ack(self)
  if self.writer_ then self.writer_:acknowledge() end
end

function on.heartbeat(self)
  self.runner_:emit("heartbeat", { index = self.index_ })
end

function on.fail(self, words)
  local reason, index = words:match("^(%l+) (%d+)$")
  self.failure = { reason = reason, index = tonumber(index) }
end

function on.exit(self, words)
  self.exit_code, self.is_cut = tonumber(words), self.index_ ~= nil
end

--- For the parser: a frame. A kind that the script does not write is the echo of a frame of ours.
function reader_methods:frame(kind, words, cooked)
  self.filter_.cooked = cooked
  if on[kind] then on[kind](self, words) end
end

-- Seconds that one read may take, and the message if nothing came in them.
local function read_timeout(self)
  local left = self.runner_:seconds_left()
  local silence = self.has_begun_ and self.plan_.keepalive and 3 * self.plan_.keepalive + 30
  if silence and silence < left then
    return silence, ("%s: the container printed nothing for %g s, not even a heartbeat"):format(
      self.plan_.caller, silence)
  end
  return left, nil
end

local function read_frames(self)
  local terminal = self.runner_.terminal
  while not self.problem_ do
    local left, silence = read_timeout(self)
    if left <= 0 then return nil, "timed out", "timeout" end
    local chunk, message, code, detail = terminal:read(left)
    if chunk then
      self.parser_:feed(chunk)
    elseif message == nil or self.exit_code and code ~= "canceled" then
      return true
    elseif code ~= "timeout" then
      return nil, message, code, detail
    elseif silence then
      return nil, silence, "timeout"
    end
  end
  return nil, self.problem_[1], self.problem_[2], self.problem_[3]
end

--- Reads to the end of the output.
---@return true|nil
---@return string? message
---@return string? code
---@return table? detail
function reader_methods:read_to_end()
  local done, message, code, detail = read_frames(self)
  self.is_stopped_ = not done
  self.parser_:finish()
  return done, message, code, detail
end

--- Puts the output so far into the report, also that of a step that did not end. It calls no
--- function of the caller.
function reader_methods:close()
  if self.writer_ then self.writer_:finish(false) end
  self.writer_ = nil
  self.plan_.on_output = nil
  close_step(self)
  self.report_.output = self.all_:text()
end

return output_reader

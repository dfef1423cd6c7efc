-- Follows the container's output to its end: each frame and each piece of text to its place in the
-- report, the client's answers to the script.
-- SPDX-License-Identifier: MIT
local strip_ansi = require "oneoff.task.strip_ansi"
local expect = require "oneoff.task.expect"
local frames = require "oneoff.task.frames"
local input_writer = require "oneoff.task.input_writer"
local tail_buffer = require "oneoff.task.tail_buffer"
local scheduler = require "oneoff.sched.scheduler"
local excerpt = require "oneoff.base.excerpt"

local reader_methods = {}
local reader_mt = { __index = reader_methods, __name = "oneoff.task.output_reader" }

local output_reader = {}

--- `reader.exit_code` is the script's own last word, nil before; `reader.is_cut` says that it was
--- spoken before a step's end; `reader.failure` is what a frame `fail` said.
---@param runner table with plan, report and terminal
function output_reader.new(runner)
  local self = setmetatable({
    runner_ = runner, plan_ = runner.plan, report_ = runner.report,
    all_ = tail_buffer.new(runner.plan.output_limit), filter_ = strip_ansi.new(),
  }, reader_mt)
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

--- From the parser: bytes that the container printed.
function reader_methods:text(bytes)
  deliver(self, self.filter_:feed(bytes))
end

local function fail(self, message, code, detail)
  self.failed_ = self.failed_ or { message, code, detail }
end

local function send(self, words)
  if self.is_over_ then return end
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

local function end_input(self, is_open)
  local writer = self.writer_
  self.writer_ = nil
  if writer then
    writer:finish(is_open)
    if writer.raised then
      error(writer.raised[1], 0)
    elseif writer.failure then
      fail(self, writer.failure[1], writer.failure[2])
    end
  end
end

-- The step that runs becomes part of the report as it is.
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

local on = {}

function on.begin(self)
  self.has_begun = true
end

function on.verified(self, words)
  local file = self.report_.files[tonumber(words)]
  if file then
    file.verified = true
    self.runner_:emit("verified", { file = file.name, index = tonumber(words) })
  end
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
  end_input(self, true)
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

--- From the parser: a frame. Kinds that the script does not write are the echo of our own.
function reader_methods:frame(kind, words, cooked)
  self.filter_.cooked = cooked
  if on[kind] then on[kind](self, words) end
end

-- How long one read may wait, and what it means when nothing came.
local function read_timeout(self)
  local left = self.runner_:seconds_left()
  local silence = self.has_begun and self.plan_.keepalive and 3 * self.plan_.keepalive + 30
  if silence and silence < left then
    return silence, ("%s: nothing came for %g s, not even a heartbeat"):format(
      self.plan_.caller, silence)
  end
  return left, nil
end

local function read_frames(self)
  local terminal = self.runner_.terminal
  while not self.failed_ do
    local left, silence = read_timeout(self)
    if left <= 0 then return nil, "the time is over", "timeout" end
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
  return nil, self.failed_[1], self.failed_[2], self.failed_[3]
end

--- Reads to the end of the stream. Whatever happens, the report then holds all output so far.
---@return true|nil
---@return string? message
---@return string? code
---@return table? detail
function reader_methods:read_to_end()
  local done, message, code, detail = read_frames(self)
  self.is_over_ = not done
  self.parser_:finish()
  return done, message, code, detail
end

--- Puts what there is into the report; what runs is over. Raises nothing, waits for nothing.
function reader_methods:close()
  if self.writer_ then
    self.writer_:finish(false)
    self.writer_ = nil
  end
  self.plan_.on_output = nil
  close_step(self)
  self.report_.output = self.all_:text()
end

return output_reader

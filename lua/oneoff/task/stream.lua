-- Follows the container's output to its end: each frame and each piece of text to its place in the
-- report, the client's answers to the script.
-- SPDX-License-Identifier: MIT
local strip_ansi = require "oneoff.task.strip_ansi"
local expect = require "oneoff.task.expect"
local frames = require "oneoff.task.frames"
local input = require "oneoff.task.input"
local tail_buffer = require "oneoff.task.tail_buffer"
local oneoff = require "oneoff"
local excerpt = require "oneoff.base.excerpt"

local stream_methods = {}
local stream_mt = { __index = stream_methods, __name = "oneoff.task.stream" }

local stream = {}

--- `stream.exit_code` is the script's own last word, nil before; `stream.is_cut` says that it was
--- spoken before a step's end; `stream.failure` is what a frame `fail` said.
---@param session table with plan, report and terminal
function stream.new(session)
  local self = setmetatable({
    session_ = session, plan_ = session.plan, report_ = session.report,
    all_ = tail_buffer.new(session.plan.output_limit), cleaner_ = strip_ansi.new(),
  }, stream_mt)
  self.parser_ = frames.new(session.plan.nonce, self)
  return self
end

local function deliver(self, text)
  if text == "" then return end
  self.all_:add(text)
  self.session_:write_log(text)
  if self.kept_ then self.kept_:add(text) end
  if self.plan_.on_output then self.session_:callback(self.plan_.on_output, text, self.index_) end
end

--- From the parser: bytes that the container printed.
function stream_methods:text(bytes)
  deliver(self, self.cleaner_:feed(bytes))
end

local function fail(self, message, code, detail)
  self.failed_ = self.failed_ or { message, code, detail }
end

local function send(self, words)
  if self.is_over_ then return end
  local done, message, code, detail = self.session_.terminal:write(
    frames.line(self.plan_.nonce, words))
  if not done then fail(self, message, code, detail) end
end

local function why_exit(code, output)
  local line = excerpt.last_line(output)
  return ("exit code %d%s%s"):format(code,
    code > 128 and code < 160 and (" (signal %d)"):format(code - 128) or "",
    line and ": " .. line or "")
end

local function end_typing(self, is_open)
  local typist = self.typist_
  self.typist_ = nil
  if typist then
    typist:finish(is_open)
    if typist.raised then
      error(typist.raised[1], 0)
    elseif typist.failure then
      fail(self, typist.failure[1], typist.failure[2])
    end
  end
end

-- The step that runs becomes part of the report as it is.
local function close_step(self)
  deliver(self, self.cleaner_:finish())
  local step = self.report_.steps[self.index_]
  if step then
    step.output, step.dropped = self.kept_:text()
    step.seconds = oneoff.now() - self.began_
  end
  self.index_, self.kept_ = nil, nil
  return step
end

local on = {}

function on.begin(self)
  self.has_begun = true
end

function on.checked(self, words)
  local file = self.report_.files[tonumber(words)]
  if file then
    file.verified = true
    self.session_:emit("verified", { file = file.name, index = tonumber(words) })
  end
end

function on.step(self, words)
  local index, clock = words:match("^(%d+) (%S+)$")
  index = tonumber(index)
  local step = self.report_.steps[index]
  if not step or self.index_ then return end
  deliver(self, self.cleaner_:finish())
  self.index_, self.kept_ = index, tail_buffer.new(self.plan_.output_limit)
  self.began_, self.clock_ = oneoff.now(), tonumber(clock)
  step.why = "it did not end"
  self.session_.doing = ("step %d (%s)"):format(index, step.name)
  self.session_:emit("step", { index = index, name = step.name })
  if self.plan_.steps[index].typed then
    self.typist_ = input.start(self.session_.terminal, self.plan_.nonce, self.plan_.input)
  end
end

local function judge(self, step, index)
  local expected = self.plan_.steps[index].expect
  step.ok, step.why = step.exit_code == 0, nil
  if not step.ok then
    step.why = why_exit(step.exit_code, step.output)
  elseif expected ~= nil then
    step.ok, step.why = self.session_:callback(expect.judge, expected, step.output, step)
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
  end_typing(self, true)
  judge(self, step, index)
  self.session_.doing = "after " .. step.name
  self.session_:emit("step_done", { index = index, name = step.name, step = step })
end

function on.took(self)
  if self.typist_ then self.typist_:took() end
end

function on.beat(self)
  self.session_:emit("heartbeat", { index = self.index_ })
end

function on.fail(self, words)
  local reason, index = words:match("^(%l+) (%d+)$")
  self.failure = { reason = reason, index = tonumber(index) }
end

function on.exit(self, words)
  self.exit_code, self.is_cut = tonumber(words), self.index_ ~= nil
end

--- From the parser: a frame. Kinds that the script does not write are the echo of our own.
function stream_methods:frame(kind, words, cooked)
  self.cleaner_.cooked = cooked
  if on[kind] then on[kind](self, words) end
end

-- How long one read may wait, and what it means when nothing came.
local function patience(self)
  local left = self.session_:remaining()
  local silence = self.has_begun and self.plan_.keepalive and 3 * self.plan_.keepalive + 30
  if silence and silence < left then
    return silence, ("%s: nothing came for %g s, not even a heartbeat"):format(
      self.plan_.who, silence)
  end
  return left, nil
end

local function read_to_end(self)
  local terminal = self.session_.terminal
  while not self.failed_ do
    local left, silence = patience(self)
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
function stream_methods:follow()
  local done, message, code, detail = read_to_end(self)
  self.is_over_ = not done
  self.parser_:finish()
  return done, message, code, detail
end

--- Puts what there is into the report; what runs is over. Raises nothing, waits for nothing.
function stream_methods:close()
  if self.typist_ then
    self.typist_:finish(false)
    self.typist_ = nil
  end
  self.plan_.on_output = nil
  close_step(self)
  self.report_.output = self.all_:text()
end

return stream

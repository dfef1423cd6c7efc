-- A command in a container of its own, as an object in the shape of vim.system's.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local config = require "oneoff.nvim.config"
local misuse = require "oneoff.base.misuse"
local rule = require "oneoff.base.rule"
local shell_quote = require "oneoff.base.shell_quote"

local process = {}

---@class oneoff.nvim.Process
---@field cmd string|string[] as it was passed
---@field container string? the container's id, once there is one
local process_methods = {}
local process_mt = { __index = process_methods, __name = "oneoff.nvim.process" }

---@class oneoff.nvim.RunOptions
---@field app string? (vim.g.oneoff.app, else SCALINGO_APP)
---@field env table<string, string>? added to TERM=dumb and PAGER=cat
---@field size string? of the container (vim.g.oneoff.size)
---@field account oneoff.Account? (made of vim.g.oneoff and SCALINGO_*)
---@field text boolean? replaces CR LF, the line end of a terminal, by LF
---@field stdin string|string[]|true|nil the input; true: `write` sends it; nil: there is none. The
---  terminal echoes it
---@field stdout boolean|fun(err: string?, data: string?)|nil false: the output is dropped; a
---  function is called with it as it comes, and with nil at the end
---@field timeout number? milliseconds

---@class oneoff.nvim.Completed
---@field code integer exit code; 124: the time-out passed; 125: see error; 128 + signal: killed
---@field signal integer
---@field stdout string? the output; nil with `stdout` false or a function
---@field stderr string always empty: a terminal has one output
---@field error { message: string, code: string, detail: table? }?

-- A value of these types; a table is a list of that type.
local function or_list(types, item)
  return rule.all(types .. "|table", function(value)
    if type(value) == "table" then return rule.problem(rule.list(item), value) end
  end)
end

-- The rules of run's arguments.
process.command_rule = or_list("string", "string|number")
process.options_rule = { app = rule.text "the application's name", env = rule.environment,
  size = rule.text "a container size", account = "table", text = "boolean",
  stdin = or_list("string|boolean", "string"), stdout = "boolean|function", timeout = "number" }

local signals = { HUP = 1, INT = 2, QUIT = 3, KILL = 9, USR1 = 10, USR2 = 12, TERM = 15 }
local name_of = {}
for name, number in pairs(signals) do name_of[number] = name end

-- The shell's line for a list: each word arrives as it is.
local function command_of(cmd)
  if type(cmd) == "string" then return cmd end
  local words = {}
  for i, word in ipairs(cmd) do words[i] = shell_quote(tostring(word)) end
  return table.concat(words, " ")
end

local function new_decoder(is_text)
  if not is_text then return function(chunk) return chunk end end
  local held = ""
  return function(chunk)
    chunk = held .. chunk
    held = chunk:sub(-1) == "\r" and "\r" or ""
    return (chunk:sub(1, #chunk - #held):gsub("\r\n", "\n"))
  end, function() return held end
end

-- What takes the output: a function for a chunk, and one for the end that returns the whole.
local function new_sink(opts)
  local decode, rest = new_decoder(opts.text)
  local handler, kept = opts.stdout, {}
  local function take(data)
    if data == "" or handler == false then return end
    if type(handler) == "function" then
      vim.schedule(function() handler(nil, data) end)
    else
      kept[#kept + 1] = data
    end
  end
  return function(chunk) take(decode(chunk)) end, function(why)
    take(rest and rest() or "")
    if type(handler) == "function" then vim.schedule(function() handler(why, nil) end) end
    if handler == nil or handler == true then return table.concat(kept) end
  end
end

local function complete(self, outcome, stdout)
  self.result_ = { code = outcome.code, signal = outcome.signal, stdout = stdout, stderr = "",
    error = outcome.error }
  if self.on_exit_ then
    local result, on_exit = self.result_, self.on_exit_
    vim.schedule(function() on_exit(result) end)
  end
end

local function start_input(self, stdin)
  if stdin == true then return end
  if stdin then self:send_(stdin) end
  self.job_:eof()
end

local function start(cmd, command, opts, on_exit, account, app)
  local self = setmetatable({ cmd = cmd, on_exit_ = on_exit, is_open_ = opts.stdin == true },
    process_mt)
  local env = { TERM = "dumb", PAGER = "cat" }
  for name, value in pairs(opts.env or {}) do env[name] = value end
  local on_chunk, at_end = new_sink(opts)
  self.job_ = require("oneoff.nvim.job").start {
    account = account, app = app, command = command, env = env, size = opts.size,
    timeout = opts.timeout and opts.timeout / 1000, on_output = on_chunk,
    on_phase = function(phase)
      if phase == "starting" then self.container = self.job_.container.id end
    end,
    on_end = function(outcome)
      complete(self, outcome, at_end(outcome.error and outcome.error.message))
    end,
  }
  start_input(self, opts.stdin)
  return self
end

--- Starts a command; the arguments are those of oneoff.nvim.run.
---@return oneoff.nvim.Process|nil, string? message
function process.start(cmd, opts, on_exit)
  local command = command_of(cmd)
  if not command:find("%S") then
    return nil, argcheck.bad_argument(1, "cmd", "a command expected, got an empty one")
  end
  local options, why = config.get()
  if not options then return nil, why end
  local app = opts.app or config.app(options)
  if not app then
    return nil, argcheck.bad_option("app",
      "an application expected, here, in vim.g.oneoff.app or in SCALINGO_APP")
  end
  local account = opts.account
  if not account then account, why = config.account(options) end
  if not account then return nil, why end
  local merged = {}
  for name, value in pairs(opts) do merged[name] = value end
  merged.size = opts.size or options.size
  return start(cmd, command, merged, on_exit, account, app)
end

function process_mt:__tostring()
  return "oneoff.nvim.process{" .. (self.result_ and "ended" or "running") .. "}"
end

function process_methods:send_(data)
  if type(data) == "table" then data = table.concat(data, "\n") .. "\n" end
  if data ~= "" then self.job_:write(data) end
end

--- Sends input; nil ends it. Needs `stdin = true`.
---@param data string|string[]|nil
function process_methods:write(data)
  argcheck.argument(1, "data", data, "string|table|nil")
  if not self.is_open_ then
    misuse("oneoff: the input is not open: start the command with stdin = true")
  end
  if data ~= nil then
    self:send_(data)
  else
    self.is_open_ = false
    self.job_:eof()
  end
end

--- Sends a signal. INT sends Ctrl-C; USR1 and USR2 go to the command; HUP, QUIT, TERM and KILL stop
--- the container.
---@param signal integer|string|nil 15, "TERM", "sigterm" … (TERM)
function process_methods:kill(signal)
  argcheck.argument(1, "signal", signal, "string|number|nil")
  local name = name_of[signal or 15]
  if type(signal) == "string" then name = signal:upper():gsub("^SIG", "") end
  if not signals[name] then
    misuse(argcheck.bad_argument(1, "signal", "no such signal: " .. tostring(signal)))
  elseif name == "INT" then
    self.job_:interrupt()
  elseif name == "USR1" or name == "USR2" then
    self.job_:signal("SIG" .. name)
  else
    self.job_:stop(signals[name])
  end
end

--- Waits until it has ended. After the time-out the container is stopped, and the code is 124.
---@param timeout_ms number?
---@return oneoff.nvim.Completed
function process_methods:wait(timeout_ms)
  argcheck.argument(1, "timeout_ms", timeout_ms, "number|nil")
  self.job_:join(timeout_ms and timeout_ms / 1000)
  if not self.result_ then
    self.job_:time_out(9)
    while not self.job_:join() do end -- luacheck: ignore 542
  end
  return self.result_
end

--- Whether it has ended, or is being stopped.
---@return boolean
function process_methods:is_closing()
  return self.job_:is_closing()
end

return process

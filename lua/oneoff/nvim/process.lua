-- A command in a container of its own, as an object in the shape of vim.system's.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local config = require "oneoff.nvim.config"
local shell_quote = require "oneoff.base.shell_quote"

local process = {}

---@class oneoff.nvim.Process
---@field cmd string|string[] as it was given
---@field container string? the container's id, once there is one
local process_methods = {}
local process_mt = { __index = process_methods, __name = "oneoff.nvim.process" }

---@class oneoff.nvim.RunOptions
---@field app string? (vim.g.oneoff.app, else SCALINGO_APP)
---@field env table<string, string>? besides TERM=dumb and PAGER=cat
---@field size string? of the container (vim.g.oneoff.size)
---@field account oneoff.Account? (made of vim.g.oneoff and SCALINGO_*)
---@field text boolean? CR LF, in which a terminal's lines end, becomes LF
---@field stdin string|string[]|true|nil what is typed; true: object:write() follows; nil: nothing.
---  The terminal echoes it
---@field stdout boolean|fun(err: string?, data: string?)|nil false: dropped; a function gets it as
---  it comes, nil at the end
---@field timeout number? milliseconds

---@class oneoff.nvim.Completed
---@field code integer exit code; 124: timed out, 125: see error, 128 + signal: killed
---@field signal integer
---@field stdout string? what the terminal showed; nil with `stdout` false or a function
---@field stderr string always empty: a terminal has one output
---@field error { message: string, code: string, detail: table? }?

local kinds = { app = "string", env = "table", size = "string", account = "table",
  text = "boolean", stdin = "string|table|boolean", stdout = "boolean|function",
  timeout = "number" }

local signals = { HUP = 1, INT = 2, QUIT = 3, KILL = 9, USR1 = 10, USR2 = 12, TERM = 15 }
local name_of = {}
for name, number in pairs(signals) do name_of[number] = name end

-- The command line of a list: each word arrives as it is.
local function command_of(cmd)
  if type(cmd) == "string" then return cmd end
  local words = {}
  for i, word in ipairs(cmd) do
    if type(word) ~= "string" and type(word) ~= "number" then return nil end
    words[i] = shell_quote(tostring(word))
  end
  return table.concat(words, " ")
end

local function misuse_of(cmd, command, opts)
  if not command or not command:find("%S") then
    return "bad argument #1 'cmd' (a command or a list of its words expected"
      .. (cmd == nil and ", got no value)" or ")")
  end
  for name, value in pairs(opts.env or {}) do
    if type(name) ~= "string" or type(value) ~= "string" then
      return "bad option 'env' (names and values must be strings)"
    end
  end
  for _, line in ipairs(type(opts.stdin) == "table" and opts.stdin or {}) do
    if type(line) ~= "string" then return "bad option 'stdin' (a list of strings expected)" end
  end
  if opts.app == "" then return "bad option 'app' (a name expected)" end
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

-- Where the output goes: a function for a chunk, and one for the end that returns what is kept.
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
  if stdin then self:type_(stdin) end
  self.session_:eof()
end

local function start(cmd, command, opts, on_exit, account, app)
  local self = setmetatable({ cmd = cmd, on_exit_ = on_exit, is_open_ = opts.stdin == true },
    process_mt)
  local env = { TERM = "dumb", PAGER = "cat" }
  for name, value in pairs(opts.env or {}) do env[name] = value end
  local on_chunk, at_end = new_sink(opts)
  self.session_ = require("oneoff.nvim.session").start {
    account = account, app = app, command = command, env = env, size = opts.size,
    timeout = opts.timeout and opts.timeout / 1000, on_output = on_chunk,
    on_phase = function(phase)
      if phase == "starting" then self.container = self.session_.container.id end
    end,
    on_end = function(outcome)
      complete(self, outcome, at_end(outcome.error and outcome.error.message))
    end,
  }
  start_input(self, opts.stdin)
  return self
end

--- Starts it: see oneoff.nvim.run, whose arguments these are.
---@return oneoff.nvim.Process|nil, string? misuse
function process.start(cmd, opts, on_exit)
  local is_list = type(cmd) == "table" and #cmd > 0
  local command = (type(cmd) == "string" or is_list) and command_of(cmd)
  local misuse = misuse_of(cmd, command, opts)
  if misuse then return nil, misuse end
  local given, why = config.get()
  if not given then return nil, why end
  local app = opts.app or config.app(given)
  if not app then
    return nil, "bad option 'app' (expected here, in vim.g.oneoff.app or in SCALINGO_APP)"
  end
  local account = opts.account
  if not account then account, why = config.account(given) end
  if not account then return nil, why end
  local merged = {}
  for name, value in pairs(opts) do merged[name] = value end
  merged.size = opts.size or given.size
  return start(cmd, command, merged, on_exit, account, app)
end

process.kinds = kinds

function process_mt:__tostring()
  return "oneoff.nvim.process{" .. (self.result_ and "over" or "running") .. "}"
end

function process_methods:type_(data)
  if type(data) == "table" then data = table.concat(data, "\n") .. "\n" end
  if data ~= "" then self.session_:write(data) end
end

--- Types data into the terminal; nil ends the input. Needs `stdin = true`.
---@param data string|string[]|nil
function process_methods:write(data)
  argcheck.argument(1, "data", data, "string|table|nil")
  if not self.is_open_ then
    error("oneoff: the input is not open: start it with stdin = true, and do not end it before", 2)
  end
  if data ~= nil then
    self:type_(data)
  else
    self.is_open_ = false
    self.session_:eof()
  end
end

--- Sends a signal. INT types Ctrl-C; USR1 and USR2 go to the command; HUP, QUIT, TERM and KILL stop
--- the container.
---@param signal integer|string|nil 15, "TERM", "sigterm" … (TERM)
function process_methods:kill(signal)
  argcheck.argument(1, "signal", signal, "string|number|nil")
  local name = name_of[signal or 15]
  if type(signal) == "string" then name = signal:upper():gsub("^SIG", "") end
  if not signals[name] then
    error(("bad argument #1 'signal' (no such signal: %s)"):format(tostring(signal)), 2)
  elseif name == "INT" then
    self.session_:interrupt()
  elseif name == "USR1" or name == "USR2" then
    self.session_:signal("SIG" .. name)
  else
    self.session_:stop(signals[name])
  end
end

--- Waits until it is over. After the time-out it is ended as by its own: 124.
---@param timeout_ms number?
---@return oneoff.nvim.Completed
function process_methods:wait(timeout_ms)
  argcheck.argument(1, "timeout_ms", timeout_ms, "number|nil")
  self.session_:join(timeout_ms and timeout_ms / 1000)
  if not self.result_ then
    self.session_:expire(9)
    while not self.session_:join() do end -- luacheck: ignore 542
  end
  return self.result_
end

--- Whether it is over, or being ended.
---@return boolean
function process_methods:is_closing()
  return self.session_:is_closing()
end

return process

-- SPDX-License-Identifier: MIT
-- A small program for the specs: runs arg[1] in a container of the host that $DRIVE_URL and
-- $DRIVE_TOKEN name, bound to its own terminal or pipes; says on stderr how that ended.
local interactive = require "oneoff.cli.interactive"
local scalingo = require "oneoff.scalingo"
local signals = require "oneoff.cli.signals"
local tty = require "oneoff.tty"

local function say(...)
  io.stderr:write(table.concat({ ... }, " "), "\n")
  io.stderr:flush()
end

local account = scalingo.new { token = os.getenv "DRIVE_TOKEN", api_url = os.getenv "DRIVE_URL",
  auth_url = os.getenv "DRIVE_URL", retry_timeout = tonumber(os.getenv "DRIVE_RETRY") }

local function run()
  local container = assert(account:run("app", arg[1], { env = { TERM = "xterm" } }))
  assert(container:ready())
  return interactive.run(container, { detach = "~.",
    input_kind = tty.is_terminal(0) and "keys" or "pipe",
    timeout = tonumber(os.getenv "DRIVE_TIMEOUT"), no_stop = os.getenv "DRIVE_NO_STOP" ~= nil,
    on_note = function(text)
      say("note: " .. text)
      if os.getenv "DRIVE_RAISE" then error("raised in on_note", 0) end
    end })
end

local ok, number, outcome, message, code, detail = pcall(signals.run, run)
if not ok then
  say("raised:", tostring(number))
  os.exit(70)
elseif not outcome then
  say("failed:", message, "| code", code, "| stopped", tostring((detail or {}).stopped))
  os.exit(125)
end
say("ended: signal", tostring(number), "exit_code", tostring(outcome.exit_code), "detached",
  tostring(outcome.detached), "signal", tostring(outcome.signal), "stopped",
  tostring(outcome.stopped))
os.exit(outcome.exit_code or outcome.signal and 128 + outcome.signal or 0)

-- The last line of a detached container's log: it tells how the command ended.
-- SPDX-License-Identifier: MIT
--
-- The platform reports no exit code of a detached container. So the command is run by a shell that
-- waits for it and then prints one line with a nonce and the exit code. The nonce stands in the
-- command that the platform lists: whoever waits finds it there again.
local core = require "oneoff.core"
local shell_quote = require "oneoff.base.shell_quote"

local exit_line = {}

local MARK = "oneoff-exit-"

-- The shell passes on the signals that the platform can send. The command takes INT and QUIT as
-- it would without this shell, which ignores both for what runs in the background. What
-- `wait` itself prints (bash: "Killed") is no output of the command.
local HEAD = '(trap - INT QUIT; exec "${BASH:-sh}" -c '
local TAIL = [[) <&0 & p=$!; for n in USR1 USR2; do trap "s=1; kill -$n $p" $n; done; ]]
  .. [[trap "s=1; t=stopped; kill -TERM $p" TERM; t=; ]]
  .. [[while s=; wait $p 2>/dev/null; c=$?; [ "$s" ]; do :; done; ]]
  .. [[echo "]] .. MARK .. [[%s $c $t"; exit $c]]

local PATTERN = "^" .. (HEAD .. "\0" .. TAIL):gsub("%p", "%%%0"):gsub("%z", "(.*)")
  :gsub("%%%%s", "(%%x+)") .. "$"

--- The command that runs this one and then prints the line. One that does already is left alone.
---@param command string
---@return string
function exit_line.wrap(command)
  if exit_line.nonce(command) then return command end
  return HEAD .. shell_quote(command) .. TAIL:format(core.random(12))
end

--- The nonce in a command that `wrap` made; nil in any other.
---@param command any
---@return string? nonce
function exit_line.nonce(command)
  if type(command) ~= "string" then return nil end
  return (select(2, command:match(PATTERN)))
end

--- The command without what `wrap` put around it.
---@param command string
---@return string
function exit_line.unwrap(command)
  local quoted = exit_line.nonce(command) and command:match(PATTERN)
  if not quoted then return command end
  return (quoted:gsub("^'", ""):gsub("'$", ""):gsub("'\\''", "'"))
end

--- What a line of the log says. The command's own last line may stand before it, without an end.
---@param text string of a line
---@param nonce string? any, where it is not known
---@return integer? exit_code
---@return boolean is_stopped the container was told to stop before the command ended
---@return string rest what the command printed before it
function exit_line.read(text, nonce)
  local rest, found, code, note = text:match("^(.*)" .. MARK:gsub("%p", "%%%0")
    .. "(%x+) (%d+) ?(%l*)$")
  if not found or nonce and found ~= nonce then return nil, false, text end
  return math.floor(tonumber(code)), note == "stopped", rest
end

return exit_line

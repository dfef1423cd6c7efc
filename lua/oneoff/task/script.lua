-- Writes the shell script that a task runs in its container.
-- SPDX-License-Identifier: MIT
--
-- It needs POSIX sh and coreutils only: dash, busybox and bash run it alike. One function holds all
-- of it, and the last line calls that function: a copy that is cut anywhere is a syntax error and
-- does nothing. What users give is in here-documents with a delimiter that occurs nowhere else, or
-- in single quotes. For the client it prints frames (frames.lua). The text has the nonce in two
-- halves: printing the script prints no frame. The frames:
--
--   begin            the terminal is silent, the heartbeat runs
--   verified F       file F arrived undamaged and is unpacked
--   step S T         step S begins at T (seconds of a clock of the container, or "-")
--   done S CODE T    step S ended; if it has an `expect`, the client answers `go S` or `stop S`
--   ack              32 more lines of the task's input were read
--   heartbeat        nothing was printed for `keepalive` seconds
--   fail WHY N       of file N: checksum, missing, nosum, join, or the missing gzip, zstd or tar;
--                    of step N: write, base64; the exit code is 74
--   exit CODE        the last frame: the exit code to come
--
-- The script switches the echo and the output processing of the terminal off, before the first
-- frame and again after each step. Without stty both stay on: then the parser removes the CR of
-- each LF, and the echo of the client's frames.
local unpack_script = require "oneoff.task.unpack_script"

local script = {}

--- Exit code of a script that could not start a step (EX_IOERR).
script.FAILED = 74

--- Lines of input that one frame `ack` acknowledges.
script.WINDOW = 32

local MIN_KEEPALIVE, MAX_KEEPALIVE = 0.001, 1e9 -- seconds that sh and sleep understand

-- `build` replaces each @NAME@. Outside of the one function there may be no code: a spec cuts the
-- text at many places.
local TEMPLATE = [=[
# Written by oneoff for one task. Nothing runs before the last line: a cut copy does nothing.
oneoff_main() {
  n=@FIRST@
  n=${n}@SECOND@
  uploads=${ONEOFF_UPLOADS:-/tmp/uploads}
  work=${TMPDIR:-/tmp}/oneoff-@TAG@
  ONEOFF_UPLOADS=$uploads
  export ONEOFF_UPLOADS
  exec 3<&0 4>&1

  frame() { printf '[oneoff:%s %s]\n' "$n" "$1"; }
  clock() {
    read -r now rest 2>/dev/null </proc/uptime || now=$(date +%s) || now=-
  }
  silence_echo() { [ -z "$tty" ] || stty "$tty" 2>/dev/null <&3; }
  # Each sleep is short and does not hold the terminal: if the script is killed, the heartbeat ends
  # soon after it. SIGKILL ends it, which no shell can lose on the way to a trap.
  heartbeat() {
    while :; do
      ticks=0
      while [ "$ticks" -lt @TICKS@ ]; do
        sleep @TICK@ >/dev/null 3<&- 4>&- && kill -0 $$ || exit
        ticks=$((ticks + 1))
      done
      frame heartbeat
    done
  }
  finish() {
    trap '' HUP INT TERM
    [ -z "$heartbeat" ] || { kill -9 "$heartbeat"; wait "$heartbeat"; } 2>/dev/null
    rm -rf "$work"
    frame "exit $1"
    exit "$1"
  }
  fail() {
    frame "fail $1 $2"
    finish @FAILED@
  }
  # file, SHA-256, name in transit
  verify_part() {
    [ -f "$uploads/$3" ] || fail missing "$1"
    got=$($sha256 <"$uploads/$3")
    [ "${got%% *}" = "$2" ] || fail checksum "$1"
  }
  # Each part is removed before the next one is read: the disk holds only one of them twice.
  join_parts() {
    for from in "$@"; do
      cat "$uploads/$from" && rm -f "$uploads/$from" || return
    done
  }
  # The lines that the client sends as the input of a step, for base64 -d.
  read_input() {
    lines=0
    while IFS= read -r line <&3; do
      case $line in
        "[oneoff:$n in "*) line=${line#"[oneoff:$n in "} && printf '%s\n' "${line%]}" || return ;;
        "[oneoff:$n end]") return ;;
      esac
      lines=$((lines + 1))
      [ $((lines % @WINDOW@)) != 0 ] || frame ack >&4
    done 2>/dev/null
  }
  run_step() {
    clock
    frame "step $1 $now"
    sh "$work/step$1" 2>&1 3<&- 4>&-
    code=$?
    silence_echo
    clock
    frame "done $1 $code $now"
  }
  wait_for_answer() {
    while IFS= read -r line <&3; do
      case $line in
        "[oneoff:$n go $1]") return 0 ;;
        "[oneoff:$n stop $1]") return 1 ;;
      esac
    done
    return 1
  }

  tty=$(stty -g 2>/dev/null) && stty -echo -opost && tty=$(stty -g)
@HEARTBEAT@
  # After the start of the heartbeat: it must not have these traps, not even while it starts.
  trap 'finish 129' HUP
  trap 'finish 130' INT
  trap 'finish 143' TERM
  frame begin
@FILES@
  (umask 077 && mkdir "$work") || fail write 0
@STEPS@
  finish 0
}
oneoff_main
]=]

local function document(lines, path, text, delimiter, index)
  lines[#lines + 1] = ("  cat >\"$work/%s\" <<'%s' || fail write %d"):format(path, delimiter, index)
  lines[#lines + 1] = (text:gsub("\n$", ""))
  lines[#lines + 1] = delimiter
end

local function step_lines(index, step, delimiter, lines)
  document(lines, "step" .. index, step.command, delimiter, index)
  if step.reads_input then
    lines[#lines + 1] = ("  command -v base64 >/dev/null 2>&1 || fail base64 %d"):format(index)
    lines[#lines + 1] = "  read_input | base64 -d | {"
    lines[#lines + 1] = ("    run_step %d; echo \"$code\" >\"$work/code\""):format(index)
    lines[#lines + 1] = "  }"
    lines[#lines + 1] = "  read -r code <\"$work/code\" || code=" .. script.FAILED
  elseif step.input and step.input ~= "" then
    document(lines, "input" .. index, step.input, delimiter, index)
    lines[#lines + 1] = ("  run_step %d <\"$work/input%d\""):format(index, index)
  else
    lines[#lines + 1] = ("  run_step %d </dev/null"):format(index)
  end
  lines[#lines + 1] = "  [ \"$code\" = 0 ] || finish \"$code\""
  if step.expect ~= nil then
    lines[#lines + 1] = ("  wait_for_answer %d || finish 1"):format(index)
  end
end

local function heartbeat_lines(keepalive)
  if not keepalive then return "  heartbeat=", "5", "1" end
  keepalive = math.min(MAX_KEEPALIVE, math.max(MIN_KEEPALIVE, keepalive))
  local ticks = math.ceil(keepalive)
  local tick = ("%.6g"):format(keepalive / ticks)
  return "  heartbeat </dev/null 2>/dev/null &\n  heartbeat=$!", tick, ("%d"):format(ticks)
end

--- The text of the script. `plan.files` is as unpack_script.lines takes it; `plan.keepalive` is
--- seconds, or false; `plan.nonce` and `plan.tag` are hexadecimal and occur in nothing that the
--- user gave.
---@param plan table with nonce, tag, keepalive, files and steps
---@return string
function script.build(plan)
  local steps = {}
  for i, step in ipairs(plan.steps) do step_lines(i, step, "ONEOFF_" .. plan.tag, steps) end
  local heartbeat, tick, ticks = heartbeat_lines(plan.keepalive)
  local middle = math.floor(#plan.nonce / 2)
  local values = {
    FIRST = plan.nonce:sub(1, middle), SECOND = plan.nonce:sub(middle + 1), TAG = plan.tag,
    FAILED = tostring(script.FAILED), WINDOW = tostring(script.WINDOW),
    HEARTBEAT = heartbeat, TICK = tick, TICKS = ticks,
    FILES = table.concat(unpack_script.lines(plan.files), "\n"), STEPS = table.concat(steps, "\n"),
  }
  return (TEMPLATE:gsub("@(%u+)@", values))
end

return script

-- Runs steps in a one-off container: uploads files, frames each step, reports what came of it.
-- SPDX-License-Identifier: MIT
--
-- A step is a shell command, run by the container's sh in a shell of its own, in the folder where
-- the container starts; the files stand in $ONEOFF_UPLOADS (/tmp/uploads). It reads nothing (its
-- input is /dev/null), its `input`, or the task's. Its standard output and error are the terminal,
-- and become `output`, without what a terminal adds: CR, escape sequences, echo. A step that fails
-- ends the task. What a step leaves behind in the background goes on, and its output is in the
-- step during which it comes.
--
-- Nothing secret belongs into a command, an input or a file name: the platform records them. A
-- connection string is in the container's own environment ("$SCALINGO_POSTGRESQL_URL"); `env` adds
-- to that environment without standing in the command.
local misuse = require "oneoff.base.misuse"
local options = require "oneoff.task.options"
local preview = require "oneoff.task.preview"
local runner = require "oneoff.task.runner"

local task = {}

---@class oneoff.step
---@field name? string shown in the report; default the command's first line
---@field command string run by `sh`
---@field input? string text that the command reads; it gets a line end if it has none
---@field stdin? boolean the command reads the task's `input`
---@field expect? string|number|table|fun(output: string, step: table): boolean, string? what the
---  output must be for the step to be ok: a Lua pattern that occurs in it, the number that it is,
---  the list of its lines, or a function that returns true, or false and why. The next step waits
---  for that verdict.

--- One of path, data and read. Larger ones than part_size go in parts, each with its SHA-256, and
--- stand whole in the container before the first step. A part that did not get there is sent again,
--- the others are not; one that arrived damaged is known only when the container runs: `checksum`.
---@class oneoff.task_file
---@field path? string a file, or a folder, which goes as a tar stream and stands unpacked under
---  its name; links and permissions are kept, owners are not
---@field data? string
---@field read? fun(): string?, string? the next bytes, nil at the end; nil, message: a failure. It
---  goes, like all that is packed on the way, in parts of at most 8 MiB, held in memory
---@field name? string in the container; default the path's last part
---@field size? integer of what `read` returns
---@field compress? "gzip"|"zstd" of a path: on the way, by a program here and one there
---@field join? boolean false: the parts are left as $ONEOFF_UPLOADS/NAME.part.0001, …, also a
---  single one, and packed as they came: `cat "$ONEOFF_UPLOADS"/NAME.part.*`

---@class oneoff.task_options
---@field app string
---@field steps (string|oneoff.step)[] a string is a step's command
---@field files? (string|oneoff.task_file)[] a string is a path
---@field env? table<string, string> added to the container's environment
---@field size? string of the container
---@field timeout? number seconds for everything; default 3600
---@field keepalive? number|false seconds between signs of life while a step is silent; default 60
---@field input? string|fun(): string?, string? what the one step with `stdin = true`, or the only
---  step, reads: the text, or a function that returns the next piece, nil at the end. It arrives in
---  blocks; for a conversation with a program attach to a container instead
---@field on_output? fun(text: string, index: integer?) clean output as it comes, with its step
---@field on_event? fun(event: table) see below
---@field output_limit? integer bytes kept of each output, head and tail; default 4 MiB
---@field part_size? integer bytes of a part; default 100 MiB, the platform's limit
---@field log? string path of a file to which all clean output is appended as it comes

--- Events, by `event.type`: queued {app} (it waits for room for a container), container {id, label,
--- container}, ready {container}, upload {file, index, sent, total, part}, uploaded {file, index,
--- size, seconds, parts, sha256}, attached, verified {file, index}, step {index, name}, step_done
--- {index, name, step}, heartbeat {index}, exit {exit_code}, stopped {ok, message}.

---@class oneoff.step_report
---@field name string
---@field ok boolean
---@field exit_code? integer nil where it was not reached or did not end
---@field output string standard output and error, clean
---@field seconds? number measured in the container
---@field why? string a sentence, where it is not ok
---@field code? string "check_failed"
---@field checked? boolean its output was to be as expected
---@field dropped? integer bytes of output that were not kept

---@class oneoff.report
---@field ok boolean every step was ok, and the exit code is 0
---@field exit_code integer as the platform tells it; the first failing step's, 1 for a failed check
---@field why? string what was not ok
---@field code? string "check_failed" where an expectation was not met
---@field steps oneoff.step_report[] all of them, also those that were not reached
---@field output string everything that was printed, with what came before, between and after steps
---@field container { id: string, label: string }
---@field seconds number
---@field bytes_uploaded integer
---@field log? string the path that was given
---@field log_problem? string why the log is not complete
---@field upload_seconds number
---@field files { name: string, size: integer, seconds: number, parts: integer, verified: boolean,
---  sha256: string? }[] size and sums are of what was sent; sha256 of those that went in one part

--- Runs the steps. A step that fails is a result: `report.ok` is false. Else nil, a message and
--- - `io`: a file cannot be read or the log not be written (nothing was asked for), a folder could
---   not be read to its end, or the container's disk failed, or it cannot unpack;
--- - `checksum`: a file arrived damaged; no step was run;
--- - `timeout`, `canceled`, `closed`, `inactivity`, `no_exit_code`, `protocol`, or what the
---   platform said to a request: `detail.report` is the report so far, and `detail.stopped` is true
---   when the container was stopped, or says why not.
---@param account table from scalingo.new
---@param opts oneoff.task_options
---@return oneoff.report? report
---@return string? message
---@return string? code
---@return table? detail
function task.run(account, opts)
  local plan, problem = options.read(opts, "task.run", 2)
  problem = problem or options.account(account)
  if problem then misuse(problem) end
  return runner.run(account, plan)
end

---@class oneoff.task_preview
---@field app string
---@field size? string of the container
---@field log? string
---@field steps { name: string, command: string }[]
---@field files { name: string, kind: "file"|"folder"|"stream", size: integer?, parts: integer[]?,
---  compress: string?, join: boolean?, stands_as: string }[] parts: their sizes, where known
---@field script string what the container runs, with words in place of sums and random numbers

--- What task.run would do with these options. The files are looked at, nothing is asked of the
--- platform; nil, a message and `io` or `limit` where it would not come to that.
---@param opts oneoff.task_options
---@return oneoff.task_preview? preview
---@return string? message
---@return string? code
---@return table? detail
function task.plan(opts)
  local plan, problem = options.read(opts, "task.plan", 1)
  if not plan then misuse(problem) end
  return preview.of(plan)
end

return task

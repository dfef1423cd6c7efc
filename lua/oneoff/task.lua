-- Runs steps in a one-off container: uploads files, runs each step, reports the results.
-- SPDX-License-Identifier: MIT
--
-- A step is a shell command. The `sh` of the container runs it in a new shell, in the folder where
-- the container starts. The uploaded files are in the folder $ONEOFF_UPLOADS (/tmp/uploads). The
-- input of a step is its own `input`, the `input` of the task, or empty. Its standard output and
-- error become `output`, without what a terminal adds (CR, escape sequences, echo). The first step
-- that fails ends the task. A background process of a step goes on; what it prints belongs to the
-- step that runs at that time.
--
-- Put no secret into a command, an input or a file name: the platform records them. A connection
-- string is in the environment of the container ("$SCALINGO_POSTGRESQL_URL"). `env` adds variables
-- to that environment; they are not part of the command.
local misuse = require "oneoff.base.misuse"
local options = require "oneoff.task.options"
local preview = require "oneoff.task.preview"
local runner = require "oneoff.task.runner"

local task = {}

---@class oneoff.step
---@field command string run by `sh`
---@field name? string shown in the report (the first line of the command)
---@field input? string text that the command reads; a line end is added if it has none
---@field stdin? boolean true: the command reads the task's `input`
---@field expect? string|number|table|fun(output: string, step: table): boolean, string? what the
---  output must be: a Lua pattern that occurs in it, a number, a list of lines, or a function that
---  returns true, or false and a reason. The next step waits for the result of this check

--- Give one of `path`, `data` and `read`. A file that is larger than `part_size` is sent in parts,
--- each with its SHA-256, and is whole again in the container before the first step. A part that
--- did not arrive is sent again, alone. A part that arrived damaged is found in the container: the
--- code is `checksum`.
---@class oneoff.task_file
---@field path? string a file, or a folder: it is sent as a tar archive and unpacked under its name.
---  Links and permissions are kept, owners are not
---@field data? string the content
---@field read? fun(): string?, string? returns the next bytes; nil at the end; nil and a message
---  after a failure. Its parts, like those of a folder and of a compressed file, are held in memory
---  and have at most 8 MiB
---@field name? string in the container (the last component of `path`)
---@field size? integer bytes that `read` returns in all (not known)
---@field compress? "gzip"|"zstd" compresses a `path` while it is sent; the program is needed on
---  both sides
---@field join? boolean false: leaves the parts as $ONEOFF_UPLOADS/NAME.part.0001 and so on, also a
---  single part, and leaves them compressed: `cat "$ONEOFF_UPLOADS"/NAME.part.*` (true)

---@class oneoff.task_options
---@field app string name of the application
---@field steps (string|oneoff.step)[] a string is the command of a step
---@field files? (string|oneoff.task_file)[] a string is a path
---@field env? table<string, string> variables added to the environment of the container
---@field size? string of the container (the platform's default)
---@field timeout? number seconds for the whole task (3600)
---@field keepalive? number|false seconds between two heartbeats while a step prints nothing, so
---  that the platform does not stop the container for inactivity (60)
---@field input? string|fun(): string?, string? what the step with `stdin = true`, or the only step,
---  reads: a text, or a function that returns the next piece; nil at the end; nil and a message
---  after a failure. It is sent in blocks: to talk with a program, attach to a container
---@field on_output? fun(text: string, index: integer?) called with clean output as it arrives, and
---  with the index of its step
---@field on_event? fun(event: oneoff.task_event) called when something happens
---@field output_limit? integer bytes kept of each output, half of them from its start and half from
---  its end (4 MiB)
---@field part_size? integer bytes of a part (100 MiB, the limit of the platform)
---@field log? string path of a file; all clean output is appended to it as it arrives

--- The fields of an event depend on its `type`:
--- - queued {app}: waits until the platform has room for one more container
--- - container {id, label, container}: the container was requested
--- - ready {container}
--- - upload {file, index, sent, total, part}: bytes were sent; total may be nil
--- - uploaded {file, index, size, seconds, parts, sha256}
--- - attached {}: the script starts, and checks the files
--- - verified {file, index}: the file arrived undamaged
--- - step {index, name}: a step starts
--- - step_done {index, name, step}: `step` is its part of the report
--- - heartbeat {index}
--- - exit {exit_code}
--- - stopped {ok, message}: the container was stopped after a failure; not ok: why it was not
---@class oneoff.task_event
---@field type string
---@field [string] any

---@class oneoff.step_report
---@field name string
---@field ok boolean
---@field exit_code? integer nil if the step did not run, or did not end
---@field output string standard output and error, clean
---@field seconds? number measured in the container
---@field why? string a sentence, if the step is not ok
---@field code? string "check_failed" if the output was not as expected
---@field checked? boolean true if the step has an `expect`
---@field dropped? integer bytes of output that were not kept

---@class oneoff.report
---@field ok boolean true if every step is ok and the exit code is 0
---@field exit_code integer from the platform: that of the first step that failed; 1 after a failed
---  check
---@field why? string a sentence, if the task is not ok
---@field code? string "check_failed" if an output was not as expected
---@field app string
---@field steps oneoff.step_report[] all steps, also those that did not run
---@field output string everything that was printed, also outside of steps
---@field container { id: string, label: string }
---@field seconds number
---@field bytes_uploaded integer
---@field upload_seconds number
---@field log? string the path that was given
---@field log_problem? string why the log is not complete
---@field files { name: string, size: integer, seconds: number, parts: integer, verified: boolean,
---  sha256: string? }[] size and sha256 are of the bytes that were sent; sha256 is there if the
---  file went in one part

--- Runs the steps. A step that fails is a result: `report.ok` is false. A failure of the task has
--- one of these codes:
--- - `io`: a file could not be read, or the log not be written; or the container could not store or
---   unpack a file
--- - `checksum`: a file arrived damaged; no step ran
--- - `limit`: a file needs more than 9999 parts, or there was no room for one more
---   container in time
--- - `timeout`, `canceled`, `closed`, `inactivity`, `no_exit_code`, `protocol`, or the code of a
---   request to the platform
---
--- `detail.report` is the report so far. `detail.stopped` is true if the container was stopped, and
--- a message if it could not be stopped. Both are missing if a local file or the log could not be
--- opened: then no container was requested.
---
--- ```lua
--- local task = require "oneoff.task"
--- local report = assert(task.run(account, {
---   app = "my-app", files = { "users.csv" },
---   steps = { { command = "wc -l <$ONEOFF_UPLOADS/users.csv", expect = 1250 } },
--- }))
--- print(report.ok, report.steps[1].output)
--- ```
---@param account oneoff.Account
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
---  compress: string?, join: boolean?, stands_as: string }[] parts: the size of each, if it is
---  known; stands_as: the name in the container
---@field script string that the container runs, with words in place of checksums and random numbers

--- Shows what task.run would do with these options. It reads the size of each file and requests
--- nothing from the platform. Codes of a failure: `io`, `limit`, `timeout`, `canceled`.
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

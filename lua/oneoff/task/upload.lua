-- Uploads the files of a task: a file that is too large for one upload is sent in parts.
-- SPDX-License-Identifier: MIT
--
-- Each part is one upload, whose source can be read again. The client repeats an upload that did
-- not get through; the parts before it are not sent again.
local failure = require "oneoff.base.failure"
local task_file = require "oneoff.task.file"

local SAFE = "^[%w._-]+$"

local upload = {}

--- The name of a part in transit. A whole file keeps its name, if that has only safe characters.
--- Every other part gets a name that the script replaces.
---@param file table a task_file
---@param tag string of the task
---@param index integer of the file
---@param number integer of the part
---@param is_whole boolean it is the only part
---@return string
function upload.transit_name(file, tag, index, number, is_whole)
  local is_plain = is_whole and not file.compress and not file.is_folder and file.join ~= false
  if is_plain and file.name:find(SAFE) and #file.name <= 128 then return file.name end
  return ("oneoff-%s-%d-%d"):format(tag, index, number)
end

--- The entry of a file in the manifest, as unpack_script.lines takes it; without its parts.
---@param file table a task_file
---@return table
function upload.manifest_entry(file)
  return {
    name = file.name, parts = {}, join = file.join, compress = file.compress,
    is_folder = file.is_folder,
  }
end

-- Returns true and whether it was the last part; or nil, message, code, detail.
local function send_part(runner, index, number)
  local file, report = runner.files[index], runner.report.files[index]
  local offset = report.size
  local part, is_last, code = file:part(offset, runner.plan.part_size, runner)
  if not part then return failure(runner.plan.caller, code, is_last) end
  local is_whole = number == 1 and is_last
  part.name = upload.transit_name(file, runner.plan.tag, index, number, is_whole)
  local total = not file.compress and file.size or nil
  local result, message, detail
  result, message, code, detail = runner.container:upload(part, {
    sha256 = true, timeout = runner:call_timeout(),
    on_progress = function(sent)
      runner:emit("upload", {
        file = file.name, index = index, sent = offset + sent, total = total, part = number,
      })
    end,
  })
  if not result then return nil, message, code, detail end
  runner.manifest[index].parts[number] = { transit_name = part.name, sha256 = result.sha256 }
  report.parts, report.sha256 = number, is_whole and result.sha256 or nil
  report.size, report.seconds = offset + result.size, report.seconds + (result.seconds or 0)
  return true, is_last
end

local function send_parts(runner, index)
  local number = 0
  while true do
    number = number + 1
    if number > task_file.MAX_PARTS then
      return failure(runner.plan.caller, "limit", ("%s has more than %d parts"):format(
        runner.files[index].name, task_file.MAX_PARTS))
    end
    local done, is_last, code, detail = send_part(runner, index, number)
    if not done then
      return nil, is_last, code, detail
    elseif is_last then
      return true
    end
  end
end

-- Who looked at the file before it was sent says whether it is still the same.
local function check_sent(runner, index)
  local file = runner.files[index]
  if not file.check_sent then return true end
  return file.check_sent()
end

local function send_file(runner, index)
  local name = runner.files[index].name
  local file = { name = name, size = 0, seconds = 0, parts = 0, verified = false }
  runner.report.files[index] = file
  runner.manifest[index] = upload.manifest_entry(runner.files[index])
  runner.activity = "uploading " .. name
  local done, message, code, detail = send_parts(runner, index)
  if not done then return nil, message, code, detail end
  done, message, code = check_sent(runner, index)
  if not done then return failure(runner.plan.caller, code, message) end
  local report = runner.report
  report.bytes_uploaded = report.bytes_uploaded + file.size
  report.upload_seconds = report.upload_seconds + file.seconds
  runner:emit("uploaded", {
    file = file.name, index = index, size = file.size, seconds = file.seconds, parts = file.parts,
    sha256 = file.sha256,
  })
  return true
end

--- Sends every file. Each gets an entry in `report.files`, and one in `manifest` for the script.
---@param runner table of runner.lua
---@return true|nil
---@return string? message
---@return string? code
---@return table? detail
function upload.files(runner)
  for index = 1, #runner.files do
    local done, message, code, detail = send_file(runner, index)
    if not done then return nil, message, code, detail end
  end
  return true
end

return upload

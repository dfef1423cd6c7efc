-- Uploads a task's files, each as parts where it is larger than one upload may be.
-- SPDX-License-Identifier: MIT

local fail = require "oneoff.fail"

local SAFE = "^[%w._-]+$"

local upload = {}

-- A name fit for the wire is used as it is; others, and parts, get one that the script replaces.
local function wire_name(session, index, number, is_whole)
  local name = session.sources[index].name
  if is_whole and name:find(SAFE) and #name <= 128 then
    return name
  end
  return ("oneoff-%s-%d-%d"):format(session.plan.tag, index, number)
end

local function send_part(session, index, offset, number)
  local source, file = session.sources[index], session.report.files[index]
  local limit = session.plan.part_size
  local is_whole = source.size ~= nil and source.size <= limit
  local part, length = source:part(offset, limit, wire_name(session, index, number, is_whole))
  local result, message, code, detail = session.container:upload(part, {
    sha256 = true, timeout = session:budget(),
    on_progress = function(sent)
      session:emit("upload", {
        file = source.name, index = index, sent = offset + sent, total = source.size, part = number,
      })
    end,
  })
  if not result then
    return nil, message, code, detail
  elseif length and result.size ~= length then
    return fail(session.plan.who .. ": upload of " .. source.name, "io",
      ("%d bytes were sent, expected %d"):format(result.size, length))
  end
  session.manifest[index].parts[number] = { wire = part.name, sha256 = result.sha256 }
  file.parts, file.sha256 = number, is_whole and result.sha256 or nil
  file.size, file.seconds = file.size + result.size, file.seconds + (result.seconds or 0)
  return result.size
end

local function send_file(session, index)
  local source = session.sources[index]
  local file = { name = source.name, size = 0, seconds = 0, parts = 0, verified = false }
  session.report.files[index] = file
  session.manifest[index] = { name = source.name, parts = {} }
  session.doing = "uploading " .. source.name
  repeat
    local size, message, code, detail = send_part(session, index, file.size, file.parts + 1)
    if not size then
      return nil, message, code, detail
    end
    local has_more
    has_more, message, code = source:has_more(file.size)
    if has_more == nil then
      return fail(session.plan.who, code, message)
    end
  until not has_more
  local report = session.report
  report.bytes_uploaded = report.bytes_uploaded + file.size
  report.upload_seconds = report.upload_seconds + file.seconds
  session:emit("uploaded", {
    file = file.name, index = index, size = file.size, seconds = file.seconds, parts = file.parts,
    sha256 = file.sha256,
  })
  return true
end

--- Sends every file; each gets its place in `report.files`, and in `manifest` what the script needs
--- of it: { name, parts = { { wire, sha256 } } }.
---@return true|nil
---@return string? message
---@return string? code
---@return table? detail
function upload.files(session)
  for index = 1, #session.sources do
    local done, message, code, detail = send_file(session, index)
    if not done then
      return nil, message, code, detail
    end
  end
  return true
end

return upload

-- Shows what a task would do, as far as that is known before a container is requested.
-- SPDX-License-Identifier: MIT
local unpack_script = require "oneoff.task.unpack_script"
local local_files = require "oneoff.task.local_files"
local script = require "oneoff.task.script"
local upload = require "oneoff.task.upload"

local preview = {}

-- In place of what is random, or known only after the upload.
local NONCE, TAG, SUM = "NONCE-OF-THE-RUN", "TAG", "SHA-256-OF-THE-PART"

local function describe(file, plan)
  local sizes = file:part_sizes(plan.part_size)
  return {
    name = file.name, kind = file:kind(), size = file.size, parts = sizes, compress = file.compress,
    join = file.join,
    stands_as = file.join == false and unpack_script.part_name(file.name, 1):gsub("%d+$", "*")
      or file.name,
  }
end

-- A stream has one part here: how many it will have is not known.
local function manifest_entry(file, plan, index)
  local made = upload.manifest_entry(file)
  local sizes = file:part_sizes(plan.part_size) or { false }
  for number = 1, #sizes do
    local transit_name = upload.transit_name(file, TAG, index, number, #sizes == 1)
    made.parts[number] = { transit_name = transit_name, sha256 = SUM }
  end
  return made
end

--- The preview of a plan. It opens the files and requests nothing from the platform.
---@param plan table of options.lua
---@return table|nil preview as task.plan returns it
---@return string? message
---@return string? code io, limit, timeout, canceled
---@return table? detail
function preview.of(plan)
  local log = plan.log
  plan.log = nil -- a preview leaves no file behind
  local opened, message, code, detail = local_files.open(plan)
  plan.log = log
  if not opened then return nil, message, code, detail end
  local seen = { app = plan.app, size = plan.size, log = log, steps = {}, files = {} }
  local entries = {}
  for i, step in ipairs(plan.steps) do
    seen.steps[i] = { name = step.name, command = step.command }
  end
  for i, file in ipairs(plan.files) do
    seen.files[i], entries[i] = describe(file, plan), manifest_entry(file, plan, i)
  end
  local_files.close(opened)
  seen.script = script.build({
    nonce = NONCE, tag = TAG, keepalive = plan.keepalive, files = entries, steps = plan.steps,
  })
  return seen
end

return preview

-- The arguments of what both a client and a container offer, checked before anything is waited for.
-- SPDX-License-Identifier: MIT
--
-- Called by the public function itself and not in a tail call, as what check has. `first` is the
-- position of the first argument here.
local argcheck = require "oneoff.base.argcheck"
local source = require "oneoff.http.source"

local client_options = {}

local LEVEL = 4 -- argcheck's function, the one here, the public one, and then its caller

function client_options.poll(first, options)
  options = argcheck.options(first, options, { timeout = "number", on_status = "function" }, LEVEL)
  return options
end

---@return table checked source, table options
function client_options.upload(first, given, options)
  local checked = source.check(given, 3)
  return checked, argcheck.options(first + 1, options, { on_progress = "function",
    timeout = "number", sha256 = "boolean" }, LEVEL)
end

function client_options.attach(first, options)
  options = argcheck.options(first, options, { width = "number", height = "number",
    timeout = "number", idle_timeout = "number" }, LEVEL)
  if (options.width == nil) ~= (options.height == nil) then
    error("bad option 'width' (it goes with 'height')", LEVEL - 1)
  elseif options.width then
    argcheck.integer(first, "width", options.width, 1, 65535, LEVEL)
    argcheck.integer(first, "height", options.height, 1, 65535, LEVEL)
  end
  return options
end

---@return integer width, integer height
function client_options.resize(first, width, height)
  return argcheck.integer(first, "width", width, 1, 65535, LEVEL),
    argcheck.integer(first + 1, "height", height, 1, 65535, LEVEL)
end

function client_options.wait(first, options)
  options = argcheck.options(first, options, { timeout = "number" }, LEVEL)
  return options
end

return client_options

-- The arguments of what both a client and a container offer, checked before anything is waited for.
-- SPDX-License-Identifier: MIT
--
-- `first` is the position of the first argument here.
local argcheck = require "oneoff.base.argcheck"
local rule = require "oneoff.base.rule"
local source = require "oneoff.http.source"

local client_options = {}

local side = rule.integer(1, 65535) -- of a window, in characters

local poll_rule = { timeout = "number", on_status = "function" }
local upload_rule = { on_progress = "function", timeout = "number", sha256 = "boolean" }
local wait_rule = { timeout = "number" }
local attach_rule = rule.all({ width = side, height = side, timeout = "number",
  idle_timeout = "number" }, function(options)
  if options.width and not options.height then return "it goes with 'height'", ".width" end
  if options.height and not options.width then return "it goes with 'width'", ".height" end
end)

function client_options.poll(first, options)
  return argcheck.options(first, options, poll_rule)
end

---@return table checked source, table options
function client_options.upload(first, given, options)
  return source.check(given), argcheck.options(first + 1, options, upload_rule)
end

function client_options.attach(first, options)
  return argcheck.options(first, options, attach_rule)
end

---@return integer width, integer height
function client_options.resize(first, width, height)
  return math.floor(argcheck.argument(first, "width", width, side)),
    math.floor(argcheck.argument(first + 1, "height", height, side))
end

function client_options.wait(first, options)
  return argcheck.options(first, options, wait_rule)
end

return client_options

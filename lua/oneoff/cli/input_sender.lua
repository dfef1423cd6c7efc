-- Sends the input to a container's terminal: keys, or what comes through a pipe.
-- SPDX-License-Identifier: MIT
local descriptor = require "oneoff.descriptor"
local detach_key = require "oneoff.cli.detach_key"
local pipe = require "oneoff.cli.pipe"

local input_sender = {}

local KEYS = 4096 -- bytes read at a time from a keyboard

local HELP = "at the start of a line: %s detaches, %s types a single %s"

local function help_of(key)
  local prefix = key:sub(1, 1)
  return HELP:format(key, prefix:rep(2), prefix)
end

local senders = {}

function senders.keys(terminal, fd, options)
  local filter = options.detach and detach_key.new(options.detach)
  while true do
    local typed, _, code = descriptor.read(fd, KEYS)
    if code == "canceled" then return nil end
    if not typed then return "hung_up" end -- raw, a terminal has no other end
    local text, wish = typed, nil
    if filter then text, wish = filter:feed(typed) end
    if text ~= "" and not terminal:write(text) then return nil end
    if wish == "detach" then return "detached" end
    if wish == "help" then options.on_note(help_of(options.detach)) end
  end
end

function senders.pipe(terminal, fd, options)
  local send = options.is_exact and pipe.send or pipe.type
  send(terminal, fd, options.on_note)
end

-- The input of a wrapped command has ended already.
function senders.none(terminal, _, options)
  if not options.is_exact then terminal:eof() end
end

--- Sends it to its end.
---@param terminal oneoff.Terminal
---@param fd integer
---@param options { kind: "keys"|"pipe"|"none", is_exact: boolean, detach: string?,
---  on_note: fun(text: string) }
---@return "detached"|"hung_up"|nil reason why the container shall not go on
function input_sender.send(terminal, fd, options)
  return senders[options.kind](terminal, fd, options)
end

return input_sender

-- `oneoff list`, `stop` and `signal`: the containers that an application has.
-- SPDX-License-Identifier: MIT
local exact_command = require "oneoff.cli.exact_command"
local document = require "oneoff.cli.document"
local exit_line = require "oneoff.scalingo.exit_line"
local one_off = require "oneoff.scalingo.container"
local output = require "oneoff.cli.output"

local containers = {}

local SIGNALS = { USR1 = "SIGUSR1", USR2 = "SIGUSR2", SIGUSR1 = "SIGUSR1", SIGUSR2 = "SIGUSR2",
  ["10"] = "SIGUSR1", ["12"] = "SIGUSR2" }

--- What is wrong with these options together, or nil.
---@return string? misuse
function containers.misuse(args)
  if args.command == "signal" and not SIGNALS[args.SIGNAL] then
    return ("signal '%s': the platform sends only USR1 and USR2"):format(args.SIGNAL)
  elseif args.command == "stop" and not args.all and #args.CONTAINER == 0 then
    return "name a container, or use --all"
  elseif args.command == "stop" and args.all and #args.CONTAINER > 0 then
    return "name containers or use --all, not both"
  end
end

local function is_live(container)
  return container.state ~= "stopped" and container.state ~= "stopping"
end

local commands = {}

local function text(value)
  return type(value) == "string" and value or "-"
end

local function size_of(container)
  local size = container.container_size
  return text(type(size) == "table" and size.name or container.size)
end

function commands.list(context, found)
  local rows = { { "CONTAINER", "STATE", "SIZE", "CREATED", "ID", "COMMAND" } }
  local listed = document.list()
  for _, container in ipairs(found) do
    if context.args.all or container.type == "one-off" then
      local fields = { label = one_off.label_of(container), state = text(container.state),
        size = size_of(container), created_at = text(container.created_at),
        id = text(container.id),
        command = exact_command.unwrap(exit_line.unwrap(text(container.command))),
        type = text(container.type) }
      listed[#listed + 1] = fields
      rows[#rows + 1] = { fields.label, fields.state, fields.size, fields.created_at, fields.id,
        fields.command }
    end
  end
  if #listed == 0 and not context.output.is_json then
    context.output:note(("%s has no one-off containers"):format(context.app))
    return 0
  end
  return context.output:result({ command = "list", app = context.app, containers = listed },
    output.columns(rows))
end

-- The containers that are meant, or nil and the name that is none.
local function choose(context, found)
  local chosen, by_name = {}, {}
  for _, container in ipairs(found) do
    by_name[one_off.label_of(container)], by_name[text(container.id)] = container, container
    if context.args.all and container.type == "one-off" and is_live(container) then
      chosen[#chosen + 1] = container
    end
  end
  for _, name in ipairs(context.args.all and {} or context.args.CONTAINER) do
    if not by_name[name] then return nil, name end
    chosen[#chosen + 1] = by_name[name]
  end
  return chosen
end

local function each(context, found, verb, act)
  local chosen, unknown = choose(context, found)
  if not chosen then
    return context.output:failure(("%s has no container '%s'"):format(context.app, unknown),
      "not_found")
  end
  local done = document.list()
  for _, container in ipairs(chosen) do
    local ok, message, code, detail = act(container)
    if not ok then return context.output:failure(message, code, detail) end
    context.output:note(("%s: %s"):format(one_off.label_of(container), verb))
    done[#done + 1] = { label = one_off.label_of(container), id = container.id }
  end
  return context.output:result({ command = context.args.command, app = context.app,
    containers = done }, "")
end

function commands.stop(context, found)
  return each(context, found, "stopping", function(container)
    return context.account:stop(context.app, container.id)
  end)
end

function commands.signal(context, found)
  local signal = SIGNALS[context.args.SIGNAL]
  return each(context, found, signal .. " sent", function(container)
    return context.account:signal(context.app, container.id, signal)
  end)
end

--- Does what the command says.
---@return integer status
function containers.start(context)
  local found, message, code, detail = context.account:containers(context.app)
  if not found then return context.output:failure(message, code, detail) end
  return commands[context.args.command](context, found)
end

return containers

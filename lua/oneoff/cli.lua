-- The command line program `oneoff`: from its arguments to its exit status.
-- SPDX-License-Identifier: MIT
local stderr = require "oneoff.cli.stderr"

local cli = {}

-- A wrong address of the host should show at once. Later a lost connection is waited out.
local LOGIN_SECONDS = 5

local function print_error(text)
  stderr.write("oneoff: ", text, "\n")
end

-- An error that was raised, without its position in our sources.
local function without_position(problem)
  return (tostring(problem):gsub("^[^:\n]*:%d+: ", ""))
end

-- Finds the application and the account. Returns what is missing, or nil.
local function prepare(context, command)
  local settings = require "oneoff.cli.settings"
  context.settings = settings.read { app = context.args.app, region = context.args.region,
    remote = context.args.remote }
  local needs_app = command.needs ~= "account"
  local app = context.settings.app
  context.app = app and app.value
  if needs_app and not context.app and not context.args.apps then
    local late_app = require "oneoff.cli.late_app"
    local late = late_app.find(context.args.COMMAND)
    return "no application: name it with --app, SCALINGO_APP or a git remote 'scalingo'"
      .. (late and "; " .. late_app.explanation(late, context.args.command) or "")
  end
  if context.args.dry_run then return nil end
  local missing
  context.account, missing = settings.account(context.settings)
  return missing
end

local function start(context, module)
  -- login-check logs in by itself, to print more about a failure.
  local args = context.args
  if context.account and args.command ~= "login-check" then
    local ok, message, code, detail = context.account:login(context.login_timeout)
    if not ok and code ~= "rate_limited" then
      return context.output:failure(message, code, detail)
    end
  end
  return module.start(context)
end

local function run(context, command, module)
  local is_local = command.needs == "nothing" or module.is_local and module.is_local(context.args)
  local why = not is_local and prepare(context, command)
  if why then return context.output:failure(why, "invalid") end
  -- The children of popen inherit blocked signals: the settings were read before.
  if module.is_brief and module.is_brief(context.args) then
    return require("oneoff.sched.coroutines").run(module.start, context)
  end
  local number, status = require("oneoff.cli.signals").run(start, context, module)
  context.output.progress:clear()
  if context.account then context.account:close() end
  return status or number and 128 + number or 125
end

-- The status also where it was raised.
local function run_guarded(context, command, module)
  local ok, status = pcall(run, context, command, module)
  if ok then return context.output:settle(status) end
  context.output.progress:clear()
  if type(status) == "table" and status.status then return status.status end
  return context.output:failure(without_position(status), "invalid")
end

local function usage(name, misuse)
  local definition = require "oneoff.cli.definition"
  name = definition.command(name or "") and name .. " " or ""
  print_error(misuse)
  print_error(("see oneoff %s--help"):format(name))
  return definition.status.usage
end

local function main(argv)
  local parser = require "oneoff.cli.parser"
  local definition = require "oneoff.cli.definition"
  if #argv == 0 then
    io.stdout:write(parser.help(), "\n")
    return definition.status.usage
  end
  local args, misuse = parser.read(argv)
  local command = args and definition.command(args.command)
  local module = command and require("oneoff.cli." .. command.module)
  if not misuse and module.misuse then misuse = module.misuse(args) end
  if misuse then return usage(args and args.command or argv[1], misuse) end
  local context = { args = args, output = require("oneoff.cli.output").new(args),
    login_timeout = LOGIN_SECONDS }
  return require("oneoff.cli.ci").around(context, run_guarded, command, module)
end

--- Runs the program. Its manual says what it prints and how it ends.
---@param argv string[] the arguments of the program
---@return integer status for the exit
function cli.main(argv)
  local found, problem = pcall(require, "argparse")
  if not found then
    print_error("the Lua module argparse is missing (Debian: lua-argparse, LuaRocks: argparse): "
      .. tostring(problem):match("^[^\n]*"))
    return 125
  end
  local ok, status = pcall(main, argv)
  if not ok then print_error(without_position(status)) end
  stderr.finish()
  return ok and status or 125
end

return cli

-- The command line program `oneoff`: from its words to its exit status.
-- SPDX-License-Identifier: MIT
local cli = {}

-- For a host that is not there: who mistyped its address sits in front of it. Later on a lost
-- connection is waited out.
local LOGIN_SECONDS = 5

local function complain(text)
  io.stderr:write("oneoff: ", text, "\n")
end

-- An error that was raised, for a person: without the place in our sources.
local function said(problem)
  return (tostring(problem):gsub("^[^:\n]*:%d+: ", ""))
end

-- A command without the platform needs no login, and one without an application no name of it.
local function prepare(context, command)
  local settings = require "oneoff.cli.settings"
  context.settings = settings.read { app = context.given.app, region = context.given.region,
    remote = context.given.remote }
  local needs_app = command.needs ~= "account"
  local app = context.settings.app
  context.app = app and app.value
  if needs_app and not context.app and not context.given.apps then
    return "which application? -a APP, SCALINGO_APP, or a git remote 'scalingo'"
  end
  local why
  context.account, why = settings.account(context.settings)
  return why
end

local function start(context, module)
  -- login-check has more to say about what it did not reach.
  local given = context.given
  if context.account and not given.dry_run and given.command ~= "login-check" then
    local ok, message, code, detail = context.account:login(context.login_timeout)
    if not ok and code ~= "rate_limited" then
      return context.output:failure(message, code, detail)
    end
  end
  return module.start(context)
end

local function run(context, command, module)
  local why = command.needs ~= "nothing" and prepare(context, command)
  if why then return context.output:failure(why, "invalid") end
  -- Children of popen inherit what signals are blocked: the settings were read before that.
  if module.is_brief and module.is_brief(context.given) then
    return require("oneoff").run(module.start, context)
  end
  local number, status = require("oneoff.cli.signals").run(start, context, module)
  context.output.progress:clear()
  if context.account then context.account:close() end
  return status or number and 128 + number or 125
end

local function usage(words, misuse)
  local definition = require "oneoff.cli.definition"
  local name = definition.command(words[1] or "") and words[1] .. " " or ""
  complain(misuse)
  complain(("see oneoff %s--help"):format(name))
  return definition.status.usage
end

local function main(words)
  local parser = require "oneoff.cli.parser"
  local definition = require "oneoff.cli.definition"
  local given, misuse = parser.read(words)
  local command = given and definition.command(given.command)
  local module = command and require("oneoff.cli." .. command.module)
  if not misuse and module.misuse then misuse = module.misuse(given) end
  if misuse then return usage({ given and given.command or words[1] }, misuse) end
  local context = { given = given, output = require("oneoff.cli.output").new(given),
    login_timeout = LOGIN_SECONDS }
  local ok, status = pcall(run, context, command, module)
  if ok then return status end
  context.output.progress:clear()
  if type(status) == "table" and status.status then return status.status end
  return context.output:failure(said(status), "invalid")
end

--- Runs the program. What it prints and how it ends is in its manual.
---@param words string[] the parser of the program
---@return integer status for the exit
function cli.main(words)
  local found, problem = pcall(require, "argparse")
  if not found then
    complain("the Lua module argparse is missing (Debian: lua-argparse, LuaRocks: argparse): "
      .. tostring(problem):match("^[^\n]*"))
    return 125
  end
  local ok, status = pcall(main, words)
  if ok then return status end
  complain(said(status))
  return 125
end

return cli

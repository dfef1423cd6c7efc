-- Writes the manual page, in roff, from the definition.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"
local definition = require "oneoff.cli.definition"

local manual = {}

-- Text as roff prints it: no line of it is a request, and "-" is the one that is typed.
local function escape(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("~", "\\(ti"):gsub("…", "...")
  return (text:gsub("^([.'])", "\\&%1"):gsub("\n([.'])", "\n\\&%1"))
end

local function add(out, ...)
  for _, line in ipairs { ... } do out[#out + 1] = line end
end

local function sentence(text)
  return escape((text:gsub("^%l", string.upper))) .. "."
end

local function value_of(flag)
  if not flag.value then return "" end
  local value = "\\fI" .. escape(flag.value) .. "\\fR"
  return flag.is_optional and " [" .. value .. "]" or " " .. value
end

local function add_flag(out, name)
  local flag = definition.flags[name]
  local names = {}
  for alias in flag[1]:gmatch("%S+") do
    names[#names + 1] = "\\fB" .. escape(alias) .. "\\fR" .. value_of(flag)
  end
  local text = sentence(flag.text)
  if flag.choices then text = text .. " One of " .. table.concat(flag.choices, ", ") .. "." end
  if flag.many then text = text .. " It may be repeated." end
  add(out, ".TP", table.concat(names, ", "), text)
end

local function usage(command)
  if command.usage then return escape(command.usage) end
  local words = {}
  for _, operand in ipairs(command.operands) do
    local shape = ({ ["*"] = "[%s ...]", ["+"] = "%s ...", ["?"] = "[%s]" })[operand[2]] or "%s"
    words[#words + 1] = shape:format(operand[1])
  end
  return escape(table.concat(words, " "))
end

local function add_command(out, command)
  add(out, ".SS " .. escape(command[1]), "\\fBoneoff " .. escape(command[1]) .. "\\fR [options] "
    .. usage(command), ".PP", sentence(command[2]))
  if command.more then add(out, escape(command.more)) end
  if command.alias then
    add(out, "\\fB" .. escape(command.alias) .. "\\fR is another name of it.")
  end
  for _, operand in ipairs(command.operands) do
    add(out, ".TP", "\\fI" .. escape(operand[1]) .. "\\fR", sentence(operand[3]))
  end
  for _, name in ipairs(command.flags) do add_flag(out, name) end
  add(out, ".PP", #command.examples == 1 and "Example:" or "Examples:")
  for _, example in ipairs(command.examples) do
    add(out, ".TP", "\\fB" .. escape(example) .. "\\fR")
  end
end

local EXAMPLES = {
  { "oneoff run -a my-app bash", "Opens a shell in a container, on this terminal." },
  { "oneoff run -a my-app -f users.csv bin/import /tmp/uploads/users.csv",
    "Uploads a file, then runs a command that reads it." },
  { "oneoff restore -a my-app backup.tar.gz --check 'select count(*) from users' --expect 1250",
    "Restores a dump and checks what is in the database after it." },
  { "oneoff run -a my-app --json 'rake report' | jq .output",
    "Prints only the output of a command." },
  { "eval \"$(oneoff host -d)\"; oneoff run -a any ls",
    "Starts a local platform, and runs a command there." },
}

local function add_settings(out)
  add(out, ".SH ENVIRONMENT", "The order is: a flag, an environment variable, the git "
    .. "remote (the application and its region), the files of the platform's own client.")
  for _, setting in ipairs(definition.settings) do
    add(out, ".TP", "\\fB" .. escape(setting[1]) .. "\\fR", sentence(setting[2]))
  end
  add(out, ".SH FILES", ".TP", escape("~/.config/scalingo/auth"),
    "The login of the platform's own client. oneoff reads it and never writes it.", ".TP",
    escape("~/.config/scalingo/config.json"), "The region of that client.")
end

--- The page.
---@return string roff
function manual.text()
  local out = {}
  add(out, '.TH ONEOFF 1 "" "oneoff ' .. escape(core.version) .. '" "User Commands"', ".SH NAME",
    "oneoff \\- " .. escape(definition.summary), ".SH SYNOPSIS",
    "\\fBoneoff\\fR \\fIcommand\\fR [options] [operands]", ".SH DESCRIPTION",
    escape("Standard output has the output of the container, or the result of a command; with "
      .. "--json it has one JSON document. Everything else goes to standard error. The platform "
      .. "records commands and their output: do not put a secret into a command. oneoff never "
      .. "prints your token. The only files that it writes are logs: the log of a restore, in the "
      .. "temporary folder, which it removes when the restore succeeds; and the file of --log. "
      .. "When oneoff ends before the command does, it stops the container. oneoff run adds a "
      .. "comment such as # oneoff-1a2b3c4d to the command: when the answer of the platform is "
      .. "lost, it finds the container by this comment and stops it. Where "
      .. "its input or output is a pipe or a file, it adds a line before the command, which sets "
      .. "the terminal of the container; oneoff list does not show that line."), ".SH COMMANDS")
  for _, command in ipairs(definition.commands) do add_command(out, command) end
  add(out, ".SH OPTIONS", "Every command takes these options:")
  for _, name in ipairs(definition.output) do add_flag(out, name) end
  add(out, ".SH EXIT STATUS")
  for _, status in ipairs(definition.statuses) do
    add(out, ".TP", "\\fB" .. escape(status[1]) .. "\\fR", sentence(status[2]))
  end
  add_settings(out)
  add(out, ".SH EXAMPLES")
  for _, example in ipairs(EXAMPLES) do
    add(out, ".TP", "\\fB" .. escape(example[1]) .. "\\fR", escape(example[2]))
  end
  return table.concat(out, "\n") .. "\n"
end

--- Prints it.
---@return integer status
function manual.start(context)
  return context.output:result({}, manual.text())
end

return manual

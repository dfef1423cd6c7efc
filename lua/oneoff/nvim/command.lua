-- The subcommands of :Oneoff.
-- SPDX-License-Identifier: MIT
local config = require "oneoff.nvim.config"
local completion = require "oneoff.nvim.completion"
local database_names = require "oneoff.restore.database_names"

local command = {}

local LOG_LINES = 100 -- the latest ones, before new ones follow

-- Each gets a context: account, options, app, rest (the words after the application's name), bang,
-- mods. It returns what is wrong with its words, or nil.
local subcommands = {}
local arguments = { run = { "app" }, terminal = { "app" }, restore = { "app", "file", "database" },
  upload = { "app", "file…" }, list = { "app" }, stop = { "app", "container" }, logs = { "app" } }
local usage = { run = "{app} {command}", terminal = "[app] [command]",
  restore = "{app} {dump} [database]", upload = "{app} {file} ... [-- {command}]", list = "[app]",
  stop = "{app} {id}", logs = "[app]" }
local app_is_optional = { terminal = true, list = true, logs = true }

local function notify(message, level)
  vim.notify((message:gsub("%s*\n%s*", " ")), vim.log.levels[level], { title = "oneoff" })
end

local function spawn(fn)
  return require("oneoff.sched.coroutines").spawn(fn)
end

function subcommands.run(context)
  if context.rest == "" then return "a command is missing" end
  local buffer = require "oneoff.nvim.buffer"
  local cleaner = require("oneoff.task.strip_ansi").new()
  local view = buffer.open(("oneoff://%s/run"):format(context.app), context.mods)
  view:append(("%s$ %s\n"):format(context.app, context.rest))
  local process
  process = require("oneoff.nvim.process").start(context.rest, { app = context.app,
    account = context.account, stdout = function(_, data)
      view:append(data and cleaner:feed(data) or cleaner:finish())
    end }, function(result)
      local why = result.error and ": " .. result.error.message or ""
      view:append(("\n[oneoff: exit code %d%s]\n"):format(result.code, why))
      buffer.announce(view.buf, { kind = "run", app = context.app, code = result.code,
        container = process.container, message = result.error and result.error.message })
    end)
  buffer.on_close(view.buf, function() process:kill() end)
end

function subcommands.terminal(context)
  local shell = context.options.shell or "bash"
  require("oneoff.nvim.terminal").open { account = context.account, app = context.app,
    command = context.rest ~= "" and context.rest or shell, size = context.options.size,
    mods = context.mods }
end

local function missing_file(path)
  local found = (vim.uv or vim.loop).fs_stat(path)
  if not found then return "no such file: " .. path end
  if found.type == "directory" then return path .. " is a folder" end
end

function subcommands.upload(context)
  local text, line = " " .. context.rest .. " ", context.options.shell or "bash"
  local from, to = text:find("%s%-%-%s")
  if from and text:find("%S", to) then line = vim.trim(text:sub(to)) end
  local files = vim.tbl_map(completion.path, completion.split(text:sub(1, from)))
  if #files == 0 then return "a file is missing" end
  for _, path in ipairs(files) do
    local why = missing_file(path)
    if why then return why end
  end
  require("oneoff.nvim.terminal").open { account = context.account, app = context.app,
    command = line, size = context.options.size, mods = context.mods, files = files }
end

function subcommands.restore(context)
  local words = completion.split(context.rest)
  if #words == 0 or #words > 2 then return "a dump is needed, and at most a database" end
  local dump = completion.path(words[1])
  local database = words[2] or context.options.database
  if database and not database_names.resolve(database) then
    return ("no such database: %s (%s)"):format(database, database_names.TEXT)
  end
  local why = missing_file(dump)
  if why then return why end
  require("oneoff.nvim.restore").open { account = context.account, app = context.app, dump = dump,
    database = database, size = context.options.size, timeout = context.options.timeout,
    mods = context.mods, confirm = not context.bang }
end

local function row_of(container)
  local size = type(container.container_size) == "table" and container.container_size.name
  local name = container.label or container.type_index
    and ("%s-%.0f"):format(container.type, container.type_index) or container.type
  return ("%-36s  %-16s  %-10s  %-4s  %-25s  %s"):format(tostring(container.id), tostring(name),
    tostring(container.state), tostring(size or container.container_size or ""),
    tostring(container.created_at or ""), tostring(container.command or ""):gsub("%c", " "))
end

function subcommands.list(context)
  if context.rest ~= "" then return "only the name of an application is needed" end
  local view = require("oneoff.nvim.buffer").open(("oneoff://%s/list"):format(context.app),
    context.mods)
  view:set { context.app .. ": waiting for the platform …" }
  spawn(function()
    local list, message = context.account:containers(context.app)
    if not list then
      view:set { context.app .. ": " .. message }
      return
    end
    completion.remember_containers(context.app, list)
    local lines = { ("%s: %d container%s"):format(context.app, #list, #list == 1 and "" or "s") }
    for _, container in ipairs(list) do lines[#lines + 1] = row_of(container) end
    view:set(lines)
  end)
end

function subcommands.stop(context)
  local words = completion.split(context.rest)
  if #words ~= 1 then return "the id of one container is needed" end
  local id = completion.container_id(context.app, words[1])
  spawn(function()
    local stopped, message = context.account:stop(context.app, id)
    vim.schedule(function()
      notify(stopped and "oneoff: stopped " .. words[1] or "oneoff: " .. message,
        stopped and "INFO" or "ERROR")
    end)
  end)
end

local function follow(context, view)
  local lines, message, code, _ = context.account:logs(context.app,
    { follow = true, lines = LOG_LINES })
  while lines do
    local line
    line, message, code = lines()
    if not line then break end
    view:append(line .. "\n")
  end
  if code == "canceled" then return end
  view:append(("[oneoff: %s]\n"):format(message or "the log has ended"))
end

function subcommands.logs(context)
  if context.rest ~= "" then return "only the name of an application is needed" end
  local buffer = require "oneoff.nvim.buffer"
  local view = buffer.open(("oneoff://%s/logs"):format(context.app), context.mods)
  local task = spawn(function() follow(context, view) end)
  buffer.on_close(view.buf, function() task:cancel() end)
end

-- The application and what follows it, or nil and what is wrong.
local function read_app(name, options, text)
  local word, rest = completion.first(text)
  if not word and not app_is_optional[name] then return nil, "the application is missing" end
  local app = word
  if not word or word == "." then
    app = config.app(options)
    if not app then
      return nil, "no application: name it, or set vim.g.oneoff.app or SCALINGO_APP"
    end
  end
  completion.remember_app(app)
  return app, rest
end

local function execute(name, text, invocation)
  if not subcommands[name] then
    local names = vim.tbl_keys(subcommands)
    table.sort(names)
    return ("oneoff: %s (there are %s)"):format(
      name and "no such subcommand '" .. name .. "'" or "a subcommand is missing",
      table.concat(names, ", "))
  end
  local options, why = config.get()
  if not options then return why end
  local app, rest = read_app(name, options, text)
  local account
  if app then
    account, why = config.account(options)
    if not account then return why end
    why = subcommands[name] { account = account, options = options, app = app, rest = rest,
      bang = invocation.bang, mods = invocation.mods }
  else
    why = rest
  end
  return why and ("oneoff: %s (:Oneoff %s %s)"):format(why, name, usage[name])
end

--- Executes :Oneoff. An error is shown in one line.
---@param invocation { args: string, bang: boolean, mods: string }
function command.execute(invocation)
  local name, text = completion.first(invocation.args)
  local why = execute(name, text, invocation)
  if why then notify(why, "ERROR") end
end

--- The completions of the command line.
---@return string[]
function command.complete(lead, line, at)
  return completion.complete(arguments, lead, line, at)
end

return command

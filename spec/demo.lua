-- The demo: a real dump goes into a one-off container of this machine, is restored and checked.
-- SPDX-License-Identifier: MIT
--
-- Needs sqlite3, and oneoff-host as $ONEOFF_HOST. Ends with 0 only if every check was met.

local root = arg[0]:match("^(.*)spec/demo%.lua$") or "./"
package.path = root .. "?.lua;" .. package.path

local host = require "spec.demo.host"
local oneoff = require "oneoff"
local reports = require "oneoff.task.report"
local restore = require "oneoff.restore"
local scalingo = require "oneoff.scalingo"
local timezones = require "spec.demo.timezones"

local APP = "atlas"

local is_terminal = os.execute("test -t 1") == true
local colour = is_terminal and (os.getenv("NO_COLOR") or "") == ""
local is_utf8 = reports.is_utf8()

local function paint(code, text)
  return colour and ("\27[%sm%s\27[0m"):format(code, text) or text
end

local function line(label, ...)
  local gap = (" "):rep(12 - reports.width(label))
  print("  " .. paint("2", label) .. gap .. table.concat({ ... }))
end

local function title(text)
  print("\n" .. paint("1", text) .. "\n")
end

local function number(value)
  return (("%d"):format(value):reverse():gsub("(%d%d%d)(%d)", "%1 %2"):reverse())
end

local function capture(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- The source database, its dump, and answers of the source to compare the restored one with.
local function make_dump(folder)
  local statements, counts, version = timezones.statements()
  write(folder .. "/make.sql", statements)
  capture("cd " .. folder .. " && sqlite3 -bail source.db <make.sql "
    .. "&& sqlite3 source.db .dump >atlas.sql")
  local data = { path = folder .. "/atlas.sql", counts = counts, version = version, rows = 0 }
  for _, count in pairs(counts) do data.rows = data.rows + count end
  function data.ask(query)
    write(folder .. "/query.sql", query)
    return capture(("cd %s && sqlite3 -bail source.db <query.sql"):format(folder))
  end
  return data
end

local CHECKSUM = [[
select sum(offset * number), sum(length(abbreviation)), max(until) from eras
union all select sum(since * month), sum(until), group_concat(distinct letters) from rules
union all select sum(unicode(name) * length(name)), count(distinct code), max(name) from countries]]

local BEYOND_ASCII = "select name from countries where name glob '*[^ -~]*' order by name"

local function lines_of(text)
  local lines = {}
  for one in text:gmatch("[^\n]+") do lines[#lines + 1] = one end
  return lines
end

local function checks_of(data)
  local checks = {}
  for i, name in ipairs(timezones.tables) do
    checks[i] = {
      "select count(*) from " .. name, expect = data.counts[name], name = "rows of " .. name,
    }
  end
  checks[#checks + 1] = {
    "pragma foreign_key_check", expect = "^$", name = "every reference leads somewhere",
  }
  checks[#checks + 1] = {
    BEYOND_ASCII, expect = lines_of(data.ask(BEYOND_ASCII)), name = "names beyond ASCII",
  }
  checks[#checks + 1] = {
    CHECKSUM, expect = lines_of(data.ask(CHECKSUM)), name = "sums of all columns, as in the source",
  }
  checks[#checks + 1] = {
    "select abbreviation from eras where zone = 'Europe/Paris' order by number desc limit 1",
    expect = { "CE%sT" }, name = "the clock of Paris",
  }
  return checks
end

-- What happens, as it happens.
local show = {}

function show.container(event)
  line("container", event.label, " was asked for")
end

function show.ready(_, began)
  line("", "ready after ", reports.span(oneoff.now() - began))
end

function show.upload(event)
  if is_terminal and event.total and event.total > 0 then
    io.write(("\r  %s%3d %% of %s"):format((" "):rep(12), event.sent / event.total * 100,
      reports.size(event.total)), "\27[K")
    io.flush()
  end
end

function show.uploaded(event)
  io.write(is_terminal and "\r\27[K" or "")
  line("upload", event.file, ", ", reports.size(event.size), " in ", reports.span(event.seconds))
end

function show.verified(event)
  line("", "its SHA-256 is right in the container: ", event.file)
end

function show.step(event)
  if is_terminal then
    io.write("  ", paint("2", "running     "), event.name, "\27[K")
    io.flush()
  end
end

function show.step_done(event)
  io.write(is_terminal and "\r\27[K" or "")
  line(event.step.ok and "done" or "failed", event.name,
    paint("2", ", " .. reports.span(event.step.seconds)))
end

local function run_restore(account, data)
  local began = oneoff.now()
  local report, message, code, detail = restore.run(account, {
    app = APP, dump = data.path, database = "sqlite", checks = checks_of(data), timeout = 50,
    on_event = function(event)
      if show[event.type] then show[event.type](event, began) end
    end,
  })
  report = report or detail and detail.report
  if report then
    title("The report")
    io.write(reports.text(report, { colour = colour, utf8 = is_utf8 }))
  end
  if message then print("  " .. message .. " (" .. code .. ")") end
  return report and report.ok
end

local FIVE = [[
local token, url, dump = ...
local account = require("oneoff.scalingo").new { token = token, api_url = url, auth_url = url }
local report = assert(require("oneoff.restore").run(account, { app = "atlas", dump = dump,
  database = "sqlite", checks = { { "select count(*) from countries", expect = @COUNT@ } } }))
return report.ok, report.checks[1].output]]

local function run_five(local_host, data)
  local text = FIVE:gsub("@COUNT@", tostring(data.counts.countries))
  title("The same in five lines of Lua")
  for one in text:gmatch("[^\n]+") do print("  " .. one) end
  local ok, output = assert(load(text))(local_host.token, local_host.url, data.path)
  print("\n  " .. paint(ok and "32" or "31", (is_utf8 and "→ " or "-> ") .. tostring(ok) .. ", "
    .. ("%q"):format(output):gsub("\\\n", "\\n")))
  return ok
end

local function run_refusal(account, data)
  title("And where a check is not met")
  local wrong = data.counts.countries + 1
  local report = assert(restore.run(account, { app = APP, dump = data.path, database = "sqlite",
    checks = { { "select count(*) from countries", expect = wrong }, "select 'not asked'" },
    log = false,
  }))
  io.write(reports.text(report, { colour = colour, utf8 = is_utf8 }))
  return not report.ok and report.exit_code == 1
end

local function show_machine(local_host, data)
  line("data", "tzdata ", data.version, ", the world's time zones: ", number(data.rows), " rows, ",
    #timezones.tables .. " tables")
  local file = io.open(data.path, "rb")
  line("dump", "sqlite3 .dump, ", reports.size(file:seek("end")))
  file:close()
  line("platform", "oneoff-host at ", local_host.url, ", on this machine alone")
end

local function main(folder)
  local are_here, missing = timezones.are_here()
  if not are_here then
    io.stderr:write("The demo's data is missing, ", missing, ": please install tzdata.\n")
    return false
  end
  local data = make_dump(folder)
  local local_host = host.start {}
  local account = scalingo.new {
    token = local_host.token, api_url = local_host.url, auth_url = local_host.url,
  }
  title("A database goes into a one-off container, and is checked there")
  show_machine(local_host, data)
  title("As it happens")
  local ok = run_restore(account, data)
  ok = run_five(local_host, data) and ok
  ok = run_refusal(account, data) and ok
  local left = assert(account:containers(APP))
  title(ok and "Every check was as it should be." or "Not every check was as it should be.")
  line("left behind", number(#left), " containers")
  account:close()
  local_host.stop()
  return ok and #left == 0
end

local folder = capture("mktemp -d"):gsub("%s+$", "")
local ran, ok = xpcall(main, debug.traceback, folder)
os.execute("rm -rf " .. folder)
if not ran then io.stderr:write(tostring(ok), "\n") end
os.exit(ran and ok and 0 or 1, true)

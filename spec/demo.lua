-- `make demo`: a dump is uploaded, restored and checked in a one-off container, on this machine.
-- SPDX-License-Identifier: MIT
package.path = "spec/?.lua;" .. package.path

local host = require "demo.host"
local oneoff = require "oneoff"
local report = require "oneoff.task.report"
local restore = require "oneoff.restore"
local scalingo = require "oneoff.scalingo"
local world = require "demo.world"

local is_terminal = os.execute("test -t 1") == true
local style = { colour = is_terminal }

local function say(...)
  io.write(string.format(...), "\n")
  io.flush()
end

local function title(text)
  local bold = is_terminal and not os.getenv("NO_COLOR")
  say("\n%s%s%s\n", bold and "\27[1m" or "", text, bold and "\27[0m" or "")
end

local function heading_of(expected)
  return ("%d countries, %d cities, %d distances"):format(expected.countries, expected.cities,
    expected.distances)
end

-- What happens, as it happens: the report at the end says it again, with times.
local function narrator()
  local is_drawn = false
  local function line(...)
    if is_drawn then io.write("\n") end
    is_drawn = false
    say(...)
  end
  return function(event)
    if event.type == "container" then
      line("  asked for a container: %s", event.label)
    elseif event.type == "ready" then
      line("  it is ready")
    elseif event.type == "upload" and event.total and event.total > 0 then
      local share = event.sent / event.total
      local bar = ("#"):rep(math.floor(share * 30)) .. ("."):rep(30 - math.floor(share * 30))
      if is_terminal then
        io.write(("\r  upload [%s] %3d %%"):format(bar, share * 100))
        io.flush()
        is_drawn = true
      end
    elseif event.type == "uploaded" then
      line("  uploaded %s, %s", event.file, report.size(event.size))
    elseif event.type == "step" then
      line("  step %d: %s", event.index, event.name)
    elseif event.type == "exit" then
      line("  exit code %d", event.exit_code)
    end
  end
end

local function restore_and_check(account, path, expected)
  local restored = assert(restore.run(account, {
    app = "demo", dump = path, database = "sqlite", on_event = narrator(),
    checks = {
      { "select count(*) from country", expect = expected.countries },
      { "select count(*) from city", expect = expected.cities },
      { "select count(*) from distance", expect = expected.distances },
      { "select sum(km) from distance", expect = expected.km, name = "checksum of the distances" },
      { "select sum(people) from city", expect = expected.people, name = "checksum of the people" },
      { "select name from city where country = 'GE'", expect = "^თბილისი",
        name = "a name in its own script" },
      { "pragma foreign_key_check", expect = "^%s*$", name = "no foreign key is broken" },
    },
  }))
  title("The report")
  io.write(report.text(restored, style))
  return restored.ok
end

local FIVE_LINES = [[
local account = require("oneoff.scalingo").new()
local report = assert(require("oneoff.restore").run(account, {
  app = "demo", dump = "world.sql.gz", database = "sqlite",
  checks = { { "select count(*) from city", expect = CITIES } } }))
print(report.ok, report.exit_code)
]]

-- Runs the lines that are shown as a user's script: a process of its own, settings from outside.
local function same_in_five_lines(server, folder, expected)
  local shown = FIVE_LINES:gsub("CITIES", tostring(expected.cities))
  title("The same in five lines of Lua")
  io.write(((shown:gsub("([^\n]*)\n", "  %1\n"))))
  local script = assert(io.open(folder .. "/five.lua", "w"))
  script:write(shown)
  script:close()
  local command = ("cd '%s' && SCALINGO_API_URL=%s SCALINGO_AUTH_URL=%s SCALINGO_API_TOKEN=%s "
    .. "lua5.4 five.lua"):format(folder, server.url, server.url, server.token)
  local pipe = assert(io.popen(command))
  local printed = pipe:read("*a")
  local ok = pipe:close() and printed == "true\t0\n"
  say("\n  prints: %s", (printed:gsub("%s+", " ")))
  return ok
end

local function demonstrate(folder)
  local began = oneoff.now()
  title("oneoff " .. oneoff.version .. ": a dump restored and checked in a one-off container")
  local path, expected = world.dump(folder)
  say("  the dump: %s, made by sqlite3", heading_of(expected))
  local server = host.start { "--app", "demo" }
  say("  the platform: oneoff-host, at %s", server.url)
  local account = scalingo.new { token = server.token, api_url = server.url, auth_url = server.url }
  local ok = restore_and_check(account, path, expected)
  ok = same_in_five_lines(server, folder, expected) and ok
  server.stop()
  say("\n%s in %s.", ok and "Every check passed" or "A check FAILED",
    report.span(oneoff.now() - began))
  return ok
end

local function main()
  local pipe = assert(io.popen("mktemp -d"))
  local folder = pipe:read("*l")
  pipe:close()
  local ok, result = xpcall(demonstrate, debug.traceback, folder)
  os.execute("rm -rf '" .. folder .. "'")
  if not ok then io.stderr:write(tostring(result), "\n") end
  os.exit(ok and result and 0 or 1, true)
end

main()

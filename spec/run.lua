-- SPDX-License-Identifier: MIT
-- Runs the suites, several at a time, and adds up what they report: `make test`, or, after one,
-- `lua5.4 spec/run.lua NAME...` for the suites whose names begin so. Logs stay in build/log/.
--
-- A suite is one or more commands. What a command prints decides what counts: TAP that ends with
-- its plan, or a last line `N passed, N failed`; a command that promises neither is one check. Who
-- dies, or forgets the promised end, has failed, whatever was printed before.
local suites = require "spec.support.run_suites"

local LOG = "build/log/"
local WORKERS = tonumber(os.getenv("WORKERS")) or 5 -- on two cores: most specs mostly wait

local function read_file(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a")
  if file then file:close() end
  return text
end

local function write_file(path, mode, text)
  local file = assert(io.open(path, mode))
  file:write(text)
  file:close()
end

local function capture(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function now()
  return tonumber((read_file("/proc/uptime"):match("^%S+")))
end

local function count_tap(text)
  local total = { passed = 0, failed = 0, skipped = 0 }
  for line in text:gmatch("[^\n]+") do
    if line:find("^not ok ") then
      total.failed = total.failed + 1
    elseif line:find("^ok %d+ %- # SKIP") then
      total.skipped = total.skipped + 1
    elseif line:find("^ok ") then
      total.passed = total.passed + 1
    end
  end
  local plan = tonumber(text:match("\n1%.%.(%d+)\n") or text:match("^1%.%.(%d+)\n"))
  return total, plan ~= nil and plan == total.passed + total.failed + total.skipped
end

local function count_summary(text)
  local last = text:match("([^\n]*)\n*$")
  local passed, failed = last:match("^(%d+) passed, (%d+) failed")
  local skipped = last:match(", (%d+) skipped")
  local total = { tonumber(passed) or 0, tonumber(failed) or 0, tonumber(skipped) or 0 }
  return { passed = total[1], failed = total[2], skipped = total[3] }, passed ~= nil
end

local count = {
  tap = count_tap,
  summary = count_summary,
  status = function() return { passed = 0, failed = 0, skipped = 0 }, true end,
}

local function log_path(suite)
  return LOG .. suite.name:gsub("%W+", "-") .. ".log"
end

local function report_path(log)
  return (log:gsub("%.log$", ".report"))
end

-- Seconds of processor time, as sh's times prints them of its children in its second line.
local function processor_seconds(text)
  local seconds = 0
  for minutes, rest in (text:match("\n(.*)") or ""):gmatch("(%d+)m([%d.]+)s") do
    seconds = seconds + 60 * minutes + rest
  end
  return seconds
end

-- One command of a suite: its counts, and in the suite's log its output and, where it failed
-- silently, why it counts as failed.
local function run_command(suite, command, log)
  local out = log .. ".part"
  local line = "export REPORT=$PWD/%s TMPDIR=%s; "
    .. "env %s timeout --foreground -k 10 %d sh -c %s >%s 2>&1 </dev/null; s=$?; times >%s; exit $s"
  local ok, how, status = os.execute(line:format(report_path(log), suite.tmp, suite.env or "",
    suite.limit or 1200, quote("exec " .. command), out, out .. ".times"))
  local text = read_file(out) or ""
  local total, whole = count[suite.counts](text)
  if suite.counts == "status" then total[ok and "passed" or "failed"] = 1 end
  write_file(log, "ab", ("$ %s\n%s"):format(command, text))
  if total.failed == 0 and not (ok and whole) then
    total.failed = 1
    write_file(log, "ab", ("\nnot ok: %s %d%s\n"):format(how, status,
      whole and "" or ", before the end of its report"))
  end
  total.processor = processor_seconds(read_file(out .. ".times") or "")
  os.remove(out)
  os.remove(out .. ".times")
  return total
end

-- What a sanitizer or valgrind wrote, in whatever process of the suite: each report is a failure.
local function collect_reports(log)
  local reports = 0
  for path in capture("ls " .. report_path(log) .. ".* 2>/dev/null"):gmatch("[^\n]+") do
    local text = read_file(path)
    if text:find("%S") then
      reports = reports + 1
      write_file(log, "ab", ("\nnot ok: %s\n%s"):format(path, text))
    end
    os.remove(path)
  end
  return reports
end

-- What the library, the host and the scripts in containers name oneoff… has to be removed by them.
local function collect_left_behind(suite, log)
  local left = capture(("find %s -mindepth 1 -maxdepth 1 -name 'oneoff*'"):format(suite.tmp))
  os.execute("rm -rf " .. suite.tmp)
  if left == "" then return 0 end
  write_file(log, "ab", "\nnot ok: left behind\n" .. left)
  return 1
end

local function run_suite(suite)
  local log, began = log_path(suite), now()
  local sum = { passed = 0, failed = 0, skipped = 0, processor = 0 }
  os.remove(log)
  -- For everyone: the database of a spec runs as another user.
  suite.tmp = capture("d=$(mktemp -d) && chmod 1777 $d && printf %s $d")
  if suite.skip then
    sum.skipped = 1
    write_file(log, "wb", "skipped: " .. suite.skip .. "\n")
  end
  local commands = suite.commands or { suite.command }
  if #commands == 0 and not suite.skip then
    sum.failed = 1
    write_file(log, "wb", "not ok: there is nothing to run\n")
  end
  for _, command in ipairs(commands) do
    local total = run_command(suite, command, log)
    for kind in pairs(sum) do sum[kind] = sum[kind] + total[kind] end
  end
  sum.failed = sum.failed + collect_reports(log) + collect_left_behind(suite, log)
  write_file(log .. ".result", "wb", ("%d %d %d %.1f %.1f"):format(
    sum.passed, sum.failed, sum.skipped, now() - began, sum.processor))
  print(("%-6s %s%s"):format(sum.failed == 0 and "ok" or "FAILED", suite.name,
    suite.skip and " (skipped: " .. suite.skip .. ")" or ""))
end

local function result_of(suite)
  local text = read_file(log_path(suite) .. ".result") or "0 1 0 0 0"
  local passed, failed, skipped, seconds, processor = text:match("(%d+) (%d+) (%d+) (%S+) (%S+)")
  return tonumber(passed), tonumber(failed), tonumber(skipped), tonumber(seconds),
    tonumber(processor)
end

local function print_failures(chosen)
  for _, suite in ipairs(chosen) do
    local _, failed = result_of(suite)
    if failed > 0 then
      local log = log_path(suite)
      print(("\n--- %s: %s\n%s"):format(suite.name, log, read_file(log) or "it did not run"))
    end
  end
end

-- At the very end, where a reader of a long output looks first: which checks failed, and whose.
local function print_failed_checks(chosen)
  for _, suite in ipairs(chosen) do
    local _, failed = result_of(suite)
    local command = ""
    for line in (failed > 0 and read_file(log_path(suite)) or ""):gmatch("[^\n]+") do
      command = line:match("^%$ (.*)") or command
      if line:find("^not ok") then
        print(("\n%s: %s\n    of %s"):format(suite.name, line, command:sub(-100)))
      end
    end
  end
end

local function print_table(chosen)
  local row, sum = "%-28s %8s %8s %8s %8s %10s", { 0, 0, 0, 0, 0 }
  print("\n" .. row:format("suite", "passed", "failed", "skipped", "seconds", "processor"))
  for _, suite in ipairs(chosen) do
    local result = { result_of(suite) }
    for i, number in ipairs(result) do sum[i] = sum[i] + number end
    print(row:format(suite.name, result[1], result[2], result[3], ("%.0f"):format(result[4]),
      ("%.0f"):format(result[5])))
  end
  print(row:format("", "", "", "", ("%.0f"):format(sum[4]), ("%.0f"):format(sum[5])))
  print_failed_checks(chosen)
  print(("\n%d passed, %d failed%s"):format(sum[1], sum[2],
    sum[3] > 0 and (", %d skipped"):format(sum[3]) or ""))
  return sum[2] == 0
end

local function choose(names)
  local chosen = {}
  for _, suite in ipairs(suites) do
    local wanted = #names == 0
    for _, name in ipairs(names) do wanted = wanted or suite.name:sub(1, #name) == name end
    if wanted then chosen[#chosen + 1] = suite end
  end
  return chosen
end

if arg[1] == "--one" then
  for _, suite in ipairs(suites) do
    if suite.name == arg[2] then run_suite(suite) end
  end
  return
end

local chosen, names = choose(arg), {}
for i, suite in ipairs(chosen) do names[i] = quote(suite.name) end
os.execute(("mkdir -p %s && rm -f %s*"):format(LOG, LOG))
os.execute(("printf '%%s\\0' %s | xargs -0 -n1 -P%d lua5.4 spec/run.lua --one"):format(
  table.concat(names, " "), WORKERS))
print_failures(chosen)
os.exit(print_table(chosen) and #chosen > 0)

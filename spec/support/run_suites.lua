-- SPDX-License-Identifier: MIT
-- The suites of spec/run.lua, those that take long by themselves first. Of each: name; command or
-- commands; counts: what the output of a command promises ("tap", "summary" or "status"); env;
-- limit: seconds; skip: why it is not run. $REPORT is where a sanitizer or valgrind writes what it
-- found.
local function lines(command)
  local all, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do all[#all + 1] = line end
  pipe:close()
  return all
end

local root = lines("pwd")[1]
local suites = {}

local function suite(fields)
  suites[#suites + 1] = fields
end

local function paths(version, host)
  return ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;' LUA_CPATH='%s/build/%s/?.so;;' "
    .. "ONEOFF_HOST=%s/build/%s"):format(root, root, root, version, root, host or "oneoff-host")
end

local function tagged(tag)
  return lines(("grep -rl '#%s' spec --include='*_spec.lua' | sort"):format(tag))
end

local ALL = lines("find spec -name '*_spec.lua' | sort")

-- Whose C they are for: a dump's scanners run in awk, in processes of their own.
local WITH_C = lines("find spec -name '*_spec.lua' ! -path 'spec/restore/*' | sort")

-- All but most of the faults, which mostly wait, and what mostly runs programs: for suites that are
-- many times slower, and for the Luas that differ little from another one.
local FEWER = lines("ls -d spec/*_spec.lua spec/base/*_spec.lua spec/sched/*_spec.lua "
  .. "spec/loop/*_spec.lua spec/http/*_spec.lua spec/client/*_spec.lua spec/scalingo/*_spec.lua "
  .. "spec/task/*_spec.lua spec/platform/*_spec.lua spec/lua/*_spec.lua "
  .. "spec/faults/stream_spec.lua spec/faults/upload_spec.lua "
  .. "| grep -v -e task/upload -e semaphore -e fleet")
-- The library without the tasks' shell.
local CORE = {}
for _, file in ipairs(FEWER) do
  if not file:find("^spec/task/") and not file:find("^spec/platform/") then
    CORE[#CORE + 1] = file
  end
end

-- A command for the files of each folder: each test is followed by two cycles of the collector,
-- which take the longer the more is loaded. Specs with the tag hosts start interpreters of their
-- own: once is enough, see their suites.
local function specs(interpreter, options, files)
  local commands, of = {}, {}
  for _, file in ipairs(files or ALL) do
    local folder = file:match("^(.*)/")
    if not of[folder] then
      commands[#commands + 1] = folder
      of[folder] = {}
    end
    table.insert(of[folder], file)
  end
  for i, folder in ipairs(commands) do
    commands[i] = ("%s /usr/bin/busted -o TAP --helper=spec/support/helper.lua %s %s"):format(
      interpreter, options or "--exclude-tags=hosts", table.concat(of[folder], " "))
  end
  return commands
end

local function c_tests(prefix, folder, but)
  return lines(("find %s/test -type f ! -name '*.d' %s 2>/dev/null | sort | sed 's!^!%s!'"):format(
    folder, but or "", prefix))
end

-- Children inherit these: the host writes its reports to the same place.
local PATIENT = " ONEOFF_PATIENCE=6 "
local asan = PATIENT .. "ASAN_OPTIONS=log_path=$REPORT:detect_stack_use_after_return=1 "
  .. "UBSAN_OPTIONS=log_path=$REPORT:print_stacktrace=1 "
  .. "LSAN_OPTIONS=print_suppressions=0:suppressions=" .. root .. "/spec/support/run_lsan.supp"
local tsan = PATIENT .. "TSAN_OPTIONS=log_path=$REPORT:suppressions=" .. root
  .. "/spec/support/run_tsan.supp"
local valgrind = "valgrind -q --fair-sched=try --error-exitcode=99 --leak-check=full "
  .. "--show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=30 "
  .. "--log-file=$REPORT.%p "

-- gcc 12's ThreadSanitizer stops where the kernel places memory more randomly than it expects.
local tsan_prefix, tsan_skip
if not os.execute("build/tsan/lua /dev/null 2>/dev/null") then
  tsan_prefix = "setarch -R "
  if not os.execute("setarch -R build/tsan/lua /dev/null 2>/dev/null") then
    tsan_skip = "ThreadSanitizer does not start on this kernel, see vm.mmap_rnd_bits"
  end
end

local function tsan_suite(name, counts, commands)
  suite { name = name, counts = counts, env = paths "tsan/5.4" .. " " .. tsan, skip = tsan_skip,
    commands = tsan_skip and {} or commands }
end

local nvims = "nvim " .. table.concat(lines("ls " .. root .. "/build/neovim/nvim 2>/dev/null"))
suite { name = "specs, ASan and UBSan", counts = "tap",
  env = paths("asan/5.4", "asan/oneoff-host") .. " " .. asan,
  commands = specs("build/asan/lua", nil, WITH_C) }
suite { name = "specs, lua5.4", counts = "tap", commands = specs "lua5.4",
  env = paths "5.4" .. " ONEOFF_PATIENCE=3" } -- beside other suites
-- The specs that run once: the files that match first, and for the last what no other has.
local once = tagged "hosts"
for _, of in ipairs { { "limits", "/limits" }, { "hosts, Neovim", "/nvim/" },
  { "hosts, nginx", "/nginx/" }, { "program", "/cli/" }, { "hosts, loops", "/loop/" },
  { "once", "" } } do
  local files = {}
  for i = #once, 1, -1 do
    if once[i]:find(of[2], 1, true) then table.insert(files, 1, table.remove(once, i)) end
  end
  suite { name = of[1], counts = "tap", commands = specs("lua5.4", "--tags=hosts", files),
    env = paths "5.4" .. " ONEOFF_PATIENCE=3 ONEOFF_NVIMS='" .. nvims .. "'" }
end
suite { name = "specs, collector always on", counts = "tap",
  env = paths "5.4" .. PATIENT .. "ONEOFF_GC=1", commands = specs("lua5.4", nil, CORE) }
tsan_suite("specs, TSan", "tap", specs((tsan_prefix or "") .. "build/tsan/lua", nil, CORE))
suite { name = "specs, valgrind", counts = "tap", env = paths "5.4",
  commands = specs(valgrind .. "lua5.4", "--tags=short", tagged "short") }
for _, lua in ipairs { "lua5.3", "lua5.1", "luajit" } do
  -- What waits for the platform's faults waits alike in all of them.
  suite { name = "specs, " .. lua, counts = "tap", commands = specs(lua, nil, FEWER),
    env = paths(lua:match("%d%.%d") or "5.1") .. " ONEOFF_PATIENCE=3" }
end

suite { name = "C tests, valgrind", counts = "summary", limit = 900,
  -- These two take minutes there, and are for the threads, which ThreadSanitizer sees better.
  commands = c_tests(valgrind, "build", "! -name storm ! -name exit") }
tsan_suite("C tests, TSan", "summary", c_tests(tsan_prefix or "", "build/tsan"))
suite { name = "C tests, ASan and UBSan", counts = "summary", env = asan,
  commands = c_tests("", "build/asan"), limit = 600 }
suite { name = "C tests", counts = "summary", commands = c_tests("", "build"), limit = 600 }

for _, check in ipairs { "tidy", "format", "lua", "files" } do
  suite { name = "lint, " .. check, counts = "status", command = "make -sk lint-" .. check }
end
suite { name = "packages", counts = "tap", command = "sh spec/support/run_packages.sh" }
return suites

-- SPDX-License-Identifier: MIT
-- What every spec is run with: after each, what it left behind is a failure (an open descriptor, a
-- live child). With ONEOFF_GC=1 the collector runs all the time.
local busted = require "busted"
local lfs = require "lfs"

-- Long steps of the collector, one after the other and at every KiB: some thousand whole cycles a
-- second, at any allocation, for a tenth of the speed.
if os.getenv "ONEOFF_GC" == "1" then
  collectgarbage("incremental", 0, 400, 10)
  collectgarbage("setpause", 0)
end

local current = "?"

-- The descriptors of this process by number, with what each is: "socket:[4711]".
local function descriptors()
  local open = {}
  for name in lfs.dir("/proc/self/fd") do
    local target = lfs.symlinkattributes("/proc/self/fd/" .. name, "target")
    -- The folder that is being read is itself among them.
    if target and not target:find("^/proc/%d+/fd$") then open[name] = target end
  end
  return open
end

local function children()
  local alive = {}
  for task in lfs.dir("/proc/self/task") do
    local file = io.open("/proc/self/task/" .. task .. "/children")
    if file then
      for pid in file:read("*a"):gmatch("%d+") do
        local comm = io.open("/proc/" .. pid .. "/comm")
        alive[pid] = comm and comm:read("*l") or "gone"
        if comm then comm:close() end
      end
      file:close()
    end
  end
  return alive
end

-- The new ones, where there are more than before.
local function added(before, after, what)
  local found, more = {}, 0
  for _ in pairs(before) do more = more - 1 end
  for key, value in pairs(after) do
    more = more + 1
    if before[key] ~= value then found[#found + 1] = ("%s %s (%s)"):format(what, key, value) end
  end
  table.sort(found)
  return more > 0 and found or {}
end

local open_before, children_before

busted.subscribe({ "test", "start" }, function(element)
  current = element.name
  return nil, true
end)

busted.before_each(function()
  open_before, children_before = descriptors(), children()
end)

-- The engine keeps its thread and connections for the next call; a new one has none yet.
local function renew_engine()
  local scheduler = package.loaded["oneoff.sched.scheduler"]
  if scheduler then
    scheduler.engine():close()
    scheduler.engine()
  end
end

busted.after_each(function()
  renew_engine()
  collectgarbage()
  collectgarbage()
  local left = added(open_before, descriptors(), "descriptor")
  for _, child in ipairs(added(children_before, children(), "child")) do left[#left + 1] = child end
  if #left > 0 then
    error(("%q left behind: %s"):format(current, table.concat(left, ", ")), 0)
  end
end)

-- A server's process: started without privileges in a folder of its own, and ended with it.
-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local programs = require "spec.restore.servers.programs"
local pty = require "spec.task.pty"

local process = {}

--- What a command prints, without the end of its last line.
function process.capture(command)
  return (host.capture(command):gsub("%s+$", ""))
end
local capture = process.capture

local is_root = capture("id -u") == "0"
local NOBODY = "setpriv --reuid=nobody --regid=nogroup --clear-groups "
-- For that process alone, a folder that only root may enter has nothing in it but the programs
local OPEN = [[unshare --mount sh -c 'mkdir -p "$3" && mount --bind "$1" "$3" && mount -t tmpfs \
  -o mode=755 none "$2" && mkdir -p "$1" && mount --move "$3" "$1" && shift 3 && exec "$@"' sh ]]

local function may_enter(folder)
  return capture(NOBODY .. "test -x " .. folder .. " && echo yes") == "yes"
end

-- The first of the folders above a path that nobody may enter.
local function closed_folder(path)
  for place in path:gmatch("()/") do
    local folder = path:sub(1, place)
    if not may_enter(folder) then return folder end
  end
end

--- What stands before a program so that it runs as a user without privileges: some servers refuse
--- to be root, and none should be.
---@param bin string the folder of the program
---@param folder string the server's
function process.as_user(bin, folder)
  if not is_root then return "" end
  local tree, closed = programs.unpacked(bin), closed_folder(bin .. "/")
  if not closed then return NOBODY end
  return ("%s %s %s %s/tree "):format(OPEN, tree, closed, folder) .. NOBODY
end

--- A port that was free a moment ago: no server tells which one it got for 0.
function process.free_port()
  return tonumber(capture("lua5.4 -e 'local s = assert(require(\"socket\").bind(\"127.0.0.1\", 0)) "
    .. "print((select(2, s:getsockname())))'"))
end

--- An empty folder of that user's, and the function that removes it.
function process.folder()
  local folder, remove = pty.folder()
  os.execute("chmod 755 " .. folder)
  if is_root then os.execute("chown nobody " .. folder) end
  return folder, remove
end

--- Runs a command to its end; what it says is the error where it fails.
function process.run(folder, command)
  local done = os.execute(("cd %s && { %s; } >%s/said 2>&1 </dev/null"):format(folder, command,
    folder))
  assert(done == true or done == 0, pty.read(folder .. "/said"))
end

--- Starts a server, until `ready` succeeds; process.stop ends it.
function process.start(folder, command, ready)
  os.execute(("cd %s && { exec %s; } >log 2>&1 </dev/null & echo $! >%s/pid"):format(folder,
    command, folder))
  local done = os.execute(("for i in $(seq 300); do { %s; } >/dev/null 2>&1 && exit 0; kill -0 "
    .. "$(cat %s/pid) 2>/dev/null || exit 1; sleep 0.1; done; exit 1"):format(ready, folder))
  assert(done == true or done == 0, pty.read(folder .. "/log"))
end

--- Ends it. One that ended and waits for its parent to look is over.
---@param signal string "QUIT": PostgreSQL's own children go with it
function process.stop(folder, signal)
  os.execute(("pid=$(cat %s/pid); kill -s %s $pid; while kill -0 $pid && ! grep -q ') Z ' "
    .. "/proc/$pid/stat; do sleep 0.02; done 2>/dev/null"):format(folder, signal))
end

return process

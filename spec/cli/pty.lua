-- SPDX-License-Identifier: MIT
-- A person at a real terminal: a screen of tmux, with a server of its own, in which a shell runs.
local host = require "spec.support.host"

local pty = {}

local SECONDS = 30

local pty_methods = {}
local pty_mt = { __index = pty_methods }

local counter = 0

function pty_methods:tmux_(words)
  return host.capture(("tmux -L %s -f /dev/null %s 2>&1"):format(self.server_, words))
end

--- A screen in which `sh` runs the script; what it says to `see` must be looked for before it ends.
---@param script string
---@param size { columns: integer, rows: integer }?
function pty.start(script, size)
  counter = counter + 1
  local self = setmetatable({ folder = host.folder() }, pty_mt)
  self.server_ = "oneoff-" .. self.folder:match("[^/]+$") .. counter
  local file = assert(io.open(self.folder .. "/script", "w"))
  file:write("D=", host.quote(self.folder), "\n", script, "\nexec sleep 600\n")
  file:close()
  self:tmux_(("new-session -d -x %d -y %d 'exec sh %s/script'"):format(
    size and size.columns or 100, size and size.rows or 30, self.folder))
  return self
end

function pty_methods:type(text)
  self:tmux_("send-keys -l " .. host.quote(text))
end

function pty_methods:press(keys)
  self:tmux_("send-keys " .. keys)
end

function pty_methods:resize(columns, rows)
  self:tmux_(("resize-window -x %d -y %d"):format(columns, rows))
end

function pty_methods:screen()
  return self:tmux_("capture-pane -p")
end

--- Looks until the pattern is on the screen, and gives its captures.
function pty_methods:see(pattern)
  local deadline, text = os.time() + SECONDS, ""
  while os.time() < deadline do
    text = self:screen()
    local found = { text:match(pattern) }
    if found[1] then return (table.unpack or unpack)(found) end -- luacheck: ignore 143
    os.execute("sleep 0.03")
  end
  error(("no %q on the screen:\n%s"):format(pattern, text), 2)
end

--- Looks until the file of that name in the folder has a line, and gives it.
function pty_methods:line_of(name)
  local deadline = os.time() + SECONDS
  while os.time() < deadline do
    local file = io.open(self.folder .. "/" .. name)
    local line = file and file:read("*l")
    if file then file:close() end
    if line then return line end
    os.execute("sleep 0.03")
  end
  error("no line in " .. name, 2)
end

function pty_methods:stop()
  self:tmux_("kill-server")
  host.remove(self.folder)
end

return pty

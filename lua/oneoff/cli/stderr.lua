-- Prints on standard error for a person: what goes wrong there changes nothing else.
-- SPDX-License-Identifier: MIT
local stderr = {}

local STDERR = 2
local MOST = 64 * 1024 -- bytes that wait for a slow reader; older ones are dropped

local pending = ""

-- A closed pipe raises no SIGPIPE in core.write, and a full one does not block it. (The core is
-- loaded here: --help starts without it, and the error may be that it cannot be loaded.)
local function push()
  local ok, core = pcall(require, "oneoff.core")
  if not ok then return stderr.finish() end
  while pending ~= "" do
    local count = core.write(STDERR, pending, 1)
    if count == nil then pending = "" end -- nobody reads it
    if not count then return end
    pending = pending:sub(count + 1)
  end
end

--- Writes the texts. It never fails and never waits: what a slow reader does not take at once is
--- written with the next text, or by `finish`.
---@param ... string
function stderr.write(...)
  pcall(function(...)
    pending = (pending .. table.concat { ... }):sub(-MOST)
    push()
  end, ...)
end

--- Writes what is left, and waits for a slow reader. Signals must not be blocked any more.
function stderr.finish()
  local text = pending
  pending = ""
  if text ~= "" then io.stderr:write(text) end
end

local is_told = false

--- The function without its result and its errors, for what only prints: an error in it is printed
--- once, and must not end what it was to tell of. It must not wait.
---@param fn function
---@return function
function stderr.guarded(fn)
  return function(...)
    local ok, problem = pcall(fn, ...)
    if ok or is_told then return end
    is_told = true
    stderr.write("oneoff: a text could not be printed: ", tostring(problem), "\n")
  end
end

return stderr

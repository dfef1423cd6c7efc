-- Brings errors about on real servers, for the specs of causes.
-- SPDX-License-Identifier: MIT
local assert = require "luassert"
local causes = require "oneoff.restore.causes"
local host = require "spec.support.host"
local pty = require "spec.task.pty"

local scene = {}

local proven = {}

--- The output is that of this cause.
function scene.is_cause(database, name, output)
  local cause = causes.find(database, output)
  assert.is_table(cause, "no cause is known of: " .. output)
  assert.equal(name, cause.name, output)
  proven[database .. " " .. cause.pattern] = true
end

--- The patterns of a database that decided in no spec so far.
function scene.unproven(database)
  local found = {}
  for _, one in ipairs(causes.patterns(database)) do
    if not proven[database .. " " .. one.pattern] then
      found[#found + 1] = one.name .. ": " .. one.pattern
    end
  end
  return found
end

--- What the command prints when it reads the text.
function scene.run(folder, command, text)
  pty.write(folder .. "/in", text)
  return host.capture(("{ %s; } <%s/in 2>&1"):format(command, folder))
end

--- Waits for what another process does: until `fn` returns something.
function scene.wait_for(fn)
  for _ = 1, 300 do
    local found = fn()
    if found then return found end
    os.execute("sleep 0.02")
  end
  error("it did not come about", 2)
end

--- A connection that stays, and is told one line after the other.
function scene.session(command)
  local path = os.tmpname()
  local pipe = assert(io.popen(("{ %s; } >%s 2>&1; cat >/dev/null"):format(command, path),
    "w"))
  local self = {}

  function self.write(text)
    pipe:write(text, "\n")
    pipe:flush()
  end

  function self.output()
    return pty.read(path)
  end

  --- Waits until it printed these words, or an error.
  function self.wait(words)
    scene.wait_for(function()
      local text = self.output()
      return text:find(words, 1, true) or text:find("ERROR", 1, true) or text:find("FATAL", 1, true)
    end)
    return self
  end

  --- Ends it: everything it printed.
  function self.close()
    pipe:close()
    local text = pty.read(path)
    os.remove(path)
    return text
  end

  return self
end

--- Each of two sessions waits for the other one; one of them is told, and what it printed returned.
---@param open fun(): table
---@param texts string[] the first's lock, the second's lock, then the second's, the first's wish
---@param is_waiting fun(): boolean whether one of the server's sessions waits
function scene.deadlock(open, texts, is_waiting)
  local one, other = open(), open()
  one.write(texts[1])
  one.wait("locked")
  other.write(texts[2])
  other.wait("locked")
  other.write(texts[3])
  scene.wait_for(is_waiting)
  one.write(texts[4])
  local first, second = one.close(), other.close()
  return first:lower():find("deadlock", 1, true) and first or second
end

return scene

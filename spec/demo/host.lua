-- Starts an oneoff-host of its own and ends it with the program, whatever happens to it.
-- SPDX-License-Identifier: MIT
local host = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function capture(command)
  local pipe = assert(io.popen(command, "r"))
  local line = pipe:read("*l")
  pipe:close()
  return line
end

--- Starts $ONEOFF_HOST with the flags. It ends when the pipe to its standard input is closed: by
--- stop, or by the kernel at our end.
---@param flags string[]
---@return { url: string, token: string, pid: integer, stop: fun() }
function host.start(flags)
  local program = os.getenv("ONEOFF_HOST") or "oneoff-host"
  local folder = capture("mktemp -d")
  local ready = folder .. "/ready"
  assert(capture("mkfifo -m 600 " .. ready .. " && echo made") == "made")
  local words = { "exec", quote(program), "--stdin-guard" }
  for _, flag in ipairs(flags or {}) do words[#words + 1] = quote(flag) end
  local pipe = assert(io.popen(table.concat(words, " ") .. " >" .. ready, "w"))
  local file = assert(io.open(ready))
  local line = file:read("*l")
  file:close()
  os.execute("rm -r " .. folder)
  if not line then
    pipe:close()
    error("the local host did not start: " .. program, 2)
  end
  return {
    url = line:match('"url":%s*"([^"]*)"'), token = line:match('"token":%s*"([^"]*)"'),
    pid = tonumber(line:match('"pid":%s*(%d+)')),
    stop = function()
      pipe:close()
    end,
  }
end

return host

-- Runs a shell script on a real terminal and gives what came out of it, for specs.
-- SPDX-License-Identifier: MIT
local pty = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

function pty.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a")
  if file then file:close() end
  return text
end

--- A folder of the spec's own, and the function that removes it.
function pty.folder()
  local pipe = assert(io.popen("mktemp -d", "r"))
  local path = pipe:read("*l")
  pipe:close()
  return path, function()
    os.execute("rm -rf " .. quote(path))
  end
end

--- Runs the text as `shell FILE` on a terminal; `typed` is what is typed there at once. Returns the
--- terminal's bytes and the exit code.
---@param text string
---@param opts { folder: string, shell: string?, typed: string?, env: string?, wrap: string? }
function pty.run(text, opts)
  local folder = opts.folder
  write(folder .. "/script", text)
  write(folder .. "/typed", opts.typed or "")
  local command = ("%s %s %s/script"):format(opts.env or "", opts.shell or "sh", folder)
  -- The typed text ends only when the script does: its end would be typed as a key of its own.
  os.execute(("{ cat %s/typed; while [ -e %s/script ]; do sleep 0.05; done; } 2>/dev/null | "
    .. "ONEOFF_UPLOADS=%s TMPDIR=%s script -qfec %s /dev/null >%s/output 2>&1 </dev/stdin"):format(
    folder, folder, folder, folder, quote(command .. "; c=$?; rm " .. folder .. "/script; echo $c >"
      .. folder .. "/code; exit $c"), folder))
  return pty.read(folder .. "/output"), tonumber(pty.read(folder .. "/code"))
end

pty.write, pty.quote = write, quote
return pty

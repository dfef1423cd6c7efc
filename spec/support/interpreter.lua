-- SPDX-License-Identifier: MIT
-- The Lua that runs the specs, for the programs that a spec starts.
local lfs = require "lfs"

-- The first word of the command line, of whatever folder the program is started in.
local least = 0
while arg[least - 1] do least = least - 1 end
local path = arg[least]

return path:find("^[^/]+/") and lfs.currentdir() .. "/" .. path or path

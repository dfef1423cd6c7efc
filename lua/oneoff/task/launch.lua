-- Writes the command of a task's container, which runs the uploaded script only as it was sent.
-- SPDX-License-Identifier: MIT
--
-- The command is fixed before the files are sent, and the script holds their checksums: so the
-- script carries its own, in its first line. Of a script with one byte more, fewer or other nothing
-- runs: the command prints a frame `fail script`, as for a damaged file (see script.lua).
local core = require "oneoff.core"

local launch = {}

--- Sets sha256 to a program that prints the checksum of its input, or to nothing: shell. openssl is
--- first, for it takes a fifth of the time.
launch.FIND_SHA256 = "sha256=; for s in 'openssl dgst -sha256 -r' sha256sum 'shasum -a 256'; do "
  .. "command -v ${s%% *} >/dev/null 2>&1 && { sha256=$s; break; }; done"

local COMMAND = [=[@FIND@; fail() { printf "[oneoff:%s fail %s 0]\n" @NONCE@ "$1"; exit 74; }; ]=]
  .. [=[[ "$sha256" ] || fail nosum; f=/tmp/uploads/@NAME@; IFS= read -r sum <$f || fail script; ]=]
  .. [=[got=$(tail -n +2 $f | $sha256); [ "$sum" = "#${got%% *}" ] || fail script; exec sh $f]=]

--- The command, a line for the shell. The nonce in it makes no frame when it is printed.
---@param name string of the script in the container
---@param nonce string
---@return string
function launch.command(name, nonce)
  local line = COMMAND:gsub("@(%u+)@", { FIND = launch.FIND_SHA256, NONCE = nonce, NAME = name })
  return "sh -c '" .. line:gsub("'", "'\\''") .. "'"
end

--- The script with its checksum.
---@param text string
---@return string
function launch.seal(text)
  return "#" .. core.sha256(text) .. "\n" .. text
end

return launch

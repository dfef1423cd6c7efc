-- Writes what makes a container fetch the archive of a backup: an address in a file, a script.
-- SPDX-License-Identifier: MIT
--
-- Whoever has the address can download the backup: it stands in an uploaded file, which curl reads
-- and which is removed then, and in no command, environment or output. The archive becomes the one
-- part of a dump (see reading.lua), as if it had been sent.

local dump = require "oneoff.restore.dump"
local shell_quote = require "oneoff.base.shell_quote"
local url = require "oneoff.base.url"

local fetch = {}

--- Exit code where the address is refused (EX_NOPERM): another one may be good.
fetch.EXPIRED = 77

--- The name of the file with the address.
fetch.CONFIG = "oneoff-backup.curl"

-- A backup does not cross a network in clear, also where its download is redirected.
local CONFIG = [=[
url = "%s"
silent
show-error
location
max-redirs = 5
proto = "=%s"
proto-redir = "=%s"
connect-timeout = 30
speed-limit = 1
speed-time = 60
]=]

-- What curl says may have the address in it.
local FETCH = [=[
address=$ONEOFF_UPLOADS/@CONFIG@ place=$ONEOFF_UPLOADS/@PART@ size=@SIZE@
end_fetch() {
  rm -f "$address" "$place" "$address.said"
  printf '%s\n' "$2"
  exit "$1"
}
command -v curl >/dev/null 2>&1 || end_fetch @UNAVAILABLE@ \
  "the container has no curl to fetch the backup: send it from here (option 'via': here)"
tries=1
while :; do
  status=$(curl -q -K "$address" -o "$place" -w '%{http_code}' 2>"$address.said")
  code=$?
  case $code:$status in
    0:200) break ;;
    0:401|0:403|0:404|0:410)
      end_fetch @EXPIRED@ "the address of the backup is refused ($status): it is too old" ;;
    23:*) end_fetch @FAILED@ "the container cannot write the backup: is its disk full?" ;;
  esac
  said=$(tail -n 1 "$address.said" | sed 's|[a-z]*://[^ ]*|(address)|g')
  [ "$tries" -lt 3 ] || end_fetch @FAILED@ "fetching the backup failed: ${said:-status $status}"
  sleep "$tries"
  tries=$((tries + 1))
done
rm -f "$address" "$address.said"
got=$(($(wc -c <"$place")))
[ -z "$size" ] || [ "$got" -eq "$size" ] || end_fetch @INVALID@ \
  "$got bytes of the backup came, and the platform says that it has $size"
[ "$(od -An -tx1 -N2 "$place" | tr -d ' \n')" = 1f8b ] ||
  end_fetch @INVALID@ 'the backup is no gzip file'
echo "fetched the backup, $got bytes"
]=]

--- What curl reads.
---@param address string as url.parse takes it
---@return string
function fetch.config(address)
  local scheme = url.parse(address).scheme
  local protocols = scheme == "https" and "https" or "http,https"
  return CONFIG:format(address:gsub('[\\"]', "\\%0"), protocols, protocols)
end

--- The script, which ends where the archive is there, whole by its size.
---@param name string of the dump
---@param size number? bytes that it should have
---@return string
function fetch.script(name, size)
  local is_known = type(size) == "number" and size > 0
  return (FETCH:gsub("@(%u+)@", {
    CONFIG = fetch.CONFIG, PART = shell_quote(name .. ".part.0001"),
    SIZE = is_known and ("%.0f"):format(size) or "", EXPIRED = tostring(fetch.EXPIRED),
    UNAVAILABLE = tostring(dump.UNAVAILABLE), FAILED = tostring(dump.FAILED),
    INVALID = tostring(dump.INVALID),
  }))
end

return fetch

-- Writes the command that locks the database for as long as the container lives.
-- SPDX-License-Identifier: MIT
--
-- A connection of its own holds an advisory lock of the server, from before anything is changed
-- until the container ends, whatever ends it: two restores into one database would mix. Now and
-- then it asks something, so that no proxy takes it for dead. Where the lock cannot be asked for
-- the restore goes on, and says so: what is wrong with the connection it says better.

local lock = {}

--- Exit code where another restore has the lock (EX_TEMPFAIL).
lock.BUSY = 75

local UNLOCKED = "the database could not be locked: another restore could begin meanwhile"

local LOCK = [=[
who=$(printf '%s %s' "${APP:-}" "${CONTAINER:-$(hostname)}" | tr -cd 'A-Za-z0-9 ._-' | cut -c 1-60)
since=$(date -u '+%Y-%m-%d %H:%M:%S UTC')
feed() {
  printf '%s\n' "$1"
  # Without a pause it is the pipe, full of what is to come, that makes it wait.
  while printf '%s\n' "$2"; do [ "$3" = 0 ] || sleep "$3"; done
}
( @HOLD@
) </dev/null >"$work/lock" 2>/dev/null &
holder=$!
waited=0
while [ ! -s "$work/lock" ] && [ "$waited" -lt 300 ] && kill -0 "$holder" 2>/dev/null; do
  sleep 0.1 2>/dev/null || sleep 1
  waited=$((waited + 1))
done
case $(head -n 1 "$work/lock") in
  held) echo 'no other restore can begin in this database meanwhile' ;;
  busy*)
    kill "$holder" 2>/dev/null
    printf 'another restore is at work in this database: %s\n' \
      "$(sed -n '1s/^busy *//p' "$work/lock")"
    exit @BUSY@ ;;
  *) echo '@UNLOCKED@' ;;
esac
]=]

--- The command, or nothing where the database has no such lock.
---@param recipe table of one database
---@param opts table of restore.run
---@return string
function lock.command(recipe, opts)
  if not recipe.lock_command then return "" end
  return "\n" .. (LOCK:gsub("@(%u+)@", {
    HOLD = recipe.lock_command(opts), BUSY = tostring(lock.BUSY), UNLOCKED = UNLOCKED,
  }))
end

--- What one should know of the lock; nil where it was held, or nobody else has the database.
---@param recipe table
---@param output string of the step with the command
---@return string?
function lock.remark(recipe, output)
  if recipe.lock_command then return output:find(UNLOCKED, 1, true) and UNLOCKED or nil end
  if recipe.is_private then return nil end
  return ("%s has no lock for a restore: see that no other one runs meanwhile"):format(recipe.title)
end

return lock

-- How a MongoDB database is restored and checked, with the client programs in the container.
-- SPDX-License-Identifier: MIT
--
-- Each collection of the dump is dropped and made anew; it stops at the first error, and what was
-- done before stays. A dump is an archive (mongodump --archive, also with --gzip) or a folder of
-- collections, which comes as a tar archive and is unpacked onto the container's disk.

local address = require "oneoff.restore.address"

local mongodb = {
  title = "MongoDB",
  kinds = { "mongo_archive", "mongo_folder" },
  tools = { "mongorestore" },
  fetch = "mongo",
  variable = "SCALINGO_MONGO_URL",
  schemes = "mongodb://*|mongodb+srv://*",
}

-- The address is a word of YAML in a file: an argument would be for all to see.
local CONNECT = [=[
options=$(mktemp) || exit 74
trap 'rm -rf "$options" "$options.js" "$ONEOFF_UPLOADS/.oneoff-restore/folder"' EXIT
printf 'uri: "%s"\n' "$(printf '%s' "$url" | sed 's/[\\"]/\\&/g')" >"$options"
]=]

local RESTORE = [=[
set -- --config "$options" --drop --stopOnError
if [ "$kind" = mongo_archive ]; then
  stream | mongorestore "$@" --archive
else
  mkdir "$work/folder" && stream | tar -xf - -C "$work/folder" || exit 74
  first=$(find "$work/folder" -name '*.bson*' | head -n 1)
  case $first in *.gz) set -- "$@" --gzip ;; esac
  mongorestore "$@" --dir "$(dirname "$(dirname "$first")")"
fi]=]

local CHECK = [=[
shell=$(command -v mongosh || command -v mongo) || {
  echo 'the container has no mongosh'
  exit 69
}
{ printf 'db = connect(%s);\n' "$(sed 's/^uri: //' "$options")"; cat; } >"$options.js"
"$shell" --quiet --nodb --file "$options.js"]=]

mongodb.misuse = address.misuse
mongodb.where = address.where

--- The command that restores the stream of dump.stream_functions.
---@return string
function mongodb.restore_command(opts)
  return address.url(mongodb, opts) .. CONNECT .. RESTORE
end

--- The command that reads JavaScript and prints what it prints.
---@return string
function mongodb.check_command(opts)
  return address.url(mongodb, opts) .. CONNECT .. CHECK
end

--- What went wrong, from what the program says.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function mongodb.failure(output)
  return { message = output:match("Failed: ([^\n]*)") or output:match("(error[^\n]*)") }
end

return mongodb

-- How a MongoDB database is restored and checked, with the client programs in the container.
-- SPDX-License-Identifier: MIT
--
-- Each collection of the dump is dropped and made anew; it stops at the first error, and what was
-- done before stays. A dump is an archive (mongodump --archive, also with --gzip) or a folder of
-- collections, which comes as a tar archive and is unpacked onto the container's disk. Whatever the
-- database was called, it is restored into the one of the address; an archive of several would be
-- put together there, a folder of several is refused.

local database_url = require "oneoff.restore.database_url"
local dump = require "oneoff.restore.dump"

local mongodb = {
  title = "MongoDB",
  kinds = { "mongo_archive", "mongo_folder" }, scanners = {},
  tools = { "mongorestore" },
  fetch = "mongo",
  variable = "SCALINGO_MONGO_URL",
  schemes = "mongodb://*|mongodb+srv://*",
}

-- An address is a word of YAML or JavaScript in a file: an argument would be for all to see.
local CONNECT = [=[
umask 077
options=$(mktemp) || exit 74
trap 'rm -rf "$options" "$options.js" "$ONEOFF_UPLOADS/.oneoff-restore/folder"' EXIT
word() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
]=]

-- mongorestore takes a database in the address for the only one of the dump to restore: it is taken
-- out there, and stays where the user is known.
local RESTORE = [=[
set -- --config "$options" --drop --stopOnError
query= rest=${url#*://}
case $rest in *\?*) query=${rest#*\?} rest=${rest%%\?*} ;; esac
case $rest in */?*)
  database=${rest#*/}
  case "&$query" in
    *'&authSource='*) ;;
    *) query="authSource=$database${query:+&$query}" ;;
  esac
  set -- "$@" --nsExclude 'admin.*' --nsExclude 'config.*' --nsExclude 'local.*' \
    --nsFrom '$from$.$name$' --nsTo "$database.\$name\$" ;;
esac
printf 'uri: ' >"$options"
word "${url%%://*}://${rest%%/*}/${query:+?$query}" >>"$options"
if [ "$kind" = mongo_archive ]; then
  stream | mongorestore "$@" --archive
else
  mkdir "$work/folder" && stream | tar -xf - -C "$work/folder" || exit 74
  find "$work/folder" -name '*.bson*' ! -name 'oplog.bson*' ! -path '*/admin/*' \
    ! -path '*/config/*' ! -path '*/local/*' >"$work/list"
  read -r first <"$work/list" || { echo 'the folder holds no database'; exit @INVALID@; }
  folder=$(dirname "$first")
  if grep -qvF "$folder/" "$work/list"; then
    echo 'the folder holds several databases, expected was one'
    exit @INVALID@
  fi
  case $first in *.gz) set -- "$@" --gzip ;; esac
  mongorestore "$@" --dir "$(dirname "$folder")"
fi]=]

local CHECK = [=[
shell=$(command -v mongosh || command -v mongo) || {
  echo 'the container has no mongosh'
  exit 69
}
{ printf 'db = connect(%s);\n' "$(word "$url")"; cat; } >"$options.js"
"$shell" --quiet --nodb "$options.js"]=]

mongodb.misuse = database_url.misuse
mongodb.where = database_url.where

--- The command that restores the stream of reading.prelude.
---@return string
function mongodb.restore_command(opts)
  return database_url.url(mongodb, opts) .. CONNECT
    .. RESTORE:gsub("@INVALID@", tostring(dump.INVALID))
end

--- The command that reads JavaScript and prints what it prints.
---@return string
function mongodb.check_command(opts)
  return database_url.url(mongodb, opts) .. CONNECT .. CHECK
end

--- What went wrong, from what the program says.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function mongodb.failure(output)
  return { message = output:match("Failed: ([^\n]*)") or output:match("(error[^\n]*)") }
end

return mongodb

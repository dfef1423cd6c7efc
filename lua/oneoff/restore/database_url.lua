-- Reads a database's address in the container, where alone it is known, into its parts.
-- SPDX-License-Identifier: MIT
--
-- It is never printed, nor an argument of a program: `ps` shows those.
local dump = require "oneoff.restore.dump"

local database_url = {}

-- scheme://user:password@host:port/path?query; what is percent-encoded is decoded. (mawk knows no
-- hexadecimal numbers.)
local PARSE = [=[
url=@URL@
case $url in
@SCHEMES@
  '') echo @MISSING@; exit @UNAVAILABLE@ ;;
  *) echo @WRONG@; exit @UNAVAILABLE@ ;;
esac
decode() {
  printf '%s' "$1" | LC_ALL=C awk '{
    while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
      high = index("0123456789abcdef", tolower(substr($0, RSTART + 1, 1))) - 1
      low = index("0123456789abcdef", tolower(substr($0, RSTART + 2, 1))) - 1
      printf "%s%c", substr($0, 1, RSTART - 1), 16 * high + low
      $0 = substr($0, RSTART + 3)
    }
    printf "%s", $0
  }'
}
scheme=${url%%:*} rest=${url#*://} user= password= port=
query=${rest#*\?}
[ "$query" != "$rest" ] || query=
rest=${rest%%\?*}
case $rest in
  */*) database=$(decode "${rest#*/}") rest=${rest%%/*} ;;
  *) database= ;;
esac
case $rest in
  *@*) user=${rest%@*} rest=${rest##*@} ;;
esac
case $user in
  *:*) password=$(decode "${user#*:}") user=${user%%:*} ;;
esac
user=$(decode "$user")
case $rest in
  \[*\]:*) port=${rest##*:} rest=${rest%:*} ;;
  \[*) ;;
  *:*) port=${rest##*:} rest=${rest%:*} ;;
esac
rest=${rest#\[}
host=$(decode "${rest%\]}")
]=]

--- What is wrong with the option that names the variable, or nil; the option's name too.
---@return string? problem
---@return string? name
function database_url.misuse(opts)
  local name = opts.url_variable
  if name ~= nil and (type(name) ~= "string" or not name:find("^[%a_][%w_]*$")) then
    return "the name of an environment variable expected", "url_variable"
  elseif opts.target ~= nil then
    return "the database is where url_variable says", "target"
  end
  return nil
end

local function quoted(text)
  return "'" .. text .. "'"
end

--- Sets url, or ends the step: recipe.variable is the platform's, recipe.schemes are patterns of
--- sh.
---@param recipe table
---@param opts table
---@return string
function database_url.url(recipe, opts)
  local name = opts.url_variable
  return (PARSE:match("^.-\nesac\n"):gsub("@(%u+)@", {
    UNAVAILABLE = tostring(dump.UNAVAILABLE),
    URL = name and ("${%s:-}"):format(name)
      or ("${%s:-${DATABASE_URL:-}}"):format(recipe.variable),
    SCHEMES = "  " .. recipe.schemes .. ") ;;",
    MISSING = quoted(("the container has no %s: does the application have a %s database?"):format(
      name or recipe.variable .. " and no DATABASE_URL", recipe.title)),
    WRONG = quoted((name or recipe.variable .. " or DATABASE_URL") .. " is no address of "
      .. recipe.title),
  }))
end

--- Sets url, scheme, user, password, host, port, database and query.
---@return string
function database_url.parts(recipe, opts)
  return database_url.url(recipe, opts) .. PARSE:match("\nesac\n(.*)$")
end

--- The name under which the restored database is spoken of.
---@return string
function database_url.where(recipe, opts)
  return "$" .. (opts.url_variable or recipe.variable)
end

return database_url

-- URLs: parsing, joining, and whether one stays on this machine.
-- SPDX-License-Identifier: MIT
local url = {}

---@class oneoff.Url
---@field scheme "http"|"https"
---@field authority string host and port as written
---@field host string lower case, without the brackets of an IPv6 address
---@field path string begins with "/"; the query is in it, a fragment is not

--- Parses a URL. One with a user or password in it is refused: those end up in logs.
---@param text string
---@return oneoff.Url|nil parsed, string? why
function url.parse(text)
  if text:find("[%c%s\127]") then return nil, "an address has no spaces or control characters" end
  local scheme, authority, path = text:match("^(%a+)://([^/?#]+)([^#]*)")
  scheme = scheme and scheme:lower()
  if scheme ~= "http" and scheme ~= "https" then
    return nil, "an http:// or https:// address expected"
  end
  if authority:find("@", 1, true) then
    return nil, "an address with a user or password in it is refused"
  end
  local host = authority:match("^%[([%x:.]+)%]:?%d*$") or authority:match("^([^:%[%]]+):?%d*$")
  if not host then return nil, "an address with a host expected" end
  if path:sub(1, 1) ~= "/" then path = "/" .. path end
  return { scheme = scheme, authority = authority, host = host:lower(), path = path }
end

---@param parsed oneoff.Url
function url.text(parsed)
  return parsed.scheme .. "://" .. parsed.authority .. parsed.path
end

--- The URL of something below another one; the query stays at the end.
---@param parsed oneoff.Url
---@param name string
function url.below(parsed, name)
  local path, query = parsed.path:match("^([^?]*)(.*)$")
  return { scheme = parsed.scheme, authority = parsed.authority, host = parsed.host,
    path = path:gsub("/$", "") .. "/" .. name .. query }
end

--- Whether what is sent there stays on this machine.
---@param parsed oneoff.Url
function url.is_loopback(parsed)
  local host = parsed.host
  if host == "localhost" or host == "::1" then return true end
  local a, b, c = host:match("^127%.(%d+)%.(%d+)%.(%d+)$")
  -- "127.0.0.999" is no address: it would be looked up as a name.
  return a ~= nil and tonumber(a) < 256 and tonumber(b) < 256 and tonumber(c) < 256
end

--- A segment of a path: all bytes but the unreserved ones as %XX (RFC 3986, 2.3).
function url.escape(text)
  return (text:gsub("[^%w%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

return url

-- Downloads the archive of a backup to a file, and verifies it.
-- SPDX-License-Identifier: MIT
--
-- The token is in the address, so a redirect is followed: no credential of ours goes with it. The
-- file has its name only when it is whole; before, it is beside it with the ending ".part", and
-- nobody else may read it.
local child = require "oneoff.child"
local failure = require "oneoff.base.failure"
local http_response = require "oneoff.http.response"
local retry = require "oneoff.http.retry"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"
local url = require "oneoff.base.url"

local download = {}

local MOST_REDIRECTS = 5
local WHAT = "download"

--- What an address leads to. A backup does not cross a network in clear.
---@param address string
---@return oneoff.Url|nil, string? message, string? code, table? detail
function download.target(address)
  local target = url.parse(address)
  if not target then
    return failure(WHAT, "protocol", "the platform names no address of the backup")
  elseif target.scheme ~= "https" and not url.is_loopback(target) then
    return failure(WHAT, "tls", "a backup is not downloaded in clear over the network: "
      .. target.host .. " must be asked over https")
  end
  return target
end

-- Where a redirect leads to.
local function moved(target, head)
  local place = http_response.new(302, head, "").headers.location or ""
  if place:find("^/[^/]") then
    place = target.scheme .. "://" .. target.authority .. place
  end
  return download.target(place)
end

local function is_redirect(status)
  return status == 301 or status == 302 or status == 303 or status == 307 or status == 308
end

-- Writes what comes to the file.
local function receive(transfer, file, state)
  while true do
    local chunk, message, code, detail = scheduler.try(transfer:id(), nil, transfer.read, transfer)
    if not chunk then return not message, message, code, detail end
    scheduler.count_bytes(#chunk)
    local ok, problem = file:write(chunk)
    if not ok then return nil, problem, "io" end
    state.received = state.received + #chunk
    if state.on_progress then
      safe_call.callback(function() transfer:close() end, state.on_progress, state.received,
        state.size)
    end
  end
end

-- True; or the address that it moved to; or nil, message, code, detail.
local function exchange(transfer, transport, target, file, state)
  local status, head, code, detail = scheduler.try(transfer:id(), scheduler.now()
    + transport.timeout, transfer.opened, transfer)
  if not status then return nil, head, code, detail end
  if is_redirect(status) then return moved(target, head) end
  if status ~= 200 then
    local _, message
    _, message, code, detail = http_response.fail(WHAT, http_response.new(status, head, ""))
    return nil, message, code, detail
  end
  return receive(transfer, file, state)
end

local function send(transport, target, file, state)
  local transfer, message, code, detail = scheduler.engine():request(transport:route {
    method = "GET", url = url.text(target), stream = true, stall_timeout = transport.stall_timeout,
    headers = { "User-Agent: " .. transport.user_agent } })
  if not transfer then return nil, message, code, detail end
  local ok, found
  ok, found, message, code, detail = safe_call.call(exchange, transfer, transport, target, file,
    state)
  transfer:close()
  if not ok then error(found, 0) end
  return found, message, code, detail
end

-- Writes the file from its beginning.
local function fetch(transport, target, file, state)
  state.received = 0
  file:seek("set", 0)
  for _ = 1, MOST_REDIRECTS do
    local found, message, code, detail = send(transport, target, file, state)
    if not found then
      message = message:gsub("^" .. WHAT .. ": ", "")
      return transport:failure(WHAT .. ": " .. message, code, detail)
    end
    if found == true then return true end
    target = found
  end
  return failure(WHAT, "protocol", "too many redirects")
end

local expired = { unauthorized = true, forbidden = true, not_found = true }

-- An address lives for a while: one that is refused is asked for once more.
local function fetch_anew(transport, address_of, file, state)
  local ok, message, code, detail
  for _ = 1, 2 do
    local address
    address, message, code, detail = address_of()
    if not address then return nil, message, code, detail end
    local target = download.target(address)
    ok, message, code, detail = retry.run(WHAT,
      { span = transport.retry_timeout, may_repeat = retry.is_transient },
      function() return fetch(transport, target, file, state) end)
    if ok or not expired[code] then break end
  end
  return ok, message, code, detail
end

-- Runs a program to its end: true, or nil and why not.
local function run(command)
  local process, message, code = child.start(command)
  if not process then return failure(WHAT, code, message) end
  local more
  repeat more, message, code = process:read() until not more
  local status, errors
  if not message then status, errors, code = process:wait() end
  process:close()
  if status == 0 then return true end
  if status then return nil, errors, "io" end
  return failure(WHAT, code, message or errors)
end

local MAKE = 'umask 077; rm -f -- "$1" && : >"$1"'

local function open(path)
  local ok, message = run { "sh", "-c", MAKE, "sh", path }
  local file, problem
  if ok then file, problem = io.open(path, "wb") end
  if file then return file end
  return failure(WHAT, "io", problem or message)
end

--- What is wrong with an archive that arrived, or true.
---@param path string
---@param size number? bytes that it should have
---@param received integer
---@return true|nil, string? message, string? code, table? detail
local function verify(path, size, received)
  if type(size) == "number" and size > 0 and size ~= received then
    return failure(WHAT, "invalid", ("%d bytes came, and the platform says that the backup has %d")
      :format(received, size), { size = received, expected = size })
  end
  if not child.has "gzip" then return true end
  local ok, message, code = run { "gzip", "-t", input = path }
  if ok then return true end
  if code ~= "io" then return nil, message, code, {} end
  return failure(WHAT, "invalid", "the archive is no gzip file, or is damaged")
end

local function close(file)
  local ok, message = file:close()
  if ok then return true end
  return failure(WHAT, "io", message)
end

--- Downloads it.
---@param transport oneoff.Transport
---@param address_of fun(): string?, string?, string?, table? asked again where it is too old
---@param place { path: string, size: number?, on_progress: function? }
---@return integer|nil size, string? message, string? code, table? detail
function download.to_file(transport, address_of, place)
  local part = place.path .. ".part"
  local state = { size = place.size, on_progress = place.on_progress, received = 0 }
  local file, message, code, detail = open(part)
  if not file then return nil, message, code, detail end
  local returned, ok
  returned, ok, message, code, detail = safe_call.call(fetch_anew, transport, address_of, file,
    state)
  local closed, why, word, about = close(file)
  if returned and ok and not closed then ok, message, code, detail = nil, why, word, about end
  if returned and ok then
    ok, message, code, detail = verify(part, place.size, state.received)
  end
  if returned and ok then ok, message = os.rename(part, place.path) end
  if returned and ok then return state.received end
  os.remove(part)
  if not returned then error(ok, 0) end
  return nil, message, code or "io", detail or {}
end

return download

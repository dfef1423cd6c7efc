-- Requests to oneoff-host without the library: what the specs of the local platform ask with curl.
-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local json = require "cjson"

local requests = {}

--- curl's answer: the status, the body as text, the head. What is given as input is its standard
--- input.
function requests.curl(arguments, input)
  local words = { "curl -s -i --compressed --max-time 20" }
  for _, argument in ipairs(arguments) do words[#words + 1] = host.quote(argument) end
  local command = table.concat(words, " ")
  if input then command = "printf %s " .. host.quote(input) .. " | " .. command end
  local text = host.capture(command)
  local head, body = text:match("^(.-)\r\n\r\n(.*)$")
  assert(head, "no answer: " .. command)
  return tonumber(head:match("^HTTP/1.1 (%d+)")), body, head
end

--- A bearer token of the platform.
function requests.bearer(server)
  local status, body = requests.curl { "-X", "POST", "-u", ":" .. server.token, "-d", "{}",
    server.url .. "/v1/tokens/exchange" }
  assert(status == 200, "no bearer token")
  return json.decode(body).token
end

--- A request to the API: the status, the decoded body, the head. The body is sent as it is.
function requests.api(server, bearer, method, path, body)
  local arguments = { "-X", method, "-H", "Authorization: Bearer " .. bearer }
  if body then
    arguments[#arguments + 1] = "--data-binary"
    arguments[#arguments + 1] = "@-"
  end
  arguments[#arguments + 1] = server.url .. path
  local status, text, head = requests.curl(arguments, body)
  return status, text ~= "" and json.decode(text) or nil, head
end

--- Starts a detached container and gives its label.
function requests.run_detached(server, bearer, app, command)
  local status, answer = requests.api(server, bearer, "POST", "/v1/apps/" .. app .. "/run",
    json.encode { command = command, detached = true })
  assert(status == 200, "no container")
  return answer.container.label
end

--- Asks again and again until find returns something; each try takes the time of a curl.
function requests.until_found(find)
  local last = os.time() + 120
  repeat
    local found = find()
    if found then return found end
  until os.time() > last
  error("it never came", 2)
end

return requests

-- What an HTTP answer means: its fields, its JSON, and the code of a status that is no success.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"

local http_response = {}

local codes = { [400] = "invalid", [401] = "unauthorized", [403] = "forbidden", [404] = "not_found",
  [413] = "limit", [422] = "invalid", [429] = "rate_limited" }

---@class oneoff.Response
---@field status integer
---@field headers table<string, string> by lower-case name; the last of several
---@field body string
---@field json any the decoded body, where it is JSON; a null is nil

local function parse_headers(head)
  local headers = {}
  for name, value in head:gmatch("\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    headers[name:lower()] = value:gsub("[ \t]+$", "")
  end
  return headers
end

---@return oneoff.Response
function http_response.new(status, head, body)
  local headers = parse_headers(head)
  local response = { status = status, headers = headers, body = body }
  if body:find("^%s*[%[{\"%-%dtfn]") then response.json = json.decode(body) end
  return response
end

local function join_fields(errors)
  local texts = {}
  for field, list in pairs(errors) do
    local field_texts = {}
    for _, text in ipairs(type(list) == "table" and list or { list }) do
      if type(text) ~= "table" then field_texts[#field_texts + 1] = tostring(text) end
    end
    texts[#texts + 1] = tostring(field) .. " " .. table.concat(field_texts, ", ")
  end
  table.sort(texts)
  return table.concat(texts, "; ")
end

-- The text of the failure, in the shapes that the platform has for it.
local function text_of(response)
  local value = response.json
  if type(value) == "table" then
    if type(value.errors) == "table" then return join_fields(value.errors) end
    if type(value.error) == "string" then
      return value.error .. (value.resource and " (" .. tostring(value.resource) .. ")" or "")
    end
    return nil
  end
  local is_text = (response.headers["content-type"] or "text/plain"):find("^text/plain")
  if is_text and #response.body > 0 and #response.body < 200 and not response.body:find("<") then
    return response.body
  end
end

--- The failure of a response whose status is no success.
---@param what string
---@param response oneoff.Response
---@return nil, string message, string code, table detail
function http_response.fail(what, response)
  local status = response.status
  local text = text_of(response)
  local detail = { status = status, response = response.json,
    retry_after = tonumber(response.headers["retry-after"]) }
  local prefix = "the server answered " .. status
  if status >= 300 and status < 400 then prefix = prefix .. ", and redirects are not followed" end
  return failure(what, codes[status] or "http", text and prefix .. ": " .. text or prefix, detail)
end

return http_response

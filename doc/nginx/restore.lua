-- The restore service: who is let in, the restore, and its events on the way to the client.
-- SPDX-License-Identifier: MIT
--
-- nginx.conf calls `configure` once, and the rest for each request. A client gets lines of text, or
-- Server-Sent Events where it accepts text/event-stream; the last event is the report.
local json = require "cjson.safe"
local oneoff = require "oneoff.nginx"
local reports = require "oneoff.task.report"
local restores = require "oneoff.restore"
local scalingo = require "oneoff.scalingo"

local restore = {}

local UPLOAD_SECONDS = 0.25 -- between events of one upload
local SHOWN = 4096 -- bytes of a check's output that the report shows

local account, settings, page

--- Reads the page and the environment, once, before the workers start.
---@param applications table<string, table> name -> options of oneoff.restore
function restore.configure(applications)
  settings = applications
  account = scalingo.new()
  local file = assert(io.open(ngx.config.prefix() .. "restore.html", "rb"))
  page = file:read("*a")
  file:close()
end

--- The page. Only its own script and style are run, by a nonce.
function restore.page()
  local nonce = ngx.var.request_id
  ngx.header.content_type = "text/html; charset=utf-8"
  ngx.header.cache_control = "no-store"
  ngx.header.content_security_policy = ("default-src 'none'; script-src 'nonce-%s'; "
    .. "style-src 'nonce-%s'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    .. "frame-ancestors 'none'"):format(nonce, nonce)
  ngx.print((page:gsub("@NONCE@", nonce)))
end

--- The names of the applications, as JSON.
function restore.applications()
  local names = {}
  for name in pairs(settings) do names[#names + 1] = name end
  table.sort(names)
  ngx.header.content_type = "application/json"
  ngx.header.cache_control = "no-store"
  ngx.print(json.encode(names))
end

-- Whether the request was made by a page of this server, or by no browser.
local function is_same_origin()
  local site, origin = ngx.var.http_sec_fetch_site, ngx.var.http_origin
  if site and site ~= "same-origin" then return false end
  return not origin or origin:match("^https?://(.+)$") == ngx.var.http_host
end

-- A status and a reason, where the request is none for us.
local function refusal()
  local args = ngx.req.get_uri_args()
  local app, confirm = args.app, args.confirm
  if ngx.req.get_method() ~= "POST" then
    ngx.header.allow = "POST"
    return 405, "a dump is sent by POST"
  elseif not is_same_origin() then
    return 403, "the request comes from another site"
  elseif ngx.var.http_x_oneoff ~= "restore" then
    return 403, "the header X-Oneoff: restore is missing"
  elseif type(app) ~= "string" or not settings[app] then
    return 404, "app must name an application that this server is set up for"
  elseif confirm ~= app then
    return 400, "confirm must be the application's name once more"
  end
end

--- Lets a request in, or answers why not.
function restore.admit()
  local status, why = refusal()
  if not status then return ngx.exec("/restore/run", ngx.var.args) end
  ngx.req.discard_body()
  ngx.status = status
  ngx.header.content_type = "text/plain; charset=utf-8"
  ngx.say(why)
  return ngx.exit(ngx.HTTP_OK)
end

local function step_of(step)
  return { name = step.name, ok = step.ok, seconds = step.seconds, exit_code = step.exit_code,
    why = step.why }
end

-- The report as an event: what of it is for the client. A failure has a message, and mostly a code.
local function summary(report, message, code, detail)
  detail = type(detail) == "table" and detail or {}
  local partial = report or detail.report or {}
  local sum = { ok = partial.ok == true and not message, exit_code = partial.exit_code,
    seconds = partial.seconds, message = message or partial.why, code = code or partial.code,
    container = partial.container and partial.container.label, stopped = detail.stopped,
    bytes_uploaded = partial.bytes_uploaded, where = partial.where }
  for _, step in ipairs(partial.steps or {}) do
    sum.steps = sum.steps or {}
    table.insert(sum.steps, step_of(step))
  end
  for _, check in ipairs(partial.checks or {}) do
    sum.checks = sum.checks or {}
    table.insert(sum.checks, { name = check.name, query = check.query, ok = check.ok,
      why = check.why, output = check.output:sub(1, SHOWN) })
  end
  return sum
end

-- How an event is told, by its type, as a line of text. Others are not told.
local lines = {
  container = function(event) return "container " .. (event.label or event.id) end,
  ready = function() return "ready" end,
  upload = function(event)
    return ("upload %s of %s"):format(reports.size(event.sent), reports.size(event.total))
  end,
  verified = function() return "verified" end,
  step = function(event) return ("step %d %s"):format(event.index, event.name) end,
  step_done = function(event)
    local step = event.step
    return ("step %d %s %s, %s"):format(event.index, event.name, step.ok and "done" or "failed",
      step.seconds and reports.span(step.seconds) or "no time")
  end,
  exit = function(event) return ("exit code %d"):format(event.exit_code) end,
  stopped = function(event)
    return event.ok and "container stopped" or "container not stopped: " .. tostring(event.message)
  end,
  heartbeat = function() return "still at it" end,
}

local function say(...)
  ngx.print(...)
  ngx.flush(true) -- waits for a client that does not read; nginx's send_timeout ends that
end

local as_text = { content_type = "text/plain; charset=utf-8" }

function as_text.event(event)
  say(lines[event.type](event), "\n")
end

function as_text.report(sum, report)
  if report then say("\n", reports.text(report, { utf8 = true }), "\n") end
  if sum.ok then
    say("ok\n")
  else
    say("failed", sum.code and " (" .. sum.code .. ")" or "", ": ", sum.message or "?", "\n")
  end
end

local as_events = { content_type = "text/event-stream" }

local function send_event(kind, data)
  say("event: ", kind, "\ndata: ", json.encode(data), "\n\n")
end

function as_events.event(event)
  send_event(event.type, { text = lines[event.type](event), index = event.index, name = event.name,
    label = event.label, sent = event.sent, total = event.total, exit_code = event.exit_code,
    ok = event.ok, message = event.message, step = event.step and step_of(event.step) })
end

function as_events.report(sum)
  send_event("report", sum)
end

-- Passes events on, of an upload not each of them.
local function teller(format)
  local told_at = 0
  return function(event)
    if not lines[event.type] then return end
    if event.type == "upload" then
      local now = oneoff.now()
      if not event.total or event.sent < event.total and now - told_at < UPLOAD_SECONDS then
        return
      end
      told_at = now
    end
    format.event(event)
  end
end

-- What was uploaded. Its kind is told by its content, so that its name does not matter.
local function uploaded_dump()
  ngx.req.read_body()
  local path = ngx.req.get_body_file()
  return path and { path = path, name = "dump" } or { data = "", name = "dump" }
end

local function start_answer()
  local accept = ngx.var.http_accept or ""
  local format = accept:find("text/event-stream", 1, true) and as_events or as_text
  ngx.header.content_type = format.content_type
  ngx.header.cache_control = "no-store"
  ngx.header.x_accel_buffering = "no" -- to an nginx in front of this one
  ngx.send_headers()
  ngx.flush(true)
  return format
end

--- Restores the dump that is the request's body, for who was let in.
function restore.run()
  local app = ngx.req.get_uri_args().app
  local options = { app = app, confirm = app, dump = uploaded_dump(), log = false }
  for name, value in pairs(settings[app]) do options[name] = value end
  local format = start_answer()
  options.on_event = teller(format)
  local ran, report, message, code, detail = pcall(restores.run, account, options)
  if not ran then
    ngx.log(ngx.ERR, "restore: ", report)
    report, message = nil, "the server made a mistake, which its log tells of"
  end
  local partial = report or type(detail) == "table" and detail.report or nil
  format.report(summary(report, message, code, detail), partial)
end

return restore

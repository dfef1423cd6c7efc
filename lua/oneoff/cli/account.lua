-- `oneoff regions` and `login-check`: the platform's regions; the account and the settings in use.
-- SPDX-License-Identifier: MIT
local document = require "oneoff.cli.document"
local output = require "oneoff.cli.output"

local account = {}

local commands = {}

function commands.regions(context)
  local found, message, code, detail = context.account:regions()
  if not found then return context.output:failure(message, code, detail) end
  local rows, listed = { { "REGION", "NAME", "API" } }, document.list()
  for _, region in ipairs(found) do
    local fields = { name = region.name, display_name = region.display_name, api = region.api,
      is_default = region.default == true }
    listed[#listed + 1] = fields
    rows[#rows + 1] = { tostring(region.name), tostring(region.display_name or "-"),
      tostring(region.api or "-") }
  end
  return context.output:result({ command = "regions", regions = listed }, output.columns(rows))
end

local SHOWN = { { "region", "region" }, { "api_url", "API host" },
  { "auth_url", "authentication host" }, { "app", "application" } }

-- Each setting and where it comes from. The token itself is not shown.
local function explain(found)
  local rows = {}
  local shown = { token = { from = found.token.from } }
  for _, pair in ipairs(SHOWN) do
    local setting = found[pair[1]]
    rows[#rows + 1] = setting and { pair[2], setting.value, "(" .. setting.from .. ")" }
      or { pair[2], "-", "(not set)" }
    shown[pair[1]] = setting and { value = setting.value, from = setting.from }
  end
  rows[#rows + 1] = { "API token", "not shown", "(" .. found.token.from .. ")" }
  return rows, shown
end

commands["login-check"] = function(context)
  local rows, shown = explain(context.settings)
  local fields = { command = "login-check", settings = shown }
  local user, message, code, detail = context.account:login(context.login_timeout)
  local app
  if user or code == "rate_limited" then user, message, code, detail = context.account:user() end
  if user and context.app then
    app, message, code, detail = context.account:app(context.app)
  end
  if user then
    local name, email = tostring(user.username or user.id), tostring(user.email or "")
    table.insert(rows, 1, { "logged in as", name, email })
    fields.user = { id = user.id, username = user.username, email = user.email }
  end
  if not user or context.app and not app then
    context.output:text(output.columns(rows))
    return context.output:failure(message, code, detail, fields)
  end
  return context.output:result(fields, output.columns(rows))
end

--- Does what the command says.
---@return integer status
function account.start(context)
  return commands[context.args.command](context)
end

return account

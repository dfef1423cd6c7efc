-- :checkhealth oneoff: what the module needs, and whether the platform answers.
-- SPDX-License-Identifier: MIT
local health = {}

local SECONDS = 5 -- that the platform has to answer

-- Neovim's functions, by the names that each version has for them.
local function reporter(new, old)
  return function(...)
    local found = (vim.health or {})[new] or (vim.health or {})[old]
    return (found or vim.fn["health#" .. old])(...)
  end
end

local start = reporter("start", "report_start")
local ok = reporter("ok", "report_ok")
local info = reporter("info", "report_info")
local warn = reporter("warn", "report_warn")
local fail = reporter("error", "report_error")

local function check_module()
  start("oneoff: the module")
  local loaded, why = require("oneoff.nvim.module").load()
  if not loaded then
    fail(why, { "make module LUA_VERSION=5.1", "libcurl4-openssl-dev, and a C compiler" })
    return false
  end
  local core = require "oneoff.core"
  ok(("oneoff %s, built for %s, in %s"):format(core.version, core.built_for,
    jit and jit.version or _VERSION))
  info(core.curl_version)
  local has_cjson = pcall(require, "cjson.safe")
  if has_cjson or vim.json then
    ok("JSON by " .. (has_cjson and "lua-cjson" or "vim.json"))
  else
    warn("neither lua-cjson nor vim.json: JSON by vim.fn.json_decode, which is slow")
  end
  return true
end

local function check_settings(config)
  start("oneoff: settings")
  local given, why = config.get()
  if not given then
    fail(why, { "`:help oneoff-options`" })
    return nil
  end
  ok("vim.g.oneoff is valid")
  local app = config.app(given)
  info("default application: " .. (app or "none (vim.g.oneoff.app, SCALINGO_APP)"))
  info("region: " .. (given.region or os.getenv("SCALINGO_REGION") or "osc-fr1 (the default)"))
  local source = config.token_source(given)
  if not source then
    warn("no API token", { "export SCALINGO_API_TOKEN=… in the environment that starts Neovim" })
    return nil
  elseif source ~= "SCALINGO_API_TOKEN" then
    warn("the API token is in " .. source, { "it belongs into SCALINGO_API_TOKEN" })
  else
    ok("an API token is in " .. source)
  end
  return given
end

local function check_platform(config, given)
  start("oneoff: the platform")
  local account, why = config.new_account(given, { timeout = SECONDS, connect_timeout = SECONDS,
    retry_timeout = 1 })
  if not account then return fail(why) end
  local task = require("oneoff.sched.coroutines").spawn(function() return account:regions() end)
  local regions, message, code = task:join(SECONDS)
  if not regions then task:cancel() end
  account:close()
  local host = tostring(account):match("{(.*)}")
  if regions then
    ok(("%s answers, and takes the token (%d region%s)"):format(host, #regions,
      #regions == 1 and "" or "s"))
  elseif code == "timeout" then
    fail(("%s: no answer within %d seconds"):format(host, SECONDS), { "proxy, firewall?" })
  elseif code == "unauthorized" then
    fail("the platform refuses the token: " .. message, { "is it deleted, or another account's?" })
  else
    fail(("%s (%s)"):format(message, code))
  end
end

--- Called by :checkhealth.
function health.check()
  if not check_module() then return end
  local config = require "oneoff.nvim.config"
  local given = check_settings(config)
  if given then check_platform(config, given) end
end

return health

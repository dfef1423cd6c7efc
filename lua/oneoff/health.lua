-- :checkhealth oneoff: the C module, the settings, and whether the platform answers.
-- SPDX-License-Identifier: MIT
local env = require "oneoff.base.env"

local health = {}

local SECONDS = 5 -- in which the platform has to answer

-- Neovim 0.9 and older have other names for these functions.
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
    fail(why, { "Run `make module LUA_VERSION=5.1` in the checkout",
      "It needs a C compiler and libcurl4-openssl-dev" })
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
    warn("JSON by vim.fn.json_decode, which is slow: lua-cjson is not installed")
  end
  return true
end

local function check_settings(config)
  start("oneoff: settings")
  local options, why = config.get()
  if not options then
    fail(why, { "See `:help oneoff-options`" })
    return nil
  end
  ok("vim.g.oneoff is valid")
  local app = config.app(options)
  info("default application: " .. (app or "none (vim.g.oneoff.app, SCALINGO_APP)"))
  info("region: " .. (options.region or env("SCALINGO_REGION") or "osc-fr1 (the default)"))
  local source = config.token_source(options)
  if not source then
    warn("no API token", { "Set SCALINGO_API_TOKEN in the environment that starts Neovim" })
    return nil
  elseif source ~= "SCALINGO_API_TOKEN" then
    warn("the API token comes from " .. source,
      { "Put it into the environment variable SCALINGO_API_TOKEN" })
  else
    ok("the API token comes from " .. source)
  end
  return options
end

local function check_platform(config, options)
  start("oneoff: the platform")
  local account, why = config.new_account(options, { timeout = SECONDS, connect_timeout = SECONDS,
    retry_timeout = 1 })
  if not account then return fail(why) end
  local task = require("oneoff.sched.coroutines").spawn(function() return account:regions() end)
  local regions, message, code = task:join(SECONDS)
  if not regions then task:cancel() end
  account:close()
  local host = tostring(account):match("{(.*)}")
  if regions then
    ok(("%s answers and accepts the token (%d region%s)"):format(host, #regions,
      #regions == 1 and "" or "s"))
  elseif code == "timeout" then
    fail(("%s: no answer within %d seconds"):format(host, SECONDS),
      { "Is there a proxy or a firewall in between?" })
  elseif code == "unauthorized" then
    fail("the platform refuses the token: " .. message,
      { "Was it deleted? Is it from another account?" })
  else
    fail(("%s (%s)"):format(message, code))
  end
end

--- Called by :checkhealth.
function health.check()
  if not check_module() then return end
  local config = require "oneoff.nvim.config"
  local options = check_settings(config)
  if options then check_platform(config, options) end
end

return health

-- Splits the arguments of :Oneoff into words, and completes them.
-- SPDX-License-Identifier: MIT
local config = require "oneoff.nvim.config"
local database_names = require "oneoff.restore.database_names"

local completion = {}

local apps = {} -- names that were used before
local containers = {} -- app -> list of { id, label } of its last list

--- Splits at spaces; a space after a backslash is part of a word.
---@param text string
---@return string[]
function completion.split(text)
  local list = {}
  for word in (text:gsub("\\([\\ ])", function(c) return c == " " and "\1" or "\2" end))
    :gmatch("%S+") do
    list[#list + 1] = word:gsub("\1", " "):gsub("\2", "\\")
  end
  return list
end

--- The first word, and the rest as it was written.
---@param text string
---@return string? word
---@return string rest
function completion.first(text)
  local word, rest = text:match("^%s*(%S+)%s*(.-)%s*$")
  return word, rest or ""
end

--- The path that a word names.
---@param word string
---@return string
function completion.path(word)
  return vim.fn.fnamemodify(word == "%" and vim.fn.expand("%:p") or word, ":p")
end

--- Remembers an application for completion.
function completion.remember_app(name)
  apps[name] = true
end

--- Remembers an application's containers for completion.
function completion.remember_containers(app, list)
  containers[app] = {}
  for _, container in ipairs(list) do
    if container.type == "one-off" and type(container.id) == "string" then
      table.insert(containers[app], { id = container.id, label = container.label })
    end
  end
end

--- The container's id, by its id or its label in the last list.
function completion.container_id(app, text)
  for _, container in ipairs(containers[app] or {}) do
    if container.label == text then return container.id end
  end
  return text
end

local function filter(list, lead)
  local found = {}
  for _, word in ipairs(list) do
    if word:sub(1, #lead) == lead then found[#found + 1] = word end
  end
  table.sort(found)
  return found
end

local function app_names()
  local default = config.app(config.get() or {})
  local names = vim.tbl_keys(apps)
  if default then
    names[#names + 1] = "."
    if not apps[default] then names[#names + 1] = default end
  end
  return names
end

local completers = {}

function completers.app(lead) return filter(app_names(), lead) end

function completers.file(lead) return vim.fn.getcompletion(lead, "file") end

function completers.database(lead) return filter(database_names.list, lead) end

function completers.container(lead, before)
  local app = before[2] == "." and config.app(config.get() or {}) or before[2]
  return filter(vim.tbl_map(function(container) return container.id end, containers[app] or {}),
    lead)
end

--- The completions of a line. It sends no request, so that it never waits.
---@param arguments table<string, string[]> the kind of each argument of each subcommand; a last
---  "file…" stands for all that follow
---@return string[]
function completion.complete(arguments, lead, line, at)
  local text = line:sub(1, at):match("Oneoff!?%s+(.*)$") or ""
  local before = completion.split(text:sub(1, #text - #lead))
  if #before == 0 then return filter(vim.tbl_keys(arguments), lead) end
  local kinds = arguments[before[1]] or {}
  local kind = kinds[#before]
  if not kind and kinds[#kinds] == "file…" then kind = "file…" end
  if vim.tbl_contains(before, "--") or not kind then return {} end
  return completers[kind:gsub("…", "")](lead, before)
end

return completion

-- Writes doc/reference.md from the annotations of the public modules: `make reference`.
-- SPDX-License-Identifier: MIT
--
-- A block of `---` lines belongs to the function, or the name, that follows; one with @class or
-- @alias is a shape. What has no block is not public, unless it is another module's function.
local annotations = require "spec.support.annotations"
local core = require "oneoff.core"

local reference = {}

--- The parts of the reference, in their order: the module, what stands before the names in it, the
--- heading. `inner`: what is public in the file are its methods, or its shapes, alone.
reference.modules = {
  { "oneoff", "oneoff", "`oneoff`" },
  { "oneoff.sched.coroutines", "task", "Coroutines: what `oneoff.spawn` returns", inner = true },
  { "oneoff.client", "client", "Clients: what `oneoff.client` returns", inner = true },
  { "oneoff.client.terminal", "terminal", "Terminals: what `attach` returns", inner = true },
  { "oneoff.http.source", "source", "What can be uploaded", inner = true },
  { "oneoff.scalingo", "scalingo", "`oneoff.scalingo`" },
  { "oneoff.scalingo.container", "container", "Containers: what `account:run` returns",
    inner = true },
  { "oneoff.scalingo.logs", "log", "Logs: the fourth result of `account:logs`", inner = true },
  { "oneoff.scalingo.addon", "addon", "Add-ons: what `account:addon` returns", inner = true },
  { "oneoff.scalingo.semaphore", "slot", "Slots: what `account:slot` returns", inner = true },
  { "oneoff.task", "task", "`oneoff.task`" },
  { "oneoff.task.report", "report", "`oneoff.task.report`" },
  { "oneoff.restore", "restore", "`oneoff.restore`" },
  { "oneoff.fleet", "fleet", "`oneoff.fleet`" },
  { "oneoff.nvim", "nvim", "`oneoff.nvim`" },
  { "oneoff.nvim.process", "process", "Processes: what `nvim.run` returns", inner = true },
  { "oneoff.nginx", "nginx", "`oneoff.nginx`" },
  { "oneoff.loop", "loop", "Event loops: what `oneoff.use` takes", inner = true },
  { "oneoff.child", "child", "`oneoff.child`" },
  { "oneoff.descriptor", "descriptor", "`oneoff.descriptor`" },
}

local function is_public(entry, module)
  if not entry.name or entry.name:find("_$") then return false end
  if entry.owner:find("_methods$") then return true end
  return entry.owner == module[2] and not module.inner
end

local function with_aliases(entries, aliases, owner)
  for _, alias in ipairs(aliases) do
    for _, entry in ipairs((annotations.read(alias.from))) do
      if entry.name == alias.their and not entry.owner:find("_methods$") then
        entry.owner, entry.name = owner, alias.name
        entries[#entries + 1] = entry
      end
    end
  end
end

local function is_told(entry)
  return #entry > 1 or #entry.text > 0 or entry[1].kind == "alias"
end

--- The functions and shapes of a public module, in the file's order.
---@return table[] functions, table[] shapes
function reference.read(module)
  local functions, shapes = {}, {}
  local found, aliases = annotations.read(module[1])
  with_aliases(found, aliases, module[2])
  for _, entry in ipairs(found) do
    if entry.shape and is_told(entry) then shapes[#shapes + 1] = entry end
    if is_public(entry, module) then functions[#functions + 1] = entry end
  end
  return functions, shapes
end

local function code(text)
  return "`" .. text:gsub("%s*$", "") .. "`"
end

--- The anchor that a heading gets on the usual sites.
---@param heading string
---@return string
function reference.anchor(heading)
  return (heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-"))
end

local shapes_of_all -- name -> true of every shape that is told

local function is_shape(name)
  if not shapes_of_all then
    shapes_of_all = {}
    for _, module in ipairs(reference.modules) do
      for _, entry in ipairs(select(2, reference.read(module))) do
        shapes_of_all[entry.shape] = true
      end
    end
  end
  return shapes_of_all[name]
end

-- A type as code, each shape in it as a link to where it is told.
local function type_text(kind)
  local out, from = {}, 1
  for at, name, after in kind:gmatch("()(oneoff%.[%w_.]+)()") do
    if is_shape(name) then
      if at > from then out[#out + 1] = code(kind:sub(from, at - 1)) end
      out[#out + 1] = ("[%s](#%s)"):format(code(name), reference.anchor("Shape " .. name))
      from = after
    end
  end
  if from <= #kind then out[#out + 1] = code(kind:sub(from)) end
  return table.concat(out)
end

local function write_param(tag)
  local name, rest = tag.rest:match("^(%S+)%s+(.*)$")
  if not name then return "- " .. code(tag.rest) end
  local kind, text = annotations.split_type(annotations.joined(tag, rest)) -- a type may be long
  return ("- %s: %s%s"):format(code(name), type_text(kind), text ~= "" and ", " .. text or "")
end

-- Words of the closed list are shown as code.
local function codes_text(text)
  local known = {}
  for _, each in ipairs(core.codes) do known[each[1]] = true end
  return (text:gsub('"?([%l_]+)"?', function(word) return known[word] and code(word) or nil end))
end

local function failure_text(tail)
  local text, detail = tail:match("string%? code%s*(.*)$") or "", nil
  if text:find("table? detail", 1, true) then
    text, detail = text:match("^(.-),?%s*table%? detail%s*(.*)$")
  end
  return ("- after a failure: `nil, message, code, detail`%s%s"):format(
    text ~= "" and "; " .. codes_text(text) or "", detail ~= "" and detail and "; " .. detail or "")
end

-- What a function returns, and what after a failure.
local function write_returns(out, entry)
  local parts = {}
  for _, tag in ipairs(entry) do
    if tag.kind == "return" then parts[#parts + 1] = annotations.joined(tag, tag.rest) end
  end
  if #parts == 0 then return end
  local all = table.concat(parts, ", ")
  local value, tail = all:match("^(.-),%s*string%? message(.*)$")
  local kind, text = annotations.split_type(value or all)
  if value then kind = kind:gsub("|nil$", ""):gsub("%?$", "") end
  out[#out + 1] = ("- returns %s%s"):format(type_text(kind), text ~= "" and " " .. text or "")
  if value then out[#out + 1] = failure_text(tail) end
end

local function write_entry(out, title, entry)
  out[#out + 1] = "\n### " .. title .. "\n"
  local text = table.concat(entry.text, "\n")
  if text ~= "" then out[#out + 1] = text .. "\n" end
  for _, tag in ipairs(entry) do
    if tag.kind == "param" or tag.kind == "field" then
      out[#out + 1] = write_param(tag)
    elseif tag.kind == "alias" then
      out[#out + 1] = "- " .. type_text(annotations.joined(tag, tag.rest:gsub("^%S+%s+", "")))
    end
  end
  write_returns(out, entry)
end

local function title_of(entry)
  local owner = entry.owner:gsub("_methods$", "")
  if not entry.arguments then return code(owner .. "." .. entry.name) end
  return code(("%s%s%s(%s)"):format(owner, entry.colon, entry.name, entry.arguments))
end

local INTRODUCTION = [[
# Reference

Written by `make reference` from the annotations in `lua/oneoff`; do not edit. Times are seconds and
sizes are bytes. What has a `?` after its name or its type may be left out; a value in brackets at
the end is the default. "Shape" is the form of a table: its fields and their types.

## Error codes

Misuse raises, at the line of your call. Everything else that fails returns
`nil, message, code, detail`: `message` is a line for people and names no secret, `code` is one of
these words, `detail` is a table with what a program may need (`status`, `retry_after`, `operation`,
`sent` and others).

| code | meaning |
|---|---|
]]

local function write_beginning(out)
  out[#out + 1] = INTRODUCTION:gsub("\n$", "")
  for _, each in ipairs(core.codes) do
    out[#out + 1] = ("| `%s` | %s |"):format(each[1], each[2])
  end
  out[#out + 1] = "\n## Contents\n"
  for _, module in ipairs(reference.modules) do
    out[#out + 1] = ("- [%s](#%s)"):format(module[3], reference.anchor(module[3]))
  end
end

--- The whole text.
---@return string
function reference.text()
  local out = {}
  write_beginning(out)
  for _, module in ipairs(reference.modules) do
    local functions, shapes = reference.read(module)
    out[#out + 1] = ("\n## %s\n\n%s"):format(module[3], annotations.about(module[1]))
    for _, entry in ipairs(functions) do write_entry(out, title_of(entry), entry) end
    for _, entry in ipairs(shapes) do write_entry(out, "Shape " .. code(entry.shape), entry) end
  end
  return table.concat(out, "\n"):gsub("\n\n\n+", "\n\n") .. "\n"
end

if arg and arg[0] and arg[0]:find("reference%.lua$") then
  local file = assert(io.open("doc/reference.md", "w"))
  file:write(reference.text())
  file:close()
end

return reference

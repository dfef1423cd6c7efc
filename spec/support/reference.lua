-- Writes doc/reference.md from the annotations of the public modules: `make reference`.
-- SPDX-License-Identifier: MIT
--
-- A block of `---` lines belongs to the function, or the name, that follows; one with @class or
-- @alias is a shape. What has no block is not public, unless it is another module's function.
local reference = {}

--- The public modules, in the order of the reference: the name to require, what stands before the
--- names in it, and the file where it differs.
reference.modules = {
  { "oneoff", "oneoff", file = "init" },
  { "oneoff.sched.coroutines", "task", title = "Coroutines" },
  { "oneoff.client", "client" }, { "oneoff.client.terminal", "terminal" },
  { "oneoff.http.source", "source" },
  { "oneoff.scalingo", "scalingo" }, { "oneoff.scalingo.container", "container" },
  { "oneoff.task", "task" }, { "oneoff.task.report", "report" }, { "oneoff.restore", "restore" },
  { "oneoff.fleet", "fleet" }, { "oneoff.nvim", "nvim" }, { "oneoff.nvim.process", "process" },
  { "oneoff.nginx", "nginx" }, { "oneoff.loop", "loop" },
  { "oneoff.child", "child" }, { "oneoff.descriptor", "descriptor" },
}

-- Made by others: what is public in these files are their methods, or their shapes, alone.
local inner = { ["oneoff.sched.coroutines"] = true, ["oneoff.client"] = true,
  ["oneoff.client.terminal"] = true, ["oneoff.http.source"] = true,
  ["oneoff.scalingo.container"] = true, ["oneoff.nvim.process"] = true,
  ["oneoff.loop"] = true }

local function path_of(name)
  local path = "lua/" .. name:gsub("%.", "/")
  local file = io.open(path .. ".lua")
  if file then file:close() end
  return path .. (file and ".lua" or "/init.lua")
end

local function lines_of(name)
  local lines = {}
  for line in io.lines(path_of(name)) do lines[#lines + 1] = line end
  return lines
end

local function tag_of(line, entry)
  local kind, rest = line:match("^%-%-%-@(%l+)%s*(.*)$")
  if not kind then
    local list = entry.last and entry.last.more or entry.text
    list[#list + 1] = (line:gsub("^%-%-%-%s?", ""))
    return
  end
  local tag = { kind = kind, rest = rest, more = {} }
  entry[#entry + 1], entry.last = tag, tag
  if kind == "class" or kind == "alias" then entry.shape = rest:match("^[%w._]+") end
end

-- What follows a block: name, arguments, kind of call.
local function head_of(line)
  local owner, colon, name, arguments = line:match("^function ([%w_]+)([.:])([%w_]+)%((.-)%)")
  if owner then return owner, name, arguments, colon end
  owner, name = line:match("^([%w_]+)%.([%w_]+) = ")
  return owner, name
end

local function close(entry, line, found)
  local owner, name, arguments, colon = head_of(line or "")
  entry.owner, entry.name, entry.arguments, entry.colon = owner, name, arguments, colon
  found[#found + 1] = entry
end

-- The blocks of a file, and its names that other modules' functions are given to.
local function parse(name)
  local found, aliases, required, block = {}, {}, {}, nil
  for _, line in ipairs(lines_of(name)) do
    local module, from = line:match('^local ([%w_]+) = require "(oneoff[%w._]*)"')
    if module then required[module] = from end
    if line:find("^%-%-%-") then
      block = block or { text = {} }
      tag_of(line, block)
    elseif block then
      close(block, line, found)
      block = nil
    else
      local _, own, other, their = line:match("^([%w_]+)%.([%w_]+) = ([%w_]+)%.([%w_]+)$")
      if own and required[other] and required[other] ~= "oneoff.core" then
        aliases[#aliases + 1] = { name = own, from = required[other], their = their }
      end
    end
  end
  return found, aliases
end

local function is_public(entry, module)
  if not entry.name or entry.name:find("_$") then return false end
  if entry.owner:find("_methods$") then return true end
  return entry.owner == module[2] and not inner[module[1]]
end

local function with_aliases(entries, aliases, owner)
  for _, alias in ipairs(aliases) do
    for _, entry in ipairs((parse(alias.from))) do
      if entry.name == alias.their and not entry.owner:find("_methods$") then
        entry.owner, entry.name = owner, alias.name
        entries[#entries + 1] = entry
      end
    end
  end
end

--- The functions and shapes of a public module, in the file's order.
---@return table[] functions, table[] shapes
function reference.read(module)
  local functions, shapes = {}, {}
  local found, aliases = parse(module[1])
  with_aliases(found, aliases, module[2])
  for _, entry in ipairs(found) do
    if entry.shape then shapes[#shapes + 1] = entry end
    if is_public(entry, module) then functions[#functions + 1] = entry end
  end
  return functions, shapes
end

-- The end of a type, which may hold spaces in its brackets, and after a colon, a comma or a bar.
local function split_type(rest)
  local depth, at = 0, 1
  while at <= #rest do
    local char = rest:sub(at, at)
    if char:find("[%(%{%[<]") then depth = depth + 1 end
    if char:find("[%)%}%]>]") then depth = depth - 1 end
    if char == " " and depth == 0 and not rest:sub(1, at - 1):find("[:,|]$")
      and not rest:find("^ *|", at) then break end
    at = at + 1
  end
  return rest:sub(1, at - 1), (rest:sub(at + 1))
end

local function joined(tag, text)
  local all = { text }
  for _, line in ipairs(tag.more) do all[#all + 1] = (line:gsub("^%s+", "")) end
  return (table.concat(all, " "):gsub("^%s+", ""):gsub("%s+$", ""))
end

local function code(text)
  return "`" .. text:gsub("%s*$", "") .. "`"
end

local writers = {}

function writers.param(tag)
  local name, rest = tag.rest:match("^(%S+)%s+(.*)$")
  if not name then return code(tag.rest) end
  local kind, text = split_type(rest)
  text = joined(tag, text)
  return ("- %s: %s%s"):format(code(name), code(kind), text ~= "" and ", " .. text or "")
end

writers.field = writers.param

writers["return"] = function(tag)
  local kind, text = split_type(tag.rest)
  local are_several = kind:find("nil, ") or kind:find("%?, ")
  if are_several then return "- returns " .. code(joined(tag, tag.rest)) end
  text = joined(tag, text)
  return ("- returns %s%s"):format(code(kind), text ~= "" and " " .. text or "")
end

local function write_entry(out, title, entry)
  out[#out + 1] = "\n### " .. title .. "\n"
  local text = table.concat(entry.text, "\n")
  if text ~= "" then out[#out + 1] = text .. "\n" end
  for _, tag in ipairs(entry) do
    if writers[tag.kind] then
      out[#out + 1] = writers[tag.kind](tag)
    elseif tag.kind == "alias" then
      out[#out + 1] = "- " .. code(joined(tag, tag.rest:gsub("^%S+%s+", "")))
    end
  end
end

local function title_of(module, entry)
  local owner = entry.owner:gsub("_methods$", "")
  if not entry.arguments then return code(owner .. "." .. entry.name) end
  return code(("%s%s%s(%s)"):format(owner, entry.colon, entry.name, entry.arguments)), module
end

-- The comment on top of a file: the module in a sentence, then what its users should know.
local function about(name)
  local text = {}
  for _, line in ipairs(lines_of(name)) do
    if not line:find("^%-%-") or line:find("^%-%-%-") then break end
    if not line:find("SPDX", 1, true) then text[#text + 1] = (line:gsub("^%-%-%s?", "")) end
  end
  return table.concat(text, "\n")
end

local INTRODUCTION = [[
# Reference

Written by `make reference` from the annotations in `lua/oneoff`; do not edit. Misuse raises, at the
caller's line. What the world does comes back as `nil, message, code, detail`; the codes are in the
README. Times are seconds, sizes are bytes.
]]

--- The whole text.
---@return string
function reference.text()
  local out = { INTRODUCTION }
  for _, module in ipairs(reference.modules) do
    local functions, shapes = reference.read(module)
    out[#out + 1] = ("\n## %s\n\n%s"):format(code(module[1]), about(module[1]))
    for _, entry in ipairs(functions) do write_entry(out, title_of(module, entry), entry) end
    for _, entry in ipairs(shapes) do
      if #entry > 1 or #entry.text > 0 or entry[1].kind == "alias" then
        write_entry(out, "Shape " .. code(entry.shape), entry)
      end
    end
  end
  return table.concat(out, "\n"):gsub("\n\n\n+", "\n\n") .. "\n"
end

if arg and arg[0] and arg[0]:find("reference%.lua$") then
  local file = assert(io.open("doc/reference.md", "w"))
  file:write(reference.text())
  file:close()
end

return reference

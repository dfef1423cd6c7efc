-- SPDX-License-Identifier: MIT
-- The reference is what the annotations say, and says all that a program can call.
local reference = require "spec.support.reference"

-- Not to be loaded outside of their hosts.
local elsewhere = { ["oneoff.nvim"] = true, ["oneoff.nvim.process"] = true,
  ["oneoff.nginx"] = true }

local function told(functions)
  local names = {}
  for _, entry in ipairs(functions) do names[entry.name] = entry end
  return names
end

-- The table of that name among what a module's functions know of.
local function upvalue(module, name, seen)
  for _, fn in pairs(module) do
    local i = type(fn) == "function" and 1 or nil
    while i do
      local known, value = debug.getupvalue(fn, i)
      if known == name then return value end
      if not known then break end
      if type(value) == "function" and not seen[value] then
        seen[value] = true
        local found = upvalue({ value }, name, seen)
        if found then return found end
      end
      i = i + 1
    end
  end
end

describe("the reference #hosts", function()
  it("is the one in doc", function()
    local file = assert(io.open("doc/reference.md"))
    local text = file:read("*a")
    file:close()
    assert.is_true(text == reference.text(), "doc/reference.md is old: make reference")
  end)

  it("has each type whole, also one of several lines", function()
    local cut = {}
    for line in reference.text():gmatch("[^\n]+") do
      local opened, closed = select(2, line:gsub("[{(]", "")), select(2, line:gsub("[})]", ""))
      if line:find("^%- `") and opened ~= closed then cut[#cut + 1] = line end
    end
    assert.same({}, cut)
  end)

  for _, module in ipairs(reference.modules) do
    local functions = reference.read(module)

    it("has every argument of " .. module[1] .. " with its type, and every result", function()
      local missing = {}
      for _, entry in ipairs(functions) do
        local params, returns = {}, false
        for _, tag in ipairs(entry) do
          if tag.kind == "param" then params[tag.rest:match("^([%w_.]+)")] = true end
        end
        for name in (entry.arguments or ""):gmatch("[%w_]+") do
          if not params[name] then missing[#missing + 1] = entry.name .. ": " .. name end
        end
        returns = returns or #entry.text > 0 or #entry > 0
        if not returns then missing[#missing + 1] = entry.name end
      end
      assert.same({}, missing)
    end)

    if not elsewhere[module[1]] then
      it("has every name of " .. module[1], function()
        local loaded, names, missing = require(module[1]), told(functions), {}
        local nouns = { [module[1]:match("[^.]+$") .. "_methods"] = true, task_methods = true,
          account_methods = true }
        if names[next(names)] and module[2] == functions[1].owner then
          for name in pairs(loaded) do
            if not names[name] then missing[#missing + 1] = name end
          end
        end
        for noun in pairs(nouns) do
          for name in pairs(upvalue(loaded, noun, {}) or {}) do
            if not name:find("^__") and not name:find("_$") and not names[name] then
              missing[#missing + 1] = noun .. "." .. name
            end
          end
        end
        table.sort(missing)
        assert.same({}, missing)
      end)
    end
  end
end)

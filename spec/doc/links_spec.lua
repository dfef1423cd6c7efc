-- SPDX-License-Identifier: MIT
-- Every link of the README and of doc/*.md leads to a file that is there and to a heading in it;
-- and the README stays short.
local lfs = require "lfs"
local reference = require "spec.support.reference"

local root = lfs.currentdir()

local function read(path)
  local file = io.open(root .. "/" .. path)
  local text = file and file:read("*a")
  if file then file:close() end
  return text
end

local function documents()
  local found = { "README.md", "CHANGELOG.md" }
  for name in lfs.dir(root .. "/doc") do
    if name:find("%.md$") then found[#found + 1] = "doc/" .. name end
  end
  return found
end

local function anchors_of(path)
  local anchors = {}
  for heading in ("\n" .. (read(path) or "")):gmatch("\n#+ ([^\n]+)") do
    anchors[reference.anchor(heading)] = true
  end
  return anchors
end

local function problem_of(path, target)
  if target:find("^%a+://") then return nil end
  local file, anchor = target:match("^([^#]*)#?(.*)$")
  local where = file == "" and path or (path:match("^(.*/)") or "") .. file
  if not lfs.attributes(root .. "/" .. where) then return target .. ": no such file" end
  if anchor ~= "" and not anchors_of(where)[anchor] then return target .. ": no such heading" end
end

describe("the documents #hosts", function()
  for _, path in ipairs(documents()) do
    it("have links that lead somewhere: " .. path, function()
      local problems = {}
      for target in read(path):gmatch("%]%(([^)%s]+)%)") do
        problems[#problems + 1] = problem_of(path, target)
      end
      assert.same({}, problems)
    end)
  end

  it("begin with a README of at most 200 lines", function()
    local _, lines = read("README.md"):gsub("\n", "")
    assert.is_true(lines <= 200, lines .. " lines")
  end)
end)

-- SPDX-License-Identifier: MIT
-- The layers of lua/oneoff: a module requires its own layer and those below, there is no circle,
-- nothing inside requires the whole library, and only the module that defines a private field uses
-- it.
local lua_code = require "spec.support.lua_code"

-- From the bottom to the top. A public module stands in the layer of the folder that it belongs to.
local LAYERS = {
  { "core", "tty" }, -- the C part
  { "base" }, { "loop" }, { "sched" }, { "child", "descriptor" }, { "http" }, { "client" },
  { "scalingo" }, { "task" }, { "restore", "fleet" }, { "init", "nginx" },
  { "cli", "nvim", "health" },
}

-- The modules that stand in lua/oneoff itself: the public ones.
local PUBLIC = { "init", "client", "scalingo", "task", "restore", "fleet", "nginx", "nvim",
  "health", "cli", "child", "descriptor" }

local layer_of, is_public = {}, {}
for level, names in ipairs(LAYERS) do
  for _, name in ipairs(names) do layer_of[name] = level end
end
for _, name in ipairs(PUBLIC) do is_public[name] = true end

-- "oneoff.task.file" -> the layer of "task"; "oneoff" -> that of "init".
local function layer(module)
  return layer_of[module:match("^oneoff%.([%w_]+)") or "init"]
end

local function is_inside(file)
  return file.path:find("^lua/oneoff/[^/]+/") ~= nil
end

local modules, files = {}, {} -- module -> its file as lua_code reads it

for _, path in ipairs(lua_code.files { "lua/oneoff", "plugin" }) do
  local file = lua_code.read(path)
  files[#files + 1] = file
  if file.module then modules[file.module] = file end
end

-- Fails with every violation that `find` reports.
local function check(find)
  local found = {}
  for _, file in ipairs(files) do
    find(file, function(line, what)
      found[#found + 1] = ("%s:%d: %s"):format(file.path, line, what)
    end)
  end
  assert.equal("", table.concat(found, "\n"))
end

describe("the layers #short", function()
  it("are read from the files", function()
    assert.is_true(#files > 100)
    assert.is_true(#modules["oneoff"].requires > 3)
    local read = lua_code.parse("lua/oneoff/task/x.lua", [=[
      -- require "oneoff.comment", self.comment_
      local a = require "oneoff.a" --[==[ require "oneoff.long"
      ]==] local b, text = require("oneoff.b"), "-- not a comment: 'x' \" y.text_"
      local ok, c = pcall(require, 'oneoff.c')
      local d = require("oneoff.d." .. name), package.loaded["oneoff.e"]
      self.one_, self.two_ = 1, { three_ = other.four_ }
      function x_methods:five_() if not self.six_ then self.seven_ = other:eight_() == 1 end end
    ]=])
    assert.equal("oneoff.task.x", read.module)
    assert.same({ { module = "oneoff.a", line = 2 }, { module = "oneoff.b", line = 3 },
      { module = "oneoff.c", line = 4 }, { module = "oneoff.e", line = 5 } }, read.requires)
    assert.same({ five_ = true, one_ = true, seven_ = true, three_ = true, two_ = true },
      read.defined)
    local used = {}
    for i, entry in ipairs(read.used) do used[i] = entry.field .. entry.line end
    assert.same({ "one_6", "two_6", "four_6", "five_7", "six_7", "seven_7", "eight_7" }, used)
  end)

  it("have a place for each module, and only public ones are outside of a folder", function()
    check(function(file, report)
      local module = file.module
      if not module then return end
      if not layer(module) then report(1, module .. " is in no layer") end
      if not is_inside(file) and not is_public[file.path:match("([%w_]+)%.lua$")] then
        report(1, module .. " is not public: it belongs in a folder")
      end
    end)
  end)

  it("are required downwards", function()
    check(function(file, report)
      local own = file.module and layer(file.module)
      for _, required in ipairs(file.requires) do
        local other = layer(required.module)
        if not other then
          report(required.line, "requires " .. required.module .. ", which is in no layer")
        elseif own and other > own then
          report(required.line, "requires " .. required.module .. ", which is above it")
        end
      end
    end)
  end)

  it("name modules that exist", function()
    check(function(file, report)
      for _, required in ipairs(file.requires) do
        if not modules[required.module] and layer(required.module) ~= 1 then
          report(required.line, "requires " .. required.module .. ", which does not exist")
        end
      end
    end)
  end)

  it("do not require the whole library from inside", function()
    check(function(file, report)
      for _, required in ipairs(file.requires) do
        if required.module == "oneoff" and is_inside(file) then
          report(required.line, "requires oneoff itself")
        end
      end
    end)
  end)

  it("have no circle", function()
    local state, way = {}, {}
    local function visit(module, report, line)
      if state[module] == "done" or not modules[module] then return end
      if state[module] == "open" then
        return report(line, "is in a circle: " .. table.concat(way, " -> ") .. " -> " .. module)
      end
      state[module] = "open"
      way[#way + 1] = module
      for _, required in ipairs(modules[module].requires) do
        visit(required.module, report, required.line)
      end
      way[#way] = nil
      state[module] = "done"
    end
    check(function(file, report)
      if file.module then visit(file.module, report, 1) end
    end)
  end)

  it("use private fields where they are defined", function()
    check(function(file, report)
      for _, used in ipairs(file.used) do
        if not file.defined[used.field] then report(used.line, "uses " .. used.field) end
      end
    end)
  end)
end)

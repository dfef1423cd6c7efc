-- SPDX-License-Identifier: MIT
-- The layers of the C sources: who includes whom, in src/platform and in src/core, src/os, src/lua.
-- No file includes one of a layer above, and there is no circle. In src/platform a source and its
-- header are one unit. In the library a header may be of several sources (the engine's is): there
-- each file stands for itself.
local lfs = require "lfs"

-- The folders of a tree, the lowest first; those of one line do not know each other. "" is the tree
-- itself, but for the file with main, which is above all.
local trees = {
  { root = "src/platform", has_units = true, layers = { { "base" }, { "http", "box" }, { "fault" },
    { "" }, { "api" }, { "main" } } },
  { root = "src", only = { core = true, os = true, lua = true },
    layers = { { "core" }, { "os" }, { "lua" } } },
}

local function sources(folder, found)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if lfs.attributes(path, "mode") == "directory" then
      if name ~= "." and name ~= ".." then sources(path, found) end
    elseif name:find("%.[ch]$") then
      found[#found + 1] = path
    end
  end
  return found
end

local function layer_of(tree, file)
  local folder = file:find("^main") and "main" or file:match("^([^/]+)/") or ""
  for level, folders in ipairs(tree.layers) do
    for _, name in ipairs(folders) do
      if name == folder then return level, folder end
    end
  end
  error("no layer has the folder of " .. file)
end

-- The name of an include below the tree's root: some are relative to the file's own folder.
local function resolved(tree, file, name)
  if lfs.attributes(tree.root .. "/" .. name) then return name end
  return (file:match("^(.*/)") or "") .. name
end

-- file -> set of the files that it includes.
local function includes(tree)
  local graph = {}
  local function node(file)
    local name = tree.has_units and file:gsub("%.[ch]$", "") or file
    graph[name] = graph[name] or {}
    return name
  end
  for _, path in ipairs(sources(tree.root, {})) do
    local file = path:sub(#tree.root + 2)
    if not tree.only or tree.only[file:match("^[^/]+")] then
      local from = node(file)
      for line in io.lines(path) do
        local name = line:match('^%s*#%s*include%s+"([^"]+)"')
        local to = name and resolved(tree, file, name)
        if to then assert(lfs.attributes(tree.root .. "/" .. to), file .. ": no " .. name) end
        if to and node(to) ~= from then graph[from][node(to)] = true end
      end
    end
  end
  return graph
end

-- The files of a circle that can be reached from this one, or nil.
local function circle(graph, file, trail, done)
  if done[file] then return nil end
  for at, before in ipairs(trail) do
    if before == file then return table.concat(trail, " -> ", at) .. " -> " .. file end
  end
  trail[#trail + 1] = file
  for other in pairs(graph[file]) do
    local found = circle(graph, other, trail, done)
    if found then return found end
  end
  trail[#trail] = nil
  done[file] = true
end

for _, tree in ipairs(trees) do
  describe("the includes of " .. tree.root, function()
    local graph = includes(tree)

    it("are found", function()
      local count = 0
      for _, files in pairs(graph) do
        for _ in pairs(files) do count = count + 1 end
      end
      assert(count > 20)
    end)

    it("run down, or stay in their folder", function()
      local wrong = {}
      for file, files in pairs(graph) do
        local level, folder = layer_of(tree, file)
        for other in pairs(files) do
          local below, where = layer_of(tree, other)
          if below > level or (below == level and where ~= folder) then
            wrong[#wrong + 1] = file .. " includes " .. other
          end
        end
      end
      table.sort(wrong)
      assert.equal("", table.concat(wrong, "\n"))
    end)

    it("make no circle", function()
      local done = {}
      for file in pairs(graph) do assert.is_nil(circle(graph, file, {}, done)) end
    end)
  end)
end

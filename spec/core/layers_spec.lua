-- SPDX-License-Identifier: MIT
-- The C sources in layers: Lua faces on the core and the system, no circle of includes or of calls.
local FOLDERS = { "core", "os", "lua" }
local ABOVE = {
  core = { "lua.h", "lauxlib.h", "os/", "lua/" },
  os = { "lua.h", "lauxlib.h", "lua/" },
  lua = {},
}

local function read_sources()
  local sources = {}
  for _, folder in ipairs(FOLDERS) do
    local pipe = assert(io.popen("ls src/" .. folder .. "/*.[ch]"))
    for path in pipe:lines() do
      local file = assert(io.open(path))
      sources[path] = file:read("*a"):gsub("/%*.-%*/", ""):gsub('"[^"\n]*"', function(text)
        return text:find("%.h\"$") and text or '""'
      end)
      file:close()
    end
    pipe:close()
  end
  return sources
end

-- The functions that other files can call: defined at the beginning of a line, not static.
local function definitions(sources)
  local defined_in = {}
  for path, text in pairs(sources) do
    for line, name in ("\n" .. text):gmatch("\n(%a[%w_ %*]-([%w_]+)%b()%s*){") do
      if path:find("%.c$") and not line:find("^static ") then defined_in[name] = path end
    end
  end
  return defined_in
end

-- { [file] = { [file that it uses] = by what } }
local function calls(sources)
  local graph, defined_in = {}, definitions(sources)
  for path, text in pairs(sources) do
    graph[path] = {}
    for word in path:find("%.c$") and text:gmatch("[%w_]+") or function() end do
      local callee = defined_in[word]
      if callee and callee ~= path then graph[path][callee] = word end
    end
  end
  return graph
end

local function includes(sources)
  local graph = {}
  for path, text in pairs(sources) do
    graph[path] = {}
    for name in text:gmatch('#include "([^"]+)"') do
      local beside = path:gsub("[^/]+$", name)
      graph[path][sources[beside] and beside or "src/" .. name] = name
    end
  end
  return graph
end

-- The first circle found, as text; nil where there is none.
local function circle(graph)
  local is_done, way = {}, {}

  local function visit(node)
    for i, earlier in ipairs(way) do
      if earlier == node then return table.concat(way, " -> ", i) .. " -> " .. node end
    end
    if is_done[node] then return nil end
    way[#way + 1] = node
    for other, by in pairs(graph[node] or {}) do
      local found = visit(other)
      if found then return found .. ", by " .. by end
    end
    way[#way] = nil
    is_done[node] = true
  end

  for node in pairs(graph) do
    local found = visit(node)
    if found then return found end
  end
end

describe("the C sources", function()
  local sources = read_sources()

  it("are read", function()
    assert.is_truthy(calls(sources)["src/core/terminal.c"]["src/core/queue.c"])
    assert.is_truthy(includes(sources)["src/core/terminal.h"]["src/core/queue.h"])
    assert.is_truthy(circle { a = { b = "x" }, b = { c = "y" }, c = { b = "z" } })
    assert.is_nil(circle { a = { b = "x", c = "x" }, b = { c = "y" } })
  end)

  it("include each other in no circle", function()
    assert.is_nil(circle(includes(sources)))
  end)

  it("call each other in no circle", function()
    assert.is_nil(circle(calls(sources)))
  end)

  it("include nothing from a layer above", function()
    for path, text in pairs(sources) do
      for _, above in ipairs(ABOVE[path:match("^src/(%a+)/")]) do
        local pattern = '#include [<"]' .. above:gsub("%p", "%%%0")
        assert.is_nil(text:find(pattern), path .. " includes " .. above)
      end
    end
  end)
end)

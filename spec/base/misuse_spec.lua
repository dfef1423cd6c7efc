-- SPDX-License-Identifier: MIT
-- A misuse is shown at the line of who called the library, through whatever stands in between.
local host = require "spec.support.host"
local interpreter = require "spec.support.interpreter"
local misuse = require "oneoff.base.misuse"
local oneoff = require "oneoff"

local load = loadstring or load -- luacheck: ignore 143 113

-- What a file of that name returns.
local function module(source, code)
  return assert(load(code, source))(misuse)
end

local own = debug.getinfo(misuse, "S").source:gsub("base/misuse%.lua$", "")

local function line_of(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return message:match("^(.-): wrong$") or message
end

local direct = module(own .. "one.lua",
  "local misuse = ...\nreturn function() misuse('wrong') end")
local deep = module(own .. "http/two.lua",
  "local misuse = ...\nlocal function inner() misuse('wrong') end\n"
    .. "return function() inner() return true end")
local tail = module(own .. "three.lua",
  "local misuse = ...\nlocal function inner() return misuse('wrong') end\n"
    .. "return function() return inner() end")
local protected = module(own .. "four.lua",
  "local misuse = ...\nreturn function()\n"
    .. "local ok, err = pcall(function() misuse('wrong') end)\nerror(err, 0) end")
local with_callback = module(own .. "five.lua", "return function(fn) fn() return true end")

describe("a misuse #short", function()
  it("is shown at the caller's line, however deep it was found", function()
    for _, fn in ipairs { direct, deep, tail, protected } do
      local function caller() fn() return true end
      local line = debug.getinfo(caller, "S").linedefined
      assert.equal("spec/base/misuse_spec.lua:" .. line, line_of(caller))
    end
  end)

  it("is shown at the caller of pcall", function()
    local ok, message
    local function caller() ok, message = pcall(deep) return true end
    caller()
    assert.is_false(ok)
    assert.equal(("spec/base/misuse_spec.lua:%d: wrong"):format(
      debug.getinfo(caller, "S").linedefined), message)
  end)

  it("is shown at the line of the caller's function that the library called", function()
    local function callback() direct() return true end
    local line = debug.getinfo(callback, "S").linedefined
    assert.equal("spec/base/misuse_spec.lua:" .. line, line_of(with_callback, callback))
  end)

  it("is shown at the line before a tail call, which leaves none", function()
    local function tail_caller() return direct() end
    local function caller() tail_caller() return true end
    local line = debug.getinfo(caller, "S").linedefined
    assert.equal("spec/base/misuse_spec.lua:" .. line, line_of(caller))
  end)

  it("is shown at lines of files with names like ours, which are not", function()
    local foreign = assert(load("local fn = ...\nfn() return true", "@/opt/mine/oneoff/app.lua"))
    assert.equal("/opt/mine/oneoff/app.lua:2", line_of(foreign, deep))
    local string_chunk = assert(load("local fn = ...\nfn() return true", "=(command line)"))
    assert.equal("(command line):2", line_of(string_chunk, deep))
  end)

  it("is shown at the same line of a checkout, by any path, and of an installed library", function()
    local folder = host.folder()
    os.execute(("mkdir -p %s/oneoff/share && cp -r lua/oneoff %s/oneoff/share"):format(folder,
      folder))
    local script = assert(io.open(folder .. "/oneoff/app.lua", "w"))
    script:write("local oneoff = require 'oneoff'\n",
      "print(pcall(function()\n  oneoff.sleep('x')\nend))")
    script:close()
    for _, path in ipairs { "./lua", require("lfs").currentdir() .. "/lua",
      folder .. "/oneoff/share" } do
      local text = host.capture(("LUA_PATH='%s/?.lua;%s/?/init.lua' LUA_CPATH=%s %s %s"):format(
        path, path, host.quote(package.cpath), interpreter, folder .. "/oneoff/app.lua"))
      assert.equal(("false\t%s/oneoff/app.lua:3: bad argument #1 to 'sleep' (number expected, "
        .. "got string)\n"):format(folder), text)
    end
    host.remove(folder)
  end)

  it("stands without a line where nobody's function called", function()
    assert.equal("wrong", line_of(coroutine.wrap(direct)))
    assert.equal("wrong", line_of(function() oneoff.spawn(direct):join() end))
  end)
end)

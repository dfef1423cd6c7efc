-- SPDX-License-Identifier: MIT
-- Each cause of a failed restore is brought about with a real sqlite3, called as restore/sqlite.lua
-- does. No pattern is unproven.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local scene = require "spec.restore.causes.scene"

local statements = {
  { "already_exists", "create table a (i int); create table a (i int);" },
  { "already_exists", "create table a (i int unique); insert into a values (1), (1);" },
  { "foreign_key", "pragma foreign_keys = on; create table a (i int primary key);\n"
    .. "create table b (i int references a);\ninsert into b values (1);" },
  { "foreign_key", "pragma foreign_keys = on; create table a (i int);\n"
    .. "create table b (i int references a (i));\ninsert into b values (1);" },
  { "missing", "insert into a values (1);" },
  { "missing", "select no_such_function(1);" },
  { "missing", "create virtual table a using no_such_module (t);" },
  { "syntax", "creat table a (i int);" },
  { "too_large", ".limit length 1000\nselect zeroblob(2000);" },
  { "full", "pragma max_page_count = 8; create table a (b blob);\n"
    .. "insert into a values (zeroblob(100000));" },
  { "full", "create table a (b blob); insert into a values (zeroblob(9000000));",
    wrap = "trap '' XFSZ; ulimit -f 100" },
  { "read_only", "pragma query_only = on; create table a (i int);" },
  { "read_only", "create table a (i int);", path = "/nowhere/new" },
  { "permission", "select writefile('/tmp/a', 'b');", path = "-safe new" },
  { "version", "select * from a;", make = "create table a (i int);", patch = { 48, "\9" } },
}

describe("causes: SQLite", function()
  local folder, remove

  before_each(function() folder, remove = pty.folder() end)
  after_each(function() remove() end)

  for i, case in ipairs(statements) do
    it(("%s (%d)"):format(case[1], i), function()
      local path = folder .. "/new"
      if case.patch then
        host.capture(("sqlite3 %s '%s'"):format(path, case.make))
        local place, bytes = case.patch[1], pty.read(path)
        pty.write(path, bytes:sub(1, place - 1) .. case.patch[2] .. bytes:sub(place + 1))
      end
      scene.is_cause("sqlite", case[1], scene.run(folder, ("cd %s; %s; sqlite3 -batch -bail %s")
        :format(folder, case.wrap or "true", case.path or "new"), case[2]))
    end)
  end

  it("lock_wait", function()
    local other = scene.session("sqlite3 -batch " .. folder .. "/new")
    other.write("begin exclusive; select 'locked';")
    other.wait("locked")
    local output = scene.run(folder, "sqlite3 -batch -bail " .. folder .. "/new",
      "create table a (i int);")
    other.close()
    scene.is_cause("sqlite", "lock_wait", output)
  end)

  it("no pattern is unproven", function()
    assert.same({}, scene.unproven("sqlite"))
  end)
end)

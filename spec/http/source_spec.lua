-- SPDX-License-Identifier: MIT
-- What an upload sends: checks that raise at the caller, names, and the frame of the form.
local source = require "oneoff.http.source"

describe("source.check #short", function()
  -- As client:upload calls it, in no tail call: the error is at the line of its caller.
  local function upload(given)
    local checked = source.check(given)
    return checked
  end

  local good = {
    { "/tmp/dump.sql", { name = "dump.sql", path = "/tmp/dump.sql" } },
    { { path = "a/b", name = "c" }, { name = "c", path = "a/b" } },
    { { path = "a", offset = 1, length = 2 }, { name = "a", path = "a", offset = 1, length = 2 } },
    { { data = "", name = "x/y" }, { name = "y", data = "" } },
    { { data = "x", name = "..." }, { name = "...", data = "x" } },
  }
  for i, case in ipairs(good) do
    it("takes source " .. i, function() assert.same(case[2], upload(case[1])) end)
  end

  it("takes a function", function()
    local read = function() end
    assert.same({ name = "x", read = read, size = 3 }, upload { read = read, name = "x", size = 3 })
  end)

  local bad = {
    { nil, "path or table expected, got nil" }, { 1, "path or table expected, got number" },
    { {}, "one of 'path', 'data' and 'read' expected" },
    { { path = "a", data = "b" }, "one of 'path', 'data' and 'read' expected" },
    { { path = 1 }, "'path': string expected, got number" },
    { { data = "x" }, "'name': a name of a file expected" },
    { { data = "x", name = "" }, "'name': a name of a file expected" },
    { { data = "x", name = ".." }, "'name': a name of a file expected" },
    { { data = "x", name = "a/." }, "'name': a name of a file expected" },
    { "dir/", "'path': a name of a file expected" },
    { "", "'path': a name of a file expected" },
    { { path = "a", other = 1 }, "'other': no such option" },
    { { path = "a", offset = -1 }, "'offset': a whole number from 0 on expected, got -1" },
    { { path = "a", length = 1.5 }, "'length': a whole number from 0 on expected, got 1.5" },
    { { path = "a", length = "1" }, "'length': a whole number from 0 on expected, got string" },
    { { path = "a\0b" }, "a zero byte in the name" },
    { { path = "a", name = "b\0c" }, "a zero byte in the name" },
  }
  for i, case in ipairs(bad) do
    it("refuses source " .. i .. " at the caller's line", function()
      local ok, err = pcall(function() upload(case[1]) end)
      assert.is_false(ok)
      assert.matches("source_spec.lua:%d+: bad source %(", err)
      assert.is_truthy(err:find(case[2], 1, true), err)
    end)
  end
end)

describe("source.multipart #short", function()
  local function frame(name)
    local options, standing = source.multipart(source.check({ data = "x", name = name }))
    return options, standing
  end

  it("frames one part named file", function()
    local options = frame "dump.sql"
    local boundary = options.headers[1]:match(
      "^Content%-Type: multipart/form%-data; boundary=(%S+)$")
    assert.is_truthy(boundary)
    assert.equal("--" .. boundary
      .. '\r\nContent-Disposition: form-data; name="file"; filename="dump.sql"'
      .. "\r\nContent-Type: application/octet-stream\r\n\r\n", options.before)
    assert.equal("\r\n--" .. boundary .. "--\r\n", options.after)
    assert.equal("x", options.body)
  end)

  it("takes another boundary each time", function()
    assert.not_equal(frame("a").after, frame("a").after)
  end)

  it("lets no name out of its quotes or its line", function()
    for _, name in ipairs { 'a"b', "a\\", 'a\\"b', "a\r\nX-Header: y", "a\nb", "\1\127" } do
      local before = frame(name).before
      local line = before:match("\r\n(Content%-Disposition[^\r\n]*)\r\nContent%-Type")
      assert.is_truthy(line, name)
      local quoted = line:match('^Content%-Disposition: form%-data; name="file"; filename="(.*)"$')
      assert.is_truthy(quoted, name)
      assert.is_nil(quoted:gsub("\\.", ""):find('["\\]'), name)
      assert.is_nil(quoted:find("%c"), name)
    end
  end)

  it("says under which name it will stand", function()
    assert.equal('a"b\\', select(2, frame 'a"b\\'))
    assert.equal("a%0D%0Ab", select(2, frame "a\r\nb"))
    assert.equal("\195\169", select(2, frame "\195\169"))
  end)
end)

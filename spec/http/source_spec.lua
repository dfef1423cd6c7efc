-- SPDX-License-Identifier: MIT
-- What an upload sends: checks that raise at the caller, names, and the frame of the form.
local source = require "oneoff.http.source"

describe("a source #short", function()
  local function upload(given)
    assert.is_nil((source.rule(given)))
    return source.checked(given)
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
    { { path = 1 }, "string expected, got number", ".path" },
    { { data = "x" }, "a name of a file expected", ".name" },
    { { data = "x", name = "" }, "a name of a file expected", ".name" },
    { { data = "x", name = ".." }, "a name of a file expected", ".name" },
    { { data = "x", name = "a/." }, "a name of a file expected", ".name" },
    { "dir/", "a name of a file expected", ".path" },
    { "", "a name of a file expected", ".path" },
    { { path = "a", other = 1 }, "no such option", ".other" },
    { { path = "a", offset = -1 }, "a whole number from 0 on expected, got -1", ".offset" },
    { { path = "a", length = 1.5 }, "a whole number from 0 on expected, got 1.5", ".length" },
    { { path = "a", length = "1" }, "a whole number from 0 on expected, got string", ".length" },
    { { path = "a\0b" }, "a zero byte in the name" },
    { { path = "a", name = "b\0c" }, "a zero byte in the name" },
  }
  for i, case in ipairs(bad) do
    it("is refused, " .. i .. ", with the place in it", function()
      assert.same({ case[2], case[3] }, { source.rule(case[1]) })
    end)
  end
end)

describe("source.multipart #short", function()
  local function frame(name)
    local options, standing = source.multipart(source.checked { data = "x", name = name })
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

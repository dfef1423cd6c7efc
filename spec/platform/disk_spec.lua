-- SPDX-License-Identifier: MIT
-- oneoff-host's folders: what containers write is on disk, each container's apart, and gone with
-- it, however it ends.
local host = require "spec.support.host"
local lfs = require "lfs"
local socket = require "socket"

local function read(command)
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function names(folder)
  local found = {}
  for name in lfs.dir(folder) do
    if name ~= "." and name ~= ".." then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

-- The kind of the file system that a path is on, and its number.
local function place_of(path)
  return ("stat -f -c %%T %s; stat -c %%d %s"):format(path, path)
end

local function wait_until(is_true, what)
  local deadline = socket.gettime() + 20
  while not is_true() do
    assert(socket.gettime() < deadline, what)
    socket.sleep(0.02)
  end
end

local function is_running(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  local state = file and file:read("*a"):match("^.*%) (%a)")
  if file then file:close() end
  return state ~= nil and state ~= "Z"
end

describe("a container's disk", function()
  local folder, server, account

  local function start(...)
    server = host.start({ "--dir", folder, "--start-delay", "0", "--rate", "0", ... })
    account = server:account { requests_per_minute = 0 }
  end

  local function container_of(command)
    return assert(account:run("shop", command, { has_uploads = true }))
  end

  local function output_of(container)
    return (assert(assert(container:attach()):read_all()):gsub("\r", ""))
  end

  -- The folder of the host, and those of the containers in it.
  local function own_folder()
    local found = names(folder)
    assert.equal(1, #found)
    assert.truthy(found[1]:find(("^oneoff%%-host%%-%d%%-%%w+$"):format(server.pid)))
    return folder .. "/" .. found[1]
  end

  local function containers_in(path)
    local found = {}
    for _, name in ipairs(names(path)) do
      if name ~= "lock" then found[#found + 1] = name end
    end
    return found
  end

  before_each(function() folder = host.folder() end)

  after_each(function()
    if account then account:close() end
    if server then server:stop() end
    account, server = nil, nil
    host.remove(folder)
  end)

  it("is where its files are uploaded to, and is gone with the container", function()
    start()
    local own = own_folder()
    assert.equal("rwx------", lfs.attributes(own, "permissions"))
    local container = container_of(place_of("/tmp/uploads") .. ";" .. place_of("/app")
      .. "; cat /tmp/uploads/x; stat -c %a /tmp /app")
    assert(container:upload { data = "good morning\n", name = "x" })
    local file = assert(io.open(own .. "/" .. containers_in(own)[1] .. "/tmp/uploads/x"))
    assert.equal("good morning\n", file:read("*a"))
    file:close()
    local place = read(place_of(host.quote(folder)))
    assert.equal(place .. place .. "good morning\n1777\n755\n", output_of(container))
    assert(container:wait())
    wait_until(function() return #containers_in(own) == 0 end, "the container's folder is left")
  end)

  it("is in memory and of a size when --disk says so", function()
    start("--disk", "65536")
    assert.same({}, names(folder))
    local container = container_of("stat -f -c %T /tmp/uploads; head -c 65537 /dev/zero >/app/x")
    local output = output_of(container)
    assert.equal("tmpfs", output:match("^%w+"))
    assert.truthy(output:find("No space left on device", 1, true))
  end)

  it("is not seen by another container, wherever it is", function()
    local visible = read("mktemp -d /var/tmp/oneoff-spec-XXXXXX"):match("%S+")
    finally(function() host.remove(visible) end)
    start("--dir", visible, "--bind", folder)
    local one = container_of("sleep 600")
    assert(one:upload { data = "secret", name = "x" })
    local terminal = assert(one:attach())
    local output = output_of(container_of(
      ("ls -A /tmp/uploads; find %s -name x; find %s %s -type d -name 'one-off*'"):format(
        visible, visible, folder)))
    assert.equal("", output)
    terminal:close()
  end)

  it("is removed whatever the command did with it", function()
    start()
    local own = own_folder()
    local outside = assert(io.open(server.folder .. "/outside", "w"))
    outside:close()
    output_of(container_of("mkdir -p /tmp/a/b/c; touch /tmp/a/b/c/d; ln -s " .. server.folder
      .. " /tmp/a/link; ln -s " .. server.folder .. "/outside /app/link; mkfifo /app/pipe; "
      .. "(cd /app; for i in $(seq 300); do mkdir d; cd d; done); "
      .. "chmod 000 /tmp/a/b/c /tmp/a/b /tmp/a /app /tmp"))
    wait_until(function() return #containers_in(own) == 0 end, "the container's folder is left")
    assert.truthy(lfs.attributes(server.folder .. "/outside"))
  end)

  for _, signal in ipairs { "TERM", "INT" } do
    it("is removed at the host's end by SIG" .. signal, function()
      start()
      local terminal = assert(container_of("touch /tmp/x; sleep 600"):attach())
      assert(account:run("shop", "while :; do date >/tmp/$RANDOM; done", { detached = true }))
      assert.equal(2, #containers_in(own_folder()))
      os.execute(("kill -%s %d"):format(signal, server.pid))
      wait_until(function() return not is_running(server.pid) end, "the host does not end")
      assert.same({}, names(folder))
      terminal:close()
    end)
  end

  it("of a killed host is removed by the next one, and no other is", function()
    start()
    assert(container_of("sleep 600"):ready())
    account:close()
    server:kill()
    wait_until(function() return not is_running(server.pid) end, "the host does not die")
    assert.equal(1, #containers_in(own_folder()))
    server:stop()
    lfs.mkdir(folder .. "/oneoff-host-none-of-it")
    start()
    local other = host.start({ "--dir", folder })
    wait_until(function() return #names(folder) == 3 end, "the killed host's folder is left")
    other:stop()
    server:stop()
    assert.same({ "oneoff-host-none-of-it" }, names(folder))
  end)
end)

-- SPDX-License-Identifier: MIT
-- Starts the real oneoff-host for a spec, and an account of it; it ends with the spec.
local json = require "cjson"
local lfs = require "lfs"

local host = {}

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end
host.quote = quote

--- What a command prints.
function host.capture(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- A new empty folder; the caller removes it with host.remove.
function host.folder()
  local pipe = io.popen("mktemp -d")
  local path = pipe:read("*l")
  pipe:close()
  return path
end

function host.remove(path)
  os.execute("rm -rf " .. quote(path))
end

-- One certificate authority and a certificate for loopback, made once a run.
local tls
function host.tls()
  if tls then return tls end
  local folder = host.folder()
  tls = { folder = folder, ca = folder .. "/cert.pem", key = folder .. "/key.pem" }
  local command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
    .. "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s -out %s 2>/dev/null"
  os.execute(command:format(quote(tls.key), quote(tls.ca)))
  return tls
end

local host_methods = {}
local host_mt = { __index = host_methods }

--- Starts a host with these flags. With options.tls it speaks https.
---@param flags string[]?
---@param options {tls: boolean?}?
function host.start(flags, options)
  local self = setmetatable({ folder = host.folder() }, host_mt)
  local fifo, words = self.folder .. "/ready", { "exec" }
  os.execute("mkfifo " .. quote(fifo))
  words[2] = quote(os.getenv("ONEOFF_HOST") or "build/oneoff-host")
  words[3] = "--stdin-guard --log " .. quote(self.folder .. "/log")
  if options and options.tls then
    self.ca_file = host.tls().ca
    words[4] = "--tls-cert " .. quote(host.tls().ca) .. " --tls-key " .. quote(host.tls().key)
  end
  for _, flag in ipairs(flags or {}) do words[#words + 1] = quote(flag) end
  self.stdin = io.popen(table.concat(words, " ") .. " >" .. quote(fifo), "w")
  local ready = io.open(fifo)
  local line = ready:read("*l")
  ready:close()
  assert(line, "oneoff-host did not start")
  local said = json.decode(line)
  self.url, self.token, self.pid = said.url, said.token, said.pid
  return self
end

--- An account of the host; its options are those of scalingo.new.
function host_methods:account(options)
  local given = { token = self.token, api_url = self.url, auth_url = self.url,
    ca_file = self.ca_file }
  for name, value in pairs(options or {}) do given[name] = value end
  return require("oneoff.scalingo").new(given)
end

--- What was asked of it: a table a request, in their order.
function host_methods:log()
  local requests = {}
  for line in io.lines(self.folder .. "/log") do requests[#requests + 1] = json.decode(line) end
  return requests
end

--- How often a stage was asked.
function host_methods:count(stage)
  local count = 0
  for _, request in ipairs(self:log()) do
    if request.stage == stage then count = count + 1 end
  end
  return count
end

--- The containers that are still there, by the host's own account, whatever its faults.
function host_methods.living(_, account, app)
  local found = {}
  for _, container in ipairs(assert(account:containers(app))) do
    if container.state ~= "stopped" and container.state ~= "stopping" then
      found[#found + 1] = container
    end
  end
  return found
end

--- Kills it, as a machine dies.
function host_methods:kill()
  os.execute(("kill -9 %d"):format(self.pid))
end

function host_methods:stop()
  if self.stdin then self.stdin:close() end
  self.stdin = nil
  if lfs.attributes(self.folder) then host.remove(self.folder) end
end

return host

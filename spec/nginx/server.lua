-- SPDX-License-Identifier: MIT
-- Starts a real nginx for a spec, in a folder of its own, with a worker or more and its Lua module.
local lfs = require "lfs"
local socket = require "socket"

local nginx = {}

local MODULES = "/usr/lib/nginx/modules/"

-- Its workers load modules of the checkout, which may stand where root alone can read.
local FRAME = [[
user root;
daemon off;
master_process on;
worker_processes @WORKERS@;
pid @FOLDER@/pid;
error_log @FOLDER@/error.log info;
load_module @MODULES@ndk_http_module.so;
load_module @MODULES@ngx_http_lua_module.so;
env SCALINGO_API_TOKEN;
env SCALINGO_API_URL;
env SCALINGO_AUTH_URL;
env SCENARIO_FILE;
env SCENARIO_SHA256;
env TMPDIR;
@MAIN@
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path @FOLDER@/body;
  proxy_temp_path @FOLDER@/proxy;
  fastcgi_temp_path @FOLDER@/fastcgi;
  uwsgi_temp_path @FOLDER@/uwsgi;
  scgi_temp_path @FOLDER@/scgi;
  lua_package_path "@ROOT@/?.lua;@ROOT@/lua/?.lua;@ROOT@/lua/?/init.lua;;";
  lua_package_cpath "@ROOT@/build/5.1/?.so;;";
@HTTP@
  server {
    listen 127.0.0.1:@PORT@;
@SERVER@
  }
}
]]

local function free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return tonumber(port)
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text
end

local nginx_methods = {}
local nginx_mt = { __index = nginx_methods }

--- Whether nginx and its Lua module are there.
function nginx.is_installed()
  return lfs.attributes(MODULES .. "ngx_http_lua_module.so") ~= nil
end

--- What the configuration begins and ends with, filled in.
local function fill(self, parts)
  if parts.conf then return parts.conf(self) end
  local values = { WORKERS = tostring(parts.workers or 1), FOLDER = self.folder, MODULES = MODULES,
    ROOT = lfs.currentdir(), PORT = tostring(self.port), MAIN = parts.main or "",
    HTTP = parts.http or "", SERVER = parts.server or "" }
  return (FRAME:gsub("@(%u+)@", values))
end

local PATIENCE = tonumber(os.getenv("ONEOFF_PATIENCE")) or 1

local function wait_for(fact, seconds, what)
  local deadline = socket.gettime() + seconds * PATIENCE
  while not fact() do
    assert(socket.gettime() < deadline, what)
    socket.sleep(0.01)
  end
end
nginx.wait_for = wait_for

--- Whether a process is there, and no zombie.
function nginx.is_running(pid)
  local state = read(("/proc/%d/stat"):format(pid)):match("^.*%) (%a)")
  return state ~= nil and state ~= "Z"
end

--- Starts it. parts: main, http, server: configuration; conf: a function that returns a whole one
--- in place of them; workers; env: words before the command.
function nginx.start(parts)
  local self = setmetatable({ port = free_port() }, nginx_mt)
  local pipe = io.popen("mktemp -d")
  self.folder = pipe:read("*l")
  pipe:close()
  -- Its workers are another user's where it runs as root.
  self.tmp = self.folder .. "/tmp"
  os.execute(("chmod 755 %s; mkdir -m 1777 %s"):format(self.folder, self.tmp))
  self.url = "http://127.0.0.1:" .. self.port
  local text = fill(self, parts)
  local conf = assert(io.open(self.folder .. "/nginx.conf", "w"))
  conf:write(text)
  conf:close()
  -- Ends with the pipe to its shell, whatever happens to this process.
  self.guard = io.popen(("TMPDIR=%s %s nginx -p %s -c nginx.conf >>%s/out 2>&1 & read x; "
    .. "kill $! 2>&-; wait"):format(self.tmp, parts.env or "", self.folder, self.folder), "w")
  local ok = pcall(wait_for, function()
    local client = socket.connect("127.0.0.1", self.port)
    if client then client:close() end
    return client and #self:workers() >= (parts.workers or 1)
  end, 20)
  if ok then return self end
  local log = self:log()
  self:stop()
  error("nginx did not start: " .. log)
end

function nginx_methods:log()
  return read(self.folder .. "/out") .. read(self.folder .. "/error.log")
end

function nginx_methods:pid()
  return tonumber(read(self.folder .. "/pid"):match("%d+"))
end

--- The processes of its workers.
function nginx_methods:workers()
  local found, master = {}, self:pid() or 0 -- none yet
  for pid in read(("/proc/%d/task/%d/children"):format(master, master)):gmatch("%d+") do
    found[#found + 1] = tonumber(pid)
  end
  return found
end

function nginx_methods:signal(name)
  os.execute(("kill -%s %d"):format(name, self:pid()))
end

--- Asks a location: the body and the status. options are curl's.
function nginx_methods:get(path, options)
  local pipe = io.popen(("curl -sS -m 120 -w '\\n%%{http_code}' %s '%s%s' 2>&1"):format(
    options or "", self.url, path))
  local text = pipe:read("*a")
  pipe:close()
  local body, status = text:match("^(.*)\n(%d+)$")
  return body or text, tonumber(status)
end

local client_methods = {}
local client_mt = { __index = client_methods }

--- Opens a location and goes on: a client that reads line by line, and can go away.
function nginx_methods:open(path, headers)
  local connected = assert(socket.connect("127.0.0.1", self.port))
  local client = setmetatable({ socket = connected }, client_mt)
  client.socket:settimeout(20)
  client.socket:send(("GET %s HTTP/1.0\r\n%s\r\n"):format(path, headers or ""))
  return client
end

local function read_upto(self, pattern)
  local lines = {}
  repeat
    local line, message, part = self.socket:receive("*l")
    lines[#lines + 1] = assert(line, ("%s before %q: %s%s"):format(message, pattern,
      table.concat(lines, "\n"), part or ""))
  until line:find(pattern)
  return table.concat(lines, "\n")
end

local function skip_head(self)
  self.head = self.head or read_upto(self, "^$")
end

--- The lines up to one that is like the pattern, which is the last one.
function client_methods:upto(pattern)
  skip_head(self)
  return read_upto(self, pattern)
end

--- The rest, up to the end.
function client_methods:rest()
  skip_head(self)
  local text, message, part = self.socket:receive("*a")
  self:close()
  assert(text or message == "closed", message)
  return text or part
end

function client_methods:close()
  self.socket:close()
end

--- What is left in its folder for temporary files.
function nginx_methods:leftovers()
  local found = {}
  for name in lfs.dir(self.tmp) do
    if not name:find("^%.") then found[#found + 1] = name end
  end
  return found
end

-- Alarms of no use: what a spec asks for.
local function is_wanted(line)
  return line:find("lua_code_cache is off", 1, true)
    or line:find("client intended to send too large body", 1, true)
end

--- The lines of its log that no good day has.
function nginx_methods:complaints()
  local found = {}
  for line in self:log():gmatch("[^\n]+") do
    if (line:find("%[error%]") or line:find("%[alert%]") or line:find("%[crit%]")
      or line:find("%[emerg%]") or line:find("exited on signal"))
      and not is_wanted(line) then
      found[#found + 1] = line
    end
  end
  return found
end

function nginx_methods:stop()
  if self.guard then self.guard:close() end
  self.guard = nil
  os.execute("rm -rf " .. self.folder)
end

return nginx

-- SPDX-License-Identifier: MIT
-- A headless Chromium for a spec, driven by chromedriver's WebDriver protocol.
local host = require "spec.support.host"
local json = require "cjson"
local socket = require "socket"

local browser = {}

local FLAGS = { "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--window-size=900,1100" }
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- what WebDriver calls an element's id

local function capture(command)
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- Whether Chromium and its driver are there.
function browser.is_installed()
  return capture("command -v chromedriver"):find("%S") and capture("command -v chromium"):find("%S")
end

local browser_methods = {}
local browser_mt = { __index = browser_methods }

--- One command; its value, or an error.
function browser_methods:ask(method, path, data)
  local body = ""
  if method == "POST" then
    local file = io.open(self.folder .. "/body", "w")
    file:write(data and json.encode(data) or "{}")
    file:close()
    body = "-H 'Content-Type: application/json' --data-binary @" .. self.folder .. "/body"
  end
  local text = capture(("curl -sS -m 60 -X %s %s %s%s 2>&1"):format(method, body, self.url, path))
  local ok, answer = pcall(json.decode, text)
  assert(ok and not (type(answer.value) == "table" and answer.value.error),
    method .. " " .. path .. ": " .. text:sub(1, 1000))
  return answer.value
end

-- The driver, in a process group of its own that ends with it.
local function start_driver(self)
  self.guard = io.popen(("HOME=%s TMPDIR=%s setsid chromedriver --port=0 >%s/out 2>&1 & read x; "
    .. "kill -- -$! 2>&-; wait"):format(self.folder, self.folder, self.folder), "w")
  local deadline, port = socket.gettime() + 20
  repeat
    assert(socket.gettime() < deadline, "chromedriver did not start")
    socket.sleep(0.02)
    local file = io.open(self.folder .. "/out")
    port = file and file:read("*a"):match("successfully on port (%d+)")
    if file then file:close() end
  until port
  self.url = "http://127.0.0.1:" .. port
end

function browser.start()
  local self = setmetatable({ folder = host.folder() }, browser_mt)
  start_driver(self)
  local flags = { "--user-data-dir=" .. self.folder .. "/profile" }
  for _, flag in ipairs(FLAGS) do flags[#flags + 1] = flag end
  local session = self:ask("POST", "/session", { capabilities = { alwaysMatch = {
    browserName = "chrome", ["goog:chromeOptions"] = { args = flags },
    ["goog:loggingPrefs"] = { browser = "ALL" } } } })
  self.url = self.url .. "/session/" .. session.sessionId
  return self
end

function browser_methods:open(url)
  self:ask("POST", "/url", { url = url })
end

local function found(self, selector)
  return "/element/" .. self:ask("POST", "/element",
    { using = "css selector", value = selector })[ELEMENT]
end

--- Types into a field, or chooses a file by its path.
function browser_methods:type(selector, text)
  self:ask("POST", found(self, selector) .. "/value", { text = text })
end

function browser_methods:click(selector)
  self:ask("POST", found(self, selector) .. "/click")
end

--- What a person reads there.
function browser_methods:text(selector)
  return self:ask("GET", found(self, selector) .. "/text")
end

--- The value of a script's `return`.
function browser_methods:run(script)
  return self:ask("POST", "/execute/sync", { script = script, args = { 0 } })
end

--- How many elements there are.
function browser_methods:count(selector)
  return self:run(("return document.querySelectorAll('%s').length"):format(selector))
end

--- What stands in the console, one entry a line.
function browser_methods:console()
  local lines = {}
  for _, entry in ipairs(self:ask("POST", "/se/log", { type = "browser" })) do
    lines[#lines + 1] = entry.message
  end
  return lines
end

--- A picture of the page, base64, into a file.
function browser_methods:picture(path)
  local file = io.open(self.folder .. "/picture", "w")
  file:write(self:ask("GET", "/screenshot"))
  file:close()
  os.execute(("base64 -d %s/picture >%s"):format(self.folder, path))
end

function browser_methods:stop()
  pcall(self.ask, self, "DELETE", "")
  self.guard:close()
  host.remove(self.folder)
end

return browser

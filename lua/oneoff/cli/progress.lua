-- Shows progress: a spinner and a bar on a terminal, elsewhere a line for each tenth.
-- SPDX-License-Identifier: MIT
local coroutines = require "oneoff.sched.coroutines"
local env = require "oneoff.base.env"
local scheduler = require "oneoff.sched.scheduler"
local quantity = require "oneoff.base.quantity"
local report = require "oneoff.task.report"
local stderr = require "oneoff.cli.stderr"
local tty = require "oneoff.tty"

local progress = {}

---@class oneoff.cli.Progress
local progress_methods = {}
local progress_mt = { __index = progress_methods, __name = "oneoff.cli.progress" }

local STDERR = 2
local PERIOD = 0.1 -- seconds between two redraws
local BAR = 24 -- columns
local LARGE = 1024 * 1024 -- bytes; less is uploaded too quickly for tenths
local SIGNS = {
  utf8 = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏", full = "█", empty = "░" },
  ascii = { "|", "/", "-", "\\", full = "#", empty = "." },
}

---@param options { is_shown: boolean }
---@return oneoff.cli.Progress
function progress.new(options)
  local is_drawn = options.is_shown and tty.is_terminal(STDERR) and env("TERM")
    and env("TERM") ~= "dumb"
  return setmetatable({ is_shown_ = options.is_shown, is_drawn_ = is_drawn,
    signs_ = report.is_utf8() and SIGNS.utf8 or SIGNS.ascii, frame_ = 0 }, progress_mt)
end

--- Erases the progress line, before anything else is written; it comes back by itself.
function progress_methods:clear()
  if self.is_visible_ then stderr.write("\r\27[K") end
  self.is_visible_ = false
end

local function cut(text, columns)
  while report.width(text) > columns do text = text:gsub("[^\128-\191][\128-\191]*$", "") end
  return text
end

local draw = stderr.guarded(function(self)
  self.frame_ = self.frame_ % #self.signs_ + 1
  local columns = tty.size(STDERR) or 80
  local span = quantity.span(scheduler.now() - self.began_)
  local text = ("%s %s%s  %s"):format(self.signs_[self.frame_], self.what_, self.bar_ or "", span)
  stderr.write("\r\27[K", cut(text, columns - 1))
  self.is_visible_ = true
end)

local function animate(self)
  while self.what_ do
    draw(self)
    if not scheduler.sleep(PERIOD) then return end
  end
end

--- Begins to show what is being done: "uploading dump.gz".
---@param what string
function progress_methods:start(what)
  self.what_, self.bar_ = what:gsub("[%c\127]", " "), nil
  self.tenth_, self.began_ = 0, scheduler.now()
  if not self.is_drawn_ or self.task_ and self.task_:status() == "running" then return end
  self.task_ = coroutines.spawn(animate, self)
end

-- Prints a line when another tenth is done.
local function print_tenth(self, done, total)
  local tenth = math.floor((quantity.percent(done, total) or 0) / 10)
  if not self.is_shown_ or tenth <= self.tenth_ then return end
  self.tenth_ = tenth
  stderr.write(("oneoff: %s: %d%% of %s\n"):format(self.what_, tenth * 10,
    quantity.size(total)))
end

--- Shows how much is done, in bytes; the total may not be known.
---@param done integer
---@param total integer?
function progress_methods:update(done, total)
  if not self.what_ then return end
  if not self.is_drawn_ then
    if total and total >= LARGE then print_tenth(self, done, total) end
    return
  end
  local seconds = math.max(0.001, scheduler.now() - self.began_)
  local rate = quantity.size(done / seconds) .. "/s"
  local percent = quantity.percent(done, total)
  if not percent then
    self.bar_ = ("  %s  %s"):format(quantity.size(done), rate)
    return
  end
  local filled = math.floor(BAR * percent / 100)
  self.bar_ = ("  %s%s %3d%% of %s  %s"):format(self.signs_.full:rep(filled),
    self.signs_.empty:rep(BAR - filled), percent, quantity.size(total), rate)
end

--- Ends what `start` began.
function progress_methods:stop()
  self.what_ = nil
  self:clear()
  if self.task_ then self.task_:cancel() end
  self.task_ = nil
end

for name, method in pairs(progress_methods) do progress_methods[name] = stderr.guarded(method) end

return progress

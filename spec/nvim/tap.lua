-- SPDX-License-Identifier: MIT
-- What the drivers in Neovim are written with: checks that go to $DRIVE_OUT as TAP, waits that end.
local tap = {}

local out = assert(io.open(os.getenv("DRIVE_OUT"), "w"))
local count = 0

tap.root = os.getenv("DRIVE_ROOT")
tap.folder = os.getenv("DRIVE_FOLDER")
tap.uv = vim.uv or vim.loop
tap.notices = {}

local function say(line)
  out:write(line, "\n")
  out:flush()
end

-- What would be shown is kept: a message on a screen that nobody looks at tells nothing.
vim.notify = function(message, level) table.insert(tap.notices, { message, level }) end

--- Runs fn; an error in it is a failure.
function tap.test(name, fn)
  count = count + 1
  local ok, why = xpcall(fn, debug.traceback)
  if ok then
    say(("ok %d - %s"):format(count, name))
  else
    say(("not ok %d - %s\n# %s"):format(count, name, (tostring(why):gsub("\n", "\n# "))))
  end
end

--- Raises unless both are alike.
function tap.equal(expected, found, what)
  if not vim.deep_equal(expected, found) then
    error(("%s: expected %s, found %s"):format(what or "?", vim.inspect(expected),
      vim.inspect(found)), 2)
  end
end

--- Raises unless the pattern is in the text.
function tap.has(pattern, text)
  if not tostring(text):find(pattern) then
    error(("no %q in %s"):format(pattern, vim.inspect(text)), 2)
  end
end

--- Waits, while the editor goes on, until fn gives something; returns that.
function tap.eventually(what, fn)
  local found
  vim.wait(60000, function()
    found = fn()
    return found and true or false
  end, 5)
  return found or error("in vain: " .. what, 2)
end

--- A buffer's text.
function tap.text(buf)
  return table.concat(vim.api.nvim_buf_get_lines(buf or 0, 0, -1, false), "\n")
end

--- Runs fn and gives the data of the `User OneoffExit` of the buffer that is current after it, or
--- that it returns.
function tap.exit_of(fn)
  local all = {}
  local id = vim.api.nvim_create_autocmd("User", { pattern = "OneoffExit",
    callback = function(event) table.insert(all, event.data or vim.g.oneoff_exit) end })
  local buf = fn() or vim.api.nvim_get_current_buf()
  local data = tap.eventually("User OneoffExit", function()
    for _, one in ipairs(all) do
      if one.buffer == buf then return one end
    end
  end)
  vim.api.nvim_del_autocmd(id)
  return data
end

--- The application's containers that are not stopped, as the platform lists them.
function tap.living(app)
  local found = {}
  for _, one in ipairs(assert(require("oneoff.scalingo").new():containers(app))) do
    if one.state ~= "stopped" and one.state ~= "stopping" then found[#found + 1] = one end
  end
  return found
end

--- Runs fn, and counts the ticks of a timer of 5 ms meanwhile. (How long the longest gap was is
--- measured by `make bench-hosts`.)
function tap.ticks(fn)
  local ticks = 0
  local timer = tap.uv.new_timer()
  timer:start(5, 5, function() ticks = ticks + 1 end)
  fn()
  timer:close()
  return ticks
end

--- Clients keep to the platform's rate by themselves: not so in a driver that asks for much.
function tap.without_rate()
  assert(require("oneoff.nvim.module").load())
  require("oneoff.http.transport").defaults.requests_per_minute = 0
end

--- The end of a driver: its number of checks, and the editor quits.
function tap.done()
  say("1.." .. count)
  out:close()
  vim.cmd("qa!")
end

return tap

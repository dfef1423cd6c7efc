-- SPDX-License-Identifier: MIT
-- Neovim: terminal buffers that are bound to a container, and the editor's pulse meanwhile.
local tap = require "spec.nvim.tap"
local test, equal, has = tap.test, tap.equal, tap.has

require "oneoff.nvim"

local function open(line)
  vim.cmd(line)
  return vim.api.nvim_get_current_buf()
end

local function see(buf, pattern)
  return tap.eventually(pattern, function() return tap.text(buf):match(pattern) end)
end

-- In a headless Neovim nothing draws by itself.
local function see_redrawn(buf, pattern)
  return tap.eventually(pattern, function()
    vim.cmd("redraw")
    return tap.text(buf):match(pattern)
  end)
end

tap.without_rate()

test("the exit code is shown, told and kept", function()
  local buf
  local data = tap.exit_of(function()
    buf = open("Oneoff terminal t printf 'one\\ntwo\\n'; exit 5")
  end)
  local text = tap.text(buf)
  has("one\ntwo\n+%[oneoff: exit code 5%]", text)
  assert(not text:find("asking", 1, true), "what came before the terminal is still there")
  equal({ "terminal", "t", 5, buf }, { data.kind, data.app, data.code, data.buffer })
  equal(5, vim.b[buf].oneoff_exit.code)
  equal(5, vim.g.oneoff_exit.code)
  has("^oneoff://t/one%-off%-%d+$", vim.api.nvim_buf_get_name(buf))
  vim.cmd("bdelete " .. buf) -- without "!": nothing runs there
end)

-- The command starts at the attach, and may be there before the size is.
local SIZES = "while stty size; do sleep 0.1; done"

test("the first size is the window's", function()
  local buf = open("Oneoff terminal t " .. SIZES)
  local win = vim.fn.getwininfo(vim.api.nvim_get_current_win())[1]
  see(buf, ("%d %d\n"):format(win.height, win.width))
  vim.cmd("bwipeout! " .. buf)
end)

test("later sizes follow, the latest one wins", function()
  local buf = open("Oneoff terminal t "
    .. "trap 'stty size' WINCH; echo on; while sleep 0.05; do :; done")
  see(buf, "on\n")
  vim.cmd("resize 4")
  vim.cmd("resize 5")
  vim.cmd("resize 6")
  see_redrawn(buf, "\n?6 80\n")
  vim.cmd("vsplit | enew | vertical resize 30")
  see_redrawn(buf, "6 49\n")
  vim.cmd("bwipeout! " .. buf)
end)

test("with line numbers the text is as wide as what is left", function()
  vim.o.number, vim.o.numberwidth = true, 6
  local buf = open("Oneoff terminal t " .. SIZES)
  local textoff = vim.fn.getwininfo(vim.api.nvim_get_current_win())[1].textoff
  see(buf, " " .. (80 - textoff) .. "\n")
  vim.o.number = false
  vim.cmd("bwipeout! " .. buf)
end)

test("keys go there, also those that are typed early", function()
  local buf = open("Oneoff terminal t cat")
  for _, channel in ipairs(vim.api.nvim_list_chans()) do
    -- The terminal itself answers: as if it were typed.
    if channel.buffer == buf then vim.api.nvim_chan_send(channel.id, "\27[5n") end
  end
  see(buf, "%^%[%[0n")
  vim.cmd("bwipeout! " .. buf)
end)

test("closing the buffer stops the container", function()
  for _, how in ipairs { "bwipeout!", "bdelete!" } do
    local buf = open("Oneoff terminal closed echo ready; exec sleep 600")
    see(buf, "ready")
    local data = tap.exit_of(function()
      vim.cmd(how .. " " .. buf)
      return buf
    end)
    assert(data.code > 0, "code 0")
    tap.eventually("no container", function() return #tap.living("closed") == 0 end)
  end
  local buf = open("Oneoff terminal closed sleep 600")
  vim.cmd("bwipeout! " .. buf) -- before there is a container
  tap.eventually("no container", function() return #tap.living("closed") == 0 end)
end)

test("hiding its window does not", function()
  local buf = open("Oneoff terminal hidden echo ready; read x; exit 6")
  see(buf, "ready")
  vim.cmd("hide")
  equal(1, #tap.living("hidden"))
  vim.cmd("sbuffer " .. buf)
  vim.cmd("bwipeout! " .. buf)
end)

test("a flood of output leaves the editor its turn", function()
  local data
  local ticks = tap.ticks(function()
    data = tap.exit_of(function() vim.cmd("Oneoff terminal t seq 400000") end)
  end)
  equal(0, data.code)
  has("399999\n400000\n", tap.text(data.buffer))
  assert(ticks > 20, "ticks: " .. ticks)
end)

test("a timer of 5 ms keeps ticking during an upload", function()
  local path = tap.folder .. "/large.bin"
  os.execute("truncate -s 90M " .. path)
  local data
  local ticks = tap.ticks(function()
    data = tap.exit_of(function()
      vim.cmd("Oneoff upload t " .. path .. " -- stat -c %s /tmp/uploads/*")
    end)
  end)
  os.remove(path)
  has(tostring(90 * 1024 * 1024), tap.text(data.buffer))
  assert(ticks > 20, "ticks: " .. ticks)
end)

tap.done()

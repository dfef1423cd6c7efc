-- SPDX-License-Identifier: MIT
-- A terminal of tmux, with a server of its own, in which a Neovim is typed into and read back.
local screen = {}

local SECONDS = 30

local server

local function tmux(words)
  local pipe = io.popen(("tmux -L %s -f /dev/null %s 2>&1"):format(server, words))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function type_in(text)
  tmux("send-keys -l '" .. text:gsub("'", "'\\''") .. "'")
end

local function press(keys)
  tmux("send-keys " .. keys)
end

-- Looks until the pattern is on the screen; in between, `again` is done once a second.
local function see(pattern, again)
  local deadline, next_time, text = os.time() + SECONDS, os.time() + 2, ""
  while os.time() < deadline do
    text = tmux("capture-pane -p")
    local found = { text:match(pattern) }
    if found[1] then return found[1], found[2] end
    if again and os.time() >= next_time then
      again()
      next_time = os.time() + 2
    end
    os.execute("sleep 0.05")
  end
  error(("no %q on the screen:\n%s"):format(pattern, text), 2)
end

local counter = 0

-- The size that the container's terminal has, asked at its prompt.
local function ask_size()
  counter = counter + 1
  type_in(("echo s%d $(stty size) z"):format(counter))
  press("Enter")
  local rows, columns = see(("s%d (%%d+) (%%d+) z"):format(counter))
  return tonumber(rows), tonumber(columns)
end

-- Asks until it is the expected one: the news of a size takes its time.
local function ask_until(columns, rows)
  local deadline = os.time() + SECONDS
  repeat
    local r, c = ask_size()
    if c == columns and (not rows or r == rows) then return r end
  until os.time() > deadline
  error(("the container never had %d columns"):format(columns))
end

-- The screen is resized, then the window in it.
local function resize()
  see("\n[^\n]*[$#] *\n")
  local rows = ask_until(100)
  tmux("resize-window -x 120 -y 40")
  ask_until(120, rows + 10)
  press([['C-\' C-n]])
  type_in(":vertical new")
  press("Enter")
  press("C-w p i")
  ask_until(59) -- a half of 120, less the border
  press([['C-\' C-n]])
  type_in(":only")
  press("Enter")
  type_in("i")
  ask_until(120)
end

local function converse()
  type_in("echo ju''st; cat")
  press("Enter")
  see("\njust")
  type_in("echo of cat")
  press("Enter")
  see("\necho of cat\necho of cat")
  press("C-c")
  type_in("exit 7")
  press("Enter")
  see("%[oneoff: exit code 7%]")
  press("x x") -- in terminal mode a key would close the buffer
  see("%[oneoff: exit code 7%]")
  type_in(":echo 'mode' mode() b:oneoff_exit.code")
  press("Enter")
  see("mode n 7")
end

--- Runs the command in a terminal of 100 columns and 30 rows, and what a person would do there.
function screen.check(own, command)
  server = ("oneoff-%d"):format(own.pid)
  tmux(("new-session -d -x 100 -y 30 %s"):format("'" .. command:gsub("'", "'\\''") .. "'"))
  local ok, why = pcall(resize)
  if ok then ok, why = pcall(converse) end
  if ok then
    type_in(":tabnew | Oneoff terminal typed cat")
    press("Enter")
    ok, why = pcall(function()
      type_in("alive")
      press("Enter")
      see("\nalive\nalive")
      press([['C-\' C-n]])
      type_in(":qa!")
      press("Enter")
      local deadline = os.time() + SECONDS
      while tmux("list-sessions"):find("windows") do
        if os.time() > deadline then error("it does not quit") end
        os.execute("sleep 0.05")
      end
    end)
  end
  tmux("kill-server")
  if not ok then error(why, 0) end
end

return screen

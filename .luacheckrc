-- What every Lua has; a file that may use more is named below.
std = "min"
max_line_length = 100
cache = false
codes = true

-- Some Luas have these; a file that uses one of them looks for it first.
read_globals = {
  "unpack", "newproxy", "loadstring", "setfenv", "jit",
  table = { fields = { "unpack", "pack", "move" } },
  coroutine = { fields = { "close", "isyieldable" } },
}

local vim = { globals = { "vim" } } -- whose options are fields that are set
local ngx = { globals = { "ngx" } }
for _, place in ipairs { "plugin", "lua/oneoff/nvim", "lua/oneoff/nvim.lua",
  "lua/oneoff/health.lua", "lua/oneoff/base/json.lua", "spec/nvim", "spec/loop/drive/neovim*.lua",
  "spec/bench/loop/**/*neovim*.lua" } do
  files[place] = vim
end
for _, place in ipairs { "lua/oneoff/nginx.lua", "spec/loop/drive/nginx.lua",
  "spec/nginx/cases.lua", "doc/nginx",
  "spec/bench/loop/**/*nginx*.lua" } do
  files[place] = ngx
end
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/support/helper.lua"] = { std = "+busted" }
files["rockspec"] = { std = "+rockspec" }
files[".luacheckrc"] = { std = "+luacheckrc" }

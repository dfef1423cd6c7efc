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
for _, place in ipairs { "plugin", "lua/oneoff/nvim", "lua/oneoff/nvim.lua", "lua/oneoff/health.lua",
  "lua/oneoff/base/json.lua", "spec/hosts/neovim", "spec/hosts/drive/neovim*.lua",
  "spec/bench/hosts/**/*neovim*.lua" } do
  files[place] = vim
end
for _, place in ipairs { "lua/oneoff/nginx.lua", "spec/hosts/drive/nginx.lua",
  "spec/hosts/nginx_cases.lua", "doc/nginx",
  "spec/bench/hosts/**/*nginx*.lua" } do
  files[place] = ngx
end
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/support/helper.lua"] = { std = "+busted" }
files["rockspec"] = { std = "+rockspec" }
files[".luacheckrc"] = { std = "+luacheckrc" }

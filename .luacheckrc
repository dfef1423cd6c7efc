-- What every Lua has; a file that may use more is named below.
std = "min"
max_line_length = 100
cache = false
codes = true

-- Some Luas have these; a file that uses one of them looks for it first.
read_globals = {
  "unpack", "loadstring", "setfenv", "jit",
  table = { fields = { "unpack", "pack", "move" } },
  coroutine = { fields = { "close", "isyieldable" } },
}

files["lua/oneoff/loop"] = { read_globals = { "ngx", "vim" } }
files["lua/oneoff/json.lua"] = { read_globals = { "vim" } }
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/support/helper.lua"] = { std = "+busted" }
files["rockspec"] = { std = "+rockspec" }
files[".luacheckrc"] = { std = "+luacheckrc" }

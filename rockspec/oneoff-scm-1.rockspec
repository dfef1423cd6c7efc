rockspec_format = "3.0"
package = "oneoff"
version = "scm-1"
source = {
  url = "git+https://github.com/oneoff-lua/oneoff.git",
}
description = {
  summary = "One-off containers from Lua: upload, run, attach, wait, restore",
  detailed = [[
    Starts one-off containers on a platform, uploads files into them while libcurl's thread does the
    work, attaches to their terminal, waits for the exit code; restores and checks database dumps.
    Never blocks its host: plain Lua, Neovim, nginx, cqueues, luv.
  ]],
  license = "MIT",
  labels = { "http", "async", "containers", "backup" },
}
supported_platforms = { "linux" } -- eventfd, epoll, signalfd, memfd
dependencies = {
  "lua >= 5.1, < 5.5",
  "lua-cjson >= 2.1",
  "argparse >= 0.7", -- the command line program's alone
}
-- The library and not the header: Debian keeps curl/curl.h where LuaRocks does not look.
external_dependencies = {
  CURL = { library = "curl" },
}
-- By make and not builtin: the module must be linked so that it stays in memory when a Lua state is
-- closed, and exports nothing but its loaders; builtin has no place to say so.
build = {
  type = "make",
  build_target = "module",
  install_target = "install-module",
  install = { bin = { oneoff = "lua/oneoff/cli/oneoff" } },
  copy_directories = { "doc" },
  variables = {
    LUA = "$(LUA)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CFLAGS = "$(CFLAGS)",
    LIBDIR = "$(LIBDIR)",
    LUADIR = "$(LUADIR)",
  },
}

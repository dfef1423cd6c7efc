#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the checkout as a user does, by make and by LuaRocks, into folders that are removed again,
# and loads it from another folder where nothing else leads to it. Reports in TAP.
set -u
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
root=$(pwd)
count=0
# Not the flags of the make that runs this, and not its Lua paths.
unset MAKEFLAGS MFLAGS MAKELEVEL LUA_PATH LUA_CPATH

check() { # NAME COMMAND...
  count=$((count + 1)) name=$1
  shift
  if "$@" >"$tmp/out" 2>&1; then echo "ok $count - $name"; else
    echo "not ok $count - $name"
    sed 's/^/# /' "$tmp/out"
  fi
}

# LUA PREFIX VERSION: the module of that prefix is the one that is loaded, with its core. Searched for
# there and, for lua-cjson, where Debian has it, in an otherwise empty environment.
loads() {
  (cd / && env -i PATH="$PATH" \
    LUA_PATH="$2/share/lua/$3/?.lua;$2/share/lua/$3/?/init.lua;;" LUA_CPATH="$2/lib/lua/$3/?.so;;" \
    "$1" -e '
      local oneoff = require "oneoff"
      assert(type(oneoff.version) == "string", "no version")
      oneoff.sleep(0)
      for _, name in ipairs { "core", "scalingo", "task", "restore" } do require("oneoff." .. name) end
      for line in io.lines "/proc/self/maps" do
        local path = line:match("/.*/oneoff%.so")
        if path then print(path) end
      end') >"$tmp/loaded" && cat "$tmp/loaded" && grep -q "^$2/" "$tmp/loaded" && ! grep -qv "^$2/" "$tmp/loaded"
}

# PREFIX: Neovim, told of nothing but the prefix, has the command, the help and the health check.
in_neovim() {
  (cd / && env -i PATH="$PATH" HOME="$tmp" XDG_DATA_DIRS="$1/share" LUA_PATH="$1/share/lua/5.1/?.lua;$1/share/lua/5.1/?/init.lua;;" \
    LUA_CPATH="$1/lib/lua/5.1/?.so;;" timeout 60 nvim --headless -n -i NONE -u /dev/null -c 'help oneoff' -c 'lua
      assert(vim.fn.expand("%:t") == "oneoff.txt", "the help is not there")
      assert(vim.fn.exists(":Oneoff") == 2, "the command is not there")
      assert(package.loaded["oneoff.core"] == nil, "it is loaded before it is used")' -c 'checkhealth oneoff' -c 'lua
      io.stdout:write(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n"), "\n") vim.cmd("qa!")' -c 'cq' </dev/null) \
    >"$tmp/health" 2>&1 && cat "$tmp/health" && grep -qi "libcurl" "$tmp/health"
}

# TREE: the one line of an init file is enough where LuaRocks installed it.
rock_in_neovim() {
  (cd / && env -i PATH="$PATH" HOME="$tmp" LUA_PATH="$1/share/lua/5.1/?.lua;$1/share/lua/5.1/?/init.lua;;" \
    LUA_CPATH="$1/lib/lua/5.1/?.so;;" timeout 60 nvim --headless -n -i NONE -u NONE -c 'lua require("oneoff.nvim")' -c 'lua
      assert(vim.fn.exists(":Oneoff") == 2, "the command is not there")
      require("oneoff").sleep(0.01)
      io.stdout:write("slept\n") vim.cmd("qa!")' -c 'cq' </dev/null) >"$tmp/slept" 2>&1 && grep -q "^slept" "$tmp/slept"
}

# PROGRAM: it starts in an empty environment, and finds the module of its prefix.
starts() { (cd / && env -i PATH="$PATH" "$1" --version) >"$tmp/said" 2>&1 && cat "$tmp/said" && grep -q "^oneoff " "$tmp/said"; }

empty() { [ -z "$(find "$1" -type f)" ]; }

by_make() { # VERSION LUA...
  version=$1 prefix=$tmp/make-$1/usr
  shift
  check "make install, $version" make -s install LUA_VERSION="$version" DESTDIR="$tmp/make-$version" PREFIX=/usr
  for lua in "$@"; do check "$lua loads what make installed" loads "$lua" "$prefix" "$version"; done
  [ "$version" != 5.1 ] || check "Neovim finds what make installed" in_neovim "$prefix"
  check "oneoff starts, $version" starts "$prefix/bin/oneoff"
  check "oneoff has its manual and completions, $version" sh -c "test -s '$prefix/share/man/man1/oneoff.1' &&
    bash -c '. $prefix/share/bash-completion/completions/oneoff && complete -p oneoff' &&
    grep -q '^#compdef oneoff' '$prefix/share/zsh/site-functions/_oneoff'"
  check "oneoff-host is there, $version" "$prefix/bin/oneoff-host" --list-faults
  check "make uninstall, $version" make -s uninstall LUA_VERSION="$version" DESTDIR="$tmp/make-$version" PREFIX=/usr
  check "make uninstall leaves nothing, $version" empty "$prefix"
}

# PROGRAM VERSION: it runs in that Lua, and starts.
runs_in() { head -n 1 "$1"; starts "$1" && "$(sed -n '1s/.*env //p' "$1")" -e "assert(_VERSION == 'Lua $2')"; }

# Two Luas below one prefix: the program is the newer one's, whichever was installed first.
by_make_for_two() {
  for order in '5.4 5.1' '5.1 5.4'; do
    prefix=$tmp/two-${order% *}/usr program=$tmp/two-${order% *}/usr/bin/oneoff
    for version in $order; do
      check "make install of $order: $version" make -s install LUA_VERSION="$version" DESTDIR="${prefix%/usr}" PREFIX=/usr
    done
    check "of $order the program runs in 5.4" runs_in "$program" 5.4
    check "both modules are there" sh -c "ls '$prefix/lib/lua/5.4/oneoff.so' '$prefix/lib/lua/5.1/oneoff.so'"
    for version in $order; do
      check "make uninstall of $order: $version" make -s uninstall LUA_VERSION="$version" DESTDIR="${prefix%/usr}" PREFIX=/usr
      [ "$version" = "${order#* }" ] || check "the program runs in what is left: ${order#* }" runs_in "$program" "${order#* }"
    done
    check "make uninstall of $order leaves nothing" empty "$prefix"
  done
}

# From a copy: LuaRocks builds in the folder of the rockspec, and the checkout's build must not help it.
# The dependency on lua-cjson is met by Debian's package, which LuaRocks does not know of.
by_luarocks() { # VERSION LUA...
  version=$1 tree=$tmp/rocks-$1
  shift
  rm -rf "$tmp/source" && mkdir "$tmp/source" &&
    cp -R "$root/Makefile" "$root/rockspec" "$root/lua" "$root/src" "$root/doc" "$tmp/source"
  check "luarocks make, $version" sh -c "cd '$tmp/source' && env -i PATH='$PATH' HOME='$tmp' \
    luarocks --lua-version $version --tree '$tree' make --deps-mode none rockspec/oneoff-scm-1.rockspec"
  for lua in "$@"; do check "$lua loads the rock" loads "$lua" "$tree" "$version"; done
  [ "$version" != 5.1 ] || check "Neovim loads the rock" rock_in_neovim "$tree"
  check "the rock's program starts, $version" starts "$tree/bin/oneoff"
  check "the rock has every module, $version" sh -c "cd lua && find oneoff -name '*.lua' |
    while read -r f; do cmp \"\$f\" '$tree/share/lua/$version/'\"\$f\" || exit; done"
  check "luarocks remove, $version" env -i PATH="$PATH" HOME="$tmp" \
    luarocks --lua-version "$version" --tree "$tree" remove oneoff
}

by_make 5.4 lua5.4
by_make 5.1 lua5.1 luajit
by_make_for_two
by_luarocks 5.4 lua5.4
by_luarocks 5.1 lua5.1 luajit
echo "1..$count"

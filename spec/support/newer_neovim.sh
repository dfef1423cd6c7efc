#!/bin/sh
# SPDX-License-Identifier: MIT
# newer_neovim.sh FOLDER: a Neovim newer than Debian 12's, of Debian 13's packages, unpacked into FOLDER
# beside the libraries that it wants; FOLDER/nvim runs it. Nothing is installed.
set -eu
mkdir -p "$1" && cd "$1"
[ "$(dpkg --print-architecture)" = amd64 ] || { echo "only for amd64" >&2; exit 1; }
mkdir -p apt/lists/partial apt/cache/archives/partial deb root && : >apt/status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" \
  >apt/sources.list
get() {
  apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList="$PWD/../apt/sources.list" \
    -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$PWD/../apt/lists" \
    -o Dir::State::Status="$PWD/../apt/status" -o Dir::Cache="$PWD/../apt/cache" \
    -o Acquire::Languages=none "$@"
}
cd deb
get update
get download neovim neovim-runtime libc6 libgcc-s1 libluajit-5.1-2 libluajit-5.1-common \
  libmsgpack-c2 libtree-sitter0.22 libunibilium4 libuv1t64 libvterm0 lua-lpeg lua-luv patchelf libstdc++6
for package in *.deb; do dpkg-deb -x "$package" ../root; done
cd .. && rm -rf apt deb
# By an interpreter of its own, and not run by that: its screen is another process, started by the
# path of /proc/self/exe.
lib=$PWD/root/usr/lib/x86_64-linux-gnu
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" root/usr/bin/patchelf --force-rpath \
  --set-rpath "$lib" --set-interpreter "$lib/ld-linux-x86-64.so.2" root/usr/bin/nvim
cat >nvim <<'END'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
VIMRUNTIME=$root/usr/share/nvim/runtime exec "$root/usr/bin/nvim" "$@"
END
chmod +x nvim && ./nvim --version

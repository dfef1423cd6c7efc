#!/bin/sh
# SPDX-License-Identifier: MIT
# newer_packages.sh FOLDER SUITE PACKAGE...: packages of another suite of Debian and the libraries
# below them, unpacked into FOLDER/root, where their programs run as they stand. None is installed.
#
# They come from the mirror that this machine itself uses: the first of its sources that has the
# suite, signed by Debian. A package that the suite does not have is named and left out.
# FOLDER/packages, written last, names what is there.
set -eu
suite=$2
mkdir -p "$1" && cd "$1"
folder=$PWD
shift 2

say() { echo "newer_packages.sh: $1" >&2; }
stop() {
  say "$1"
  exit 1
}

# apt with a state of its own, beside the machine's: -c is read after the machine's settings. A
# mirror that stands still for weeks is good enough for programs of specs; the signature counts.
apart() {
  program=$1
  shift
  "$program" -c "$folder/apt/conf" "$@"
}
set_apart() {
  rm -rf root apt deb packages
  mkdir -p root deb apt/lists/partial apt/cache/archives/partial
  : >apt/status
  cat >apt/conf <<X
Dir::Etc::SourceList "$folder/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$folder/apt/lists";
Dir::State::Status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "root";
X
}

# The machine's sources, whatever their form; nothing is downloaded for that.
mirrors() {
  apt-get update --print-uris | sed -n "s!^'\(.*\)/dists/[^ ]*Release' .*!\1!p" | awk '!seen[$0]++'
}
find_mirror() {
  for mirror in $(mirrors); do
    echo "deb [signed-by=$keys] $mirror $suite main" >apt/sources.list
    ! apart apt-get -qq update >apt/said 2>&1 || return 0
  done
  stop "no mirror of this machine has Debian $suite: $(tail -n 1 apt/said 2>/dev/null)"
}

# What there is of those that were asked for.
available() {
  for package in "$@"; do
    if [ -n "$(apart apt-cache madison "$package")" ]; then
      echo "$package"
    else
      say "Debian $suite has no $package"
    fi
  done
}
# They, and the libraries below them. What else a package wants is for those who install it.
with_libraries() {
  all= next=$*
  while [ -n "$next" ]; do
    all="$all $next"
    next=$(apart apt-cache depends -i $next | sed -n 's/^.*Depends: \(lib[^ :]*\|zlib1g\)$/\1/p' |
      sort -u | grep -vxF "$(printf '%s\n' $all)") || next=
  done
  echo $all
}
unpack() {
  for package in deb/*.deb; do
    dpkg-deb -x "$package" root
    dpkg-deb --show "$package" >>apt/packages
  done
  rm -rf root/usr/share/doc root/usr/share/man root/usr/share/locale
}

# With an interpreter of their own, and not run by that: programs look up who they are, and start
# others of theirs. A rpath, not a runpath: it holds for the libraries of libraries too.
make_runnable() {
  loader=$(find "$folder/root" -name 'ld-linux*.so.*' -type f | head -n 1)
  libraries=$(dirname "$(find "$folder/root" -name libc.so.6 | head -n 1)")
  find root -type f -perm -100 -path '*bin/*' ! -name patchelf | while read -r program; do
    [ "$(head -c 4 "$program" | tail -c 3)" = ELF ] || continue
    "$loader" --library-path "$libraries" root/usr/bin/patchelf --force-rpath \
      --set-rpath "$libraries" --set-interpreter "$loader" "$program"
  done
}

command -v apt-get >/dev/null || stop "this machine has no apt"
keys=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' | head -n 1)
[ -n "$keys" ] || stop "this machine has no keys of Debian (package debian-archive-keyring)"
trap 'rm -rf "$folder/apt" "$folder/deb"' EXIT
trap 'exit 1' HUP INT TERM
set_apart
find_mirror
packages=$(available "$@")
[ -n "$packages" ] || exit 1
(cd deb && apart apt-get -qq download $(with_libraries $packages patchelf libstdc++6))
unpack
make_runnable
chmod -R a+rX .
mv apt/packages packages

#!/bin/sh
# SPDX-License-Identifier: MIT
# newer_packages.sh FOLDER SUITE PACKAGE...: packages of another suite of Debian and the libraries that
# they want, unpacked into FOLDER/root, where their programs run as they stand. Nothing is installed.
#
# They come from the mirror that this machine itself uses: the first of its sources that has the suite,
# signed by Debian. A package that the suite has not is named and left out. FOLDER/packages, written
# last, names what is there.
set -eu
suite=$2
mkdir -p "$1" && cd "$1"
folder=$PWD
shift 2
say() { echo "newer_packages.sh: $1" >&2; }
command -v apt-get >/dev/null || { say "this machine has no apt"; exit 1; }
keys=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' | head -n 1)
[ -n "$keys" ] || { say "this machine has no keys of Debian (package debian-archive-keyring)"; exit 1; }

rm -rf root apt deb packages
mkdir -p root deb apt/lists/partial apt/cache/archives/partial && : >apt/status
trap 'rm -rf "$folder/apt" "$folder/deb"' EXIT
trap 'exit 1' HUP INT TERM
cat >apt/conf <<X
Dir::Etc::SourceList "$folder/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$folder/apt/lists";
Dir::State::Status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Sandbox::User "root";
X
apart() {
  program=$1
  shift
  "$program" -c "$folder/apt/conf" "$@"
}

# Without a download, and of sources in either form: one line for each that has a Release.
mirrors() { apt-get update --print-uris | sed -n "s!^'\(.*\)/dists/[^ ]*Release' .*!\1!p" | awk '!seen[$0]++'; }
has_suite() {
  echo "deb [signed-by=$keys] $1 $suite main" >apt/sources.list
  apart apt-get -qq update >apt/said 2>&1
}
find_mirror() {
  for mirror in $(mirrors); do
    ! has_suite "$mirror" || return 0
  done
  say "no mirror of this machine has Debian $suite: $(tail -n 1 apt/said 2>/dev/null)"
  return 1
}

# What of the arguments there is.
had() {
  for package in "$@"; do
    if [ -n "$(apart apt-cache madison "$package")" ]; then
      echo "$package"
    else
      say "$suite has no $package"
    fi
  done
}
# They, and the libraries below them: what else a package names is for those who install it.
with_libraries() {
  all= next=$*
  while [ -n "$next" ]; do
    all="$all $next"
    next=$(apart apt-cache depends -i $next | sed -n 's/^.*Depends: \(lib[^ :]*\|zlib1g\)$/\1/p' |
      sort -u | grep -vxF "$(printf '%s\n' $all)") || next=
  done
  printf '%s\n' $all
}

# By an interpreter of their own, and not run by that: programs look up who they are, and start others
# of theirs. A rpath, not a runpath: it holds for the libraries of libraries too.
make_runnable() {
  loader=$(find "$folder/root" -name 'ld-linux*.so.*' -type f | head -n 1)
  libraries=$(dirname "$(find "$folder/root" -name libc.so.6 | head -n 1)")
  "$loader" --library-path "$libraries" root/usr/bin/patchelf --version >/dev/null
  find root -type f -perm -100 ! -name '*.so*' -path '*bin/*' ! -name patchelf | while read -r program; do
    [ "$(head -c 4 "$program" | tail -c 3)" = ELF ] || continue
    "$loader" --library-path "$libraries" root/usr/bin/patchelf --force-rpath --set-rpath "$libraries" \
      --set-interpreter "$loader" "$program"
  done
}

find_mirror
packages=$(had "$@")
[ -n "$packages" ] || exit 1
(cd deb && apart apt-get -qq download $(with_libraries $packages patchelf libstdc++6))
for package in deb/*.deb; do dpkg-deb -x "$package" root; done
rm -rf root/usr/share/doc root/usr/share/man root/usr/share/locale
make_runnable
for package in deb/*.deb; do dpkg-deb --show "$package"; done >apt/packages
chmod -R a+rX . && mv apt/packages packages

#!/bin/sh
# SPDX-License-Identifier: MIT
# newer_neovim.sh FOLDER: a Neovim newer than Debian 12's, of Debian 13's packages, unpacked into
# FOLDER; FOLDER/nvim runs it. Nothing is installed.
set -eu
sh "$(dirname "$0")/newer_packages.sh" "$1" trixie neovim neovim-runtime lua-lpeg lua-luv
cd "$1"
# It looks for its runtime where it would be installed.
cat >nvim <<'END'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
VIMRUNTIME=$root/usr/share/nvim/runtime exec "$root/usr/bin/nvim" "$@"
END
chmod +x nvim && ./nvim --version

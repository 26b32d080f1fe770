#!/usr/bin/env bash
# Takes a picture of an editor at work: tests/editors/picture.sh neovim|emacs|kate BUILD OUT.png
#
# Runs the editor in xterm on a display of its own, with the configuration of editors/ and the program BUILD/evalctl, on a copy
# of corpus/fleet with mistakes and a half-written name in it. Needs xvfb, xterm, imagemagick, and xdotool for Emacs and Kate.
set -euo pipefail
editor=$1
build=$(realpath "$2")
out=$(realpath -m "$3")
root=$(realpath "$(dirname "$0")/../..")
directory=$(mktemp -d)
export HOME=$directory XDG_STATE_HOME=$directory/state DISPLAY=:97
cp -r "$root/corpus/fleet" "$root/corpus/nixpkgs-mini" "$directory"
cd "$directory/fleet"
# Emacs and Kate show this; Neovim shows an option of the wrong type.
[ "$editor" = neovim ] || sed -i 's/^in$/  unused = udnefined;\n  names = builtins.attr;\nin/' fleet.nix

Xvfb "$DISPLAY" -screen 0 1110x640x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
trap 'kill $server; rm -rf "$directory"' EXIT
sleep 1
terminal=(xterm -fa "DejaVu Sans Mono" -fs 11 -geometry 120x33+0+0 -bg "#14161b" -fg "#e0e2ea" -b 4)

case $editor in
  neovim)
    cat >init.lua <<LUA
vim.opt.runtimepath:prepend("$root/editors/neovim")
vim.opt.runtimepath:append("$build")
vim.opt.termguicolors = true
vim.opt.completeopt = "menu"
vim.opt.signcolumn = "yes"
vim.diagnostic.config({ update_in_insert = true })
vim.cmd([[filetype plugin on | colorscheme slate | highlight SignColumn guibg=NONE | highlight Pmenu guibg=#303848 guifg=#e0e2ea]])
vim.cmd([[highlight PmenuSel guibg=#5a6f9a guifg=#ffffff]])
require("evalctl").setup({ cmd = { "$build/evalctl", "lsp" } })
LUA
    "${terminal[@]}" -e nvim --clean -u init.lua --listen "$directory/socket" hosts/web-01.nix &
    sleep 15
    nvim --server "$directory/socket" --remote-send '/^  networking.firewall<CR>Onetworking.firewall.allowedUDPPorts = [ "53" ];<Esc>'
    sleep 6
    nvim --server "$directory/socket" --remote-send '/enableACME<CR>:nohlsearch<CR>K'
    sleep 4
    ;;
  emacs)
    cat >init.el <<LISP
(dolist (directory (file-expand-wildcards "/usr/share/emacs/site-lisp/elpa-src/*")) (add-to-list 'load-path directory))
(add-to-list 'load-path "$root/editors/emacs")
(require 'evalctl)
(setq evalctl-command '("$build/evalctl" "lsp") inhibit-startup-screen t)
(load-theme 'tango-dark t)
(setq native-comp-async-report-warnings-errors nil)
(add-hook 'evalctl-nix-mode-hook #'eglot-ensure)
LISP
    "${terminal[@]}" -e emacs -nw -q -l init.el fleet.nix &
    sleep 8
    xdotool key ctrl+s; sleep 1; xdotool type --delay 80 "attr;"; sleep 1; xdotool key Return; sleep 1; xdotool key Left; sleep 1; xdotool key Escape; xdotool key Tab
    xdotool key Left ctrl+alt+i
    sleep 3
    ;;
  kate)
    mkdir -p "$HOME/.config/kate/lspclient"
    sed "s|\"evalctl\"|\"$build/evalctl\"|" "$root/editors/kate/settings.json" >"$HOME/.config/kate/lspclient/settings.json"
    cat >"$HOME/.config/katerc" <<INI
[General]
Show welcome view for new window=false
[Kate Plugins]
lspclientplugin=true
INI
    dbus-run-session kate --block fleet.nix >/dev/null 2>&1 &
    # Kate asks before it starts a server; the answer at hand is yes.
    timeout 40 xdotool search --sync --onlyvisible --name "LSP server start requested" >/dev/null
    sleep 1
    xdotool key Return
    sleep 4
    window=$(xdotool search --onlyvisible --name "fleet.nix" | head -1)
    xdotool windowsize "$window" 1110 640 windowmove "$window" 0 0 windowfocus "$window"
    sleep 1
    xdotool key ctrl+g; sleep 1; xdotool type "24"; sleep 1; xdotool key Return End Left; sleep 1; xdotool key ctrl+space
    sleep 4
    ;;
esac
import -window root "$out"

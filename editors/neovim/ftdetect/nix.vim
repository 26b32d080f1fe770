autocmd BufRead,BufNewFile *.nix setfiletype nix

-- For Neovim from 0.11 on: `vim.lsp.enable("evalctl")`. Earlier versions: require("evalctl").setup().
return {
  cmd = { "evalctl", "lsp" },
  filetypes = { "nix" },
  root_markers = { "flake.nix", "evalctl.toml", ".git" },
}

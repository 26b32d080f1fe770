-- How Nix files are edited.
vim.bo.commentstring = "# %s"
vim.bo.comments = ":#"
vim.bo.expandtab = true
vim.bo.shiftwidth = 2
vim.bo.softtabstop = 2
-- A name may have dashes in it.
vim.bo.iskeyword = vim.bo.iskeyword .. ",-,'"
vim.bo.suffixesadd = ".nix"

require("evalctl.highlight").start(vim.api.nvim_get_current_buf())

-- Colours from tree-sitter, where the compiled grammar (parser/nix.so) is on the runtime path.
local M = {}

-- Neovim up to 0.7 knows the older names of captures only.
local function add_names_of_captures()
  local map = require("vim.treesitter.highlighter").hl_map
  if not map or rawget(map, "variable.parameter") then
    return
  end
  map["variable.parameter"] = "Identifier"
  map["keyword.conditional"] = "Conditional"
  map["keyword.exception"] = "Exception"
  map["number.float"] = "Float"
  map["string.special.path"] = "String"
  map["string.special.url"] = "Underlined"
end

-- Returns whether the buffer is coloured by the grammar.
function M.start(buffer)
  local found = vim.api.nvim_get_runtime_file("parser/nix.so", false)
  if #found == 0 or not vim.treesitter then
    return false
  end
  if vim.fn.has("nvim-0.8") == 1 then
    return pcall(vim.treesitter.start, buffer, "nix")
  end
  add_names_of_captures()
  local ok, parser = pcall(vim.treesitter.get_parser, buffer, "nix")
  if not ok then
    return false
  end
  require("vim.treesitter.highlighter").new(parser)
  return true
end

return M

-- The language server in Neovim, from 0.7 on.
--
--   require("evalctl").setup({ cmd = { "evalctl", "lsp" }, format_on_save = false, settings = {}, on_attach = f })
local M = {}

local options = {
  cmd = { "evalctl", "lsp" },
  -- The first of these found upwards from a file marks the root.
  root_markers = { "flake.nix", "evalctl.toml", ".git" },
  format_on_save = false,
  -- Sent to the server as its settings.
  settings = {},
  on_attach = nil,
}

-- The server of each root, for versions without vim.lsp.start.
local clients = {}

local function exists(path)
  return vim.loop.fs_stat(path) ~= nil
end

-- The nearest directory above `file` that has a marker, else that of the file. An earlier marker counts more.
function M.root_of(file, markers)
  local first = vim.fn.fnamemodify(file, ":p:h")
  for _, marker in ipairs(markers or options.root_markers) do
    local directory = first
    while true do
      if exists(directory .. "/" .. marker) then
        return directory
      end
      local parent = vim.fn.fnamemodify(directory, ":h")
      if parent == directory then
        break
      end
      directory = parent
    end
  end
  return first
end

local function map_keys(buffer)
  local function map(keys, action, description)
    vim.keymap.set("n", keys, action, { buffer = buffer, silent = true, desc = description })
  end
  map("gd", vim.lsp.buf.definition, "Go to the definition")
  map("gr", vim.lsp.buf.references, "List the references")
  map("K", vim.lsp.buf.hover, "Describe")
  map("<leader>rn", vim.lsp.buf.rename, "Rename")
  map("<leader>ca", vim.lsp.buf.code_action, "Fix or rewrite")
  map("<leader>f", M.format, "Format")
  map("[d", vim.diagnostic.goto_prev, "The diagnostic before")
  map("]d", vim.diagnostic.goto_next, "The next diagnostic")
end

-- Formats the current buffer and waits for it.
function M.format()
  if vim.lsp.buf.format then
    return vim.lsp.buf.format({ timeout_ms = 5000 })
  end
  vim.lsp.buf.formatting_sync(nil, 5000)
end

local function attached(client, buffer)
  vim.api.nvim_buf_set_option(buffer, "omnifunc", "v:lua.vim.lsp.omnifunc")
  map_keys(buffer)
  if options.format_on_save then
    vim.api.nvim_create_autocmd("BufWritePre", { buffer = buffer, callback = M.format })
  end
  if options.on_attach then
    options.on_attach(client, buffer)
  end
end

local function configuration(root)
  return {
    name = "evalctl",
    cmd = options.cmd,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    init_options = options.settings,
    settings = { evalctl = options.settings },
    on_attach = attached,
  }
end

-- Starts the server of the buffer's root, or joins the one that runs.
function M.attach(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  if name == "" or vim.bo[buffer].buftype ~= "" then
    return
  end
  local root = M.root_of(name)
  if vim.lsp.start then
    return vim.lsp.start(configuration(root), { bufnr = buffer })
  end
  if not clients[root] or not vim.lsp.get_client_by_id(clients[root]) then
    clients[root] = vim.lsp.start_client(configuration(root))
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
end

function M.setup(given)
  options = vim.tbl_deep_extend("force", options, given or {})
  local group = vim.api.nvim_create_augroup("evalctl", { clear = true })
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = "nix",
    callback = function(event)
      M.attach(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == "nix" then
      M.attach(buffer)
    end
  end
end

return M

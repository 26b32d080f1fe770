-- A Neovim that plays the user of another one: `nvim --headless --clean -c "luafile neovim.lua"`.
--
-- Environment: EVALCTL the program, PLUGIN editors/neovim, PARSERS a directory with parser/nix.so, FLEET a copy of
-- corpus/fleet that may be changed. Prints a line for each check; the last is `N passed, M failed`.
local child = vim.fn.jobstart({ "nvim", "--embed", "--headless", "--clean" }, { rpc = true })
local fleet = vim.env.FLEET
local passed, failed = 0, 0

local function lua(code, ...)
  return vim.rpcrequest(child, "nvim_exec_lua", code, { ... })
end

local function command(text)
  return vim.rpcrequest(child, "nvim_command", text)
end

-- Types as at the keyboard.
local function keys(text)
  vim.rpcrequest(child, "nvim_input", text)
end

local function line_at_cursor()
  return lua("return vim.api.nvim_get_current_line()")
end

local function check(what, condition, found)
  if condition then
    passed = passed + 1
    print("ok " .. what .. "\n")
  else
    failed = failed + 1
    print("FAIL " .. what .. ": found " .. vim.inspect(found):sub(1, 400) .. "\n")
  end
end

-- Waits until `look` returns something that `accept` (default: that is true) takes.
local function eventually(what, look, accept)
  local found
  local ok = vim.wait(60000, function()
    found = look()
    if accept then
      return accept(found)
    end
    return found
  end, 20)
  check(what, ok, found)
  return found
end

-- Puts the cursor on the first byte of `text` in the current buffer.
local function go_to(text)
  local place = lua([[
    vim.fn.cursor(1, 1)
    return vim.fn.search("\\V" .. ..., "cW")]], text)
  check("finds " .. text, place > 0, place)
end

local function messages_of_diagnostics()
  return lua([[
    return vim.tbl_map(function(d)
      return { text = d.message, severity = d.severity, line = d.lnum + 1, code = d.code }
    end, vim.diagnostic.get(0))]])
end

local function some(list, accept)
  for _, item in ipairs(list) do
    if accept(item) then
      return true
    end
  end
  return false
end

local function start()
  lua([[
    local plugin, parsers, program = ...
    vim.opt.columns, vim.opt.lines = 110, 34
    vim.opt.runtimepath:prepend(plugin)
    vim.opt.runtimepath:append(parsers)
    vim.opt.swapfile = false
    vim.g.mapleader = " "
    vim.cmd("filetype plugin on")
    require("evalctl").setup({ cmd = { program, "lsp" } })]], vim.env.PLUGIN, vim.env.PARSERS, vim.env.EVALCTL)
end

local function opens_files()
  command("edit " .. fleet .. "/fleet.nix")
  check("the file type is nix", lua("return vim.bo.filetype") == "nix", lua("return vim.bo.filetype"))
  eventually("the server is attached", function()
    return lua("return #vim.lsp.buf_get_clients(0)") == 1
  end)
  local root = lua("for _, c in pairs(vim.lsp.buf_get_clients(0)) do return c.config.root_dir end")
  check("the root is where flake.nix is", root == fleet, root)
  check("tree-sitter colours the buffer", lua([[return vim.treesitter.highlighter.active[vim.api.nvim_get_current_buf()] ~= nil]]))
  check("the comment is written with #", lua("return vim.bo.commentstring") == "# %s")
end

local function gets_diagnostics()
  keys("gg/^  host = <CR>Ounused = 1;<CR>broken = udnefined;<Esc>")
  eventually("an unused binding is told", messages_of_diagnostics, function(list)
    return some(list, function(d) return d.line == 4 and d.text:find("unused", 1, true) end)
  end)
  eventually("an undefined name is an error", messages_of_diagnostics, function(list)
    return some(list, function(d) return d.severity == 1 and d.text:find("udnefined", 1, true) end)
  end)
  keys("u")
  eventually("they go when the text is undone", messages_of_diagnostics, function(list)
    return not some(list, function(d) return d.text:find("unused", 1, true) or d.severity == 1 end)
  end)
  keys("gg/^in<CR>O  y = [ (1 ];<Esc>")
  eventually("a syntax error is told", messages_of_diagnostics, function(list)
    return some(list, function(d) return d.severity == 1 end)
  end)
  keys("u")
  eventually("no error is left", messages_of_diagnostics, function(list)
    return not some(list, function(d) return d.severity == 1 end)
  end)
end

local function completes()
  keys("gg/^in<CR>O  y = inven<C-x><C-o>")
  local items = eventually("names in scope are offered", function()
    return lua("return vim.tbl_map(function(i) return i.word end, vim.fn.complete_info({ 'items' }).items)")
  end, function(list)
    return some(list, function(word) return word == "inventory" end)
  end)
  keys("<C-y><Esc>")
  eventually("the name is taken", line_at_cursor, function(line)
    return line:find("y = inventory", 1, true) ~= nil
  end)
  keys("u")
  keys("gg/^in<CR>O  y = builtins.concatS<C-x><C-o>")
  eventually("builtins are offered behind the dot", function()
    return lua("return vim.tbl_map(function(i) return i.word end, vim.fn.complete_info({ 'items' }).items)")
  end, function(list)
    return some(list, function(word) return word == "concatStringsSep" end)
  end)
  keys("<Esc>u")
  return items
end

local function position()
  return lua([[return { vim.fn.fnamemodify(vim.api.nvim_buf_get_name(0), ":t"), vim.fn.line("."), vim.fn.col(".") }]])
end

local function jumps()
  go_to("inherit inventory")
  keys("w")
  keys("gd")
  eventually("the definition of inventory is found", position, function(p)
    return p[1] == "fleet.nix" and p[2] == 10 and p[3] == 3
  end)
  go_to("./packages/greet.nix")
  keys("gd")
  eventually("the definition of a path is the file", position, function(p)
    return p[1] == "greet.nix"
  end)
  keys("<C-o>")
  eventually("and back", position, function(p)
    return p[1] == "fleet.nix"
  end)
end

local function describes()
  go_to("removeAttrs inventory")
  keys("K")
  eventually("a builtin is described", function()
    return lua([[
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= "" then
          return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
        end
      end
      return ""]])
  end, function(text)
    return text:find("removeAttrs", 1, true) ~= nil
  end)
  keys("jk")
end

local function renames()
  go_to("inventory = {")
  lua([[vim.lsp.buf.rename("hosts_of_fleet")]])
  local text = eventually("all uses of a name are renamed", function()
    return lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')")
  end, function(all)
    return all:find("hosts_of_fleet = {", 1, true) ~= nil
  end)
  local _, left = text:gsub("%f[%w]inventory%.", "")
  check("no use of the old name is left", left == 0, left)
  check("an inherited attribute keeps its name", text:find("inventory = hosts_of_fleet", 1, true) ~= nil, text:sub(1, 400))
  keys("u")
end

local function formats()
  keys("gg/domain = <CR>")
  command([[substitute/domain = /domain    =    /]])
  command([[normal! o   web-02="10.20.0.12"  ;]])
  keys("<Space>f")
  eventually("the file is formatted", function()
    return lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')")
  end, function(all)
    return all:find('\n    domain = "fleet.example";\n    web-02 = "10.20.0.12";\n', 1, true) ~= nil
  end)
  command("edit!")
end

local function words_of_menu()
  return lua("return vim.tbl_map(function(i) return i.word end, vim.fn.complete_info({ 'items' }).items)")
end

-- The options of NixOS, from the package set beside the fleet.
local function knows_options()
  command("edit " .. fleet .. "/hosts/web-01.nix")
  eventually("the server is attached to the host", function()
    return lua("return #vim.lsp.buf_get_clients(0)") == 1
  end)
  go_to("recommendedGzipSettings")
  local found
  check("the declaration of an option is found", vim.wait(60000, function()
    keys("gd")
    vim.wait(500)
    found = position()
    return found[1] == "nginx.nix"
  end), found)
  command("edit " .. fleet .. "/hosts/web-01.nix")
  keys("gg/^  services.nginx = <CR>O  services.nginx.recommendedP<C-x><C-o>")
  eventually("options are completed", words_of_menu, function(list)
    return some(list, function(word) return word:find("recommendedProxySettings", 1, true) end)
  end)
  keys("<Esc>u")
end

local function evaluates()
  command("edit " .. fleet .. "/hosts/web-01.nix")
  keys([[gg/recommendedGzipSettings = true<CR>f=wcw"yes"<Esc>]])
  eventually("an option of the wrong type is an error on its line", messages_of_diagnostics, function(list)
    return some(list, function(d)
      return d.severity == 1 and d.text:find("recommendedGzipSettings", 1, true)
    end)
  end)
  keys("u")
  eventually("it goes when the value is right", messages_of_diagnostics, function(list)
    return not some(list, function(d) return d.severity == 1 end)
  end)
end

local function fixes()
  command("edit " .. fleet .. "/fleet.nix")
  keys("gg/^in<CR>O  unused = 1;<Esc>^")
  eventually("an unused binding is told again", messages_of_diagnostics, function(list)
    return some(list, function(d) return d.text:find("unused", 1, true) end)
  end)
  lua([[
    vim.ui.select = function(items, _, choose)
      for _, item in ipairs(items) do
        if item[2].kind == "quickfix" then return choose(item) end
      end
    end
    vim.lsp.buf.code_action()]])
  eventually("its fix removes it", function()
    return lua("return vim.fn.search('unused = 1', 'n')") == 0
  end)
  command("edit!")
end

local function main()
  start()
  local steps = { opens_files, gets_diagnostics, completes, jumps, describes, renames, formats, fixes, knows_options, evaluates }
  for _, step in ipairs(steps) do
    local ok, reason = pcall(step)
    if not ok then
      check("no error", false, reason)
    end
    pcall(keys, "<Esc><Esc>")
  end
  pcall(vim.rpcnotify, child, "nvim_command", "qall!")
  vim.wait(3000, function()
    return vim.fn.jobwait({ child }, 0)[1] ~= -1
  end)
end

local ok, reason = pcall(main)
if not ok then
  check("the test runs to its end", false, reason)
end
print(passed .. " passed, " .. failed .. " failed\n")
vim.cmd(failed == 0 and passed > 0 and "qall!" or "cquit 1")

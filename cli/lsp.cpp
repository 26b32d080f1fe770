// `evalctl lsp`: the language server on standard input and output.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"
#include "lsp/server.h"
#include "lsp/worker.h"

namespace evalctl::cli {

int run_lsp(Words words) {
  // How the server starts its workers.
  if (words.size() == 2 && words[0] == "--worker") return lsp::run_worker(std::atoi(words[1].c_str()));
  // Clients may name the transport, of which there is one, and say who they are, which `initialize` says again.
  for (const std::string& word : words) {
    if (word == "--stdio" || word.starts_with("--clientProcessId=")) continue;
    fmt::print(stderr, "error: unrecognised option '{}'\nusage: evalctl lsp [--stdio]\n", word);
    return 2;
  }
  lsp::Server server(STDIN_FILENO, STDOUT_FILENO);
  return server.run();
}

}  // namespace evalctl::cli

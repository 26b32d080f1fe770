// `evalctl lsp`: the language server on standard input and output.
#include <unistd.h>

#include "cli/commands.h"
#include "lsp/server.h"

namespace evalctl::cli {

int run_lsp(Words words) {
  // Clients may name the transport; there is one.
  for (const std::string& word : words) {
    if (word != "--stdio") return 2;
  }
  lsp::Server server(STDIN_FILENO, STDOUT_FILENO);
  return server.run();
}

}  // namespace evalctl::cli

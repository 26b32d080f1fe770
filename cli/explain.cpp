// `evalctl explain CODE`: what an error means, at length.
#include <fmt/core.h>

#include "cli/commands.h"
#include "stdlib/diagnose.h"

namespace evalctl::cli {

int run_explain(Words words) {
  if (words.size() != 1) {
    fmt::print(stderr, "usage: evalctl explain CODE\n");
    return 2;
  }
  const stdlib::ErrorCode* row = stdlib::find_error_code(words[0]);
  if (!row) {
    fmt::print(stderr, "error: there is no error code '{}'\n", words[0]);
    return 1;
  }
  fmt::print("{} {}\n\n{}\n", row->code, row->name, row->explanation);
  if (!row->example.empty()) fmt::print("\nFor example:\n\n  {}\n", row->example);
  return 0;
}

}  // namespace evalctl::cli

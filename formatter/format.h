// Source text in the standard format (RFC 166).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/parse.h"

namespace evalctl::formatter {

struct Options {
  // Columns of a line, its indentation left out.
  std::uint32_t width = 100;
  std::uint32_t indent = 2;
  // Do not look at how the input breaks its lines.
  bool strict = false;
};

struct Formatted {
  std::string text;
  // Why there is no text: what keeps the input from being a Nix expression.
  std::vector<parser::Diagnostic> diagnostics;
};

// Cost O(n) for all but adversarial input.
Formatted format(std::string_view text, const Options& options = {});

}  // namespace evalctl::formatter

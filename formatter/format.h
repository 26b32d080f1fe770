// Source text in the standard format (RFC 166).
//
// Three promises hold for every input, and are checked on every call that changes something: the program stays the same
// (preserve.h), what the comments say is kept, and formatting the output changes nothing.
//
// The last goes beyond the standard's own formatter, whose output sometimes changes when it is formatted again: then
// the text is formatted until it does not.
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
  // The text in the standard format where that differs from the input; meaningless otherwise.
  std::string text;
  bool changed = false;
  // Why there is no text: what keeps the input from being a Nix expression (the parser's codes), or the formatter's own
  // failure to keep its promises (F001), which leaves the input as it is.
  std::vector<parser::Diagnostic> diagnostics;
};

// A byte order mark is dropped. Text without an expression keeps its comments, each line stripped at the end.
// Cost O(n), but for adversarial input.
Formatted format(std::string_view text, const Options& options = {});

}  // namespace evalctl::formatter

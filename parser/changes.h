// The small changes of a text that may cure a syntax error: one token more, one less, or another one.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "parser/edited_text.h"
#include "parser/lexer.h"

namespace evalctl::parser {

// A text read up to its first syntax error.
struct Reading {
  std::string_view text;
  Tokens tokens;
  Significant significant;
  // Up to the error; in preorder.
  Nodes nodes;
  std::vector<Diagnostic> diagnostics;
  // The place of the error, none where there is none, the number of its message, and the first significant token there or
  // behind it.
  std::optional<std::size_t> error;
  std::size_t message = 0;
  std::size_t error_token = 0;

  // Of the significant tokens, by number. The one with the number count() is the end of the file.
  std::size_t count() const { return significant.size() - Lexer::kLookahead; }
  std::uint32_t begin(std::size_t at) const { return tokens[significant[at]].offset; }
  std::uint32_t end(std::size_t at) const { return at < count() ? tokens[significant[at] + 1].offset : begin(at); }
  TokenKind kind(std::size_t at) const { return tokens[significant[at]].kind; }
  // The first that does not end before `offset`.
  std::size_t token_at(std::size_t offset) const;
};

struct Change {
  Edit edit;
  // The quote that is to blame, where the change mends one at some other place than the error.
  std::optional<Range> culprit;
  // Takes one quote away.
  bool removes_quote = false;

  bool is_quote() const { return edit.inserted == "\"" || edit.inserted == "''" || culprit || removes_quote; }
};

// The changes to try, the least surprising first. Cost O(n) of the text.
std::vector<Change> changes(const Reading& reading);

}  // namespace evalctl::parser

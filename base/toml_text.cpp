#include "base/toml_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

namespace evalctl::base {
namespace {

// Behind the string that begins at `at`, or the end of its line where it is not closed.
std::size_t behind_string(std::string_view text, std::size_t at) {
  char quote = text[at];
  bool is_long = text.substr(at, 3) == std::string(3, quote);
  for (at += is_long ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (is_long && text.substr(at, 3) == std::string(3, quote)) {
      // Two quotes may stand before the three that close.
      return std::min(text.find_first_not_of(quote, at), at + 5);
    } else if (!is_long && (text[at] == quote || text[at] == '\n')) {
      return at + 1;
    }
  }
  return text.size();
}

// Where the first character beyond ASCII stands that is in no string and no comment.
std::size_t find_misplaced(std::string_view text) {
  std::size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  while (at < text.size()) {
    if (static_cast<unsigned char>(text[at]) >= 0x80) return at;
    if (text[at] == '#') at = std::min(text.find('\n', at), text.size());
    else if (text[at] == '"' || text[at] == '\'') at = behind_string(text, at);
    else ++at;
  }
  return text.npos;
}

}  // namespace

Result<void> check_toml(std::string_view text) {
  std::size_t at = find_misplaced(text);
  if (at == text.npos) return {};
  std::string_view before = text.substr(0, at);
  return fail(fmt::format("a character beyond ASCII outside of a string (line {}, column {})",
                          1 + std::count(before.begin(), before.end(), '\n'), at - (before.rfind('\n') + 1) + 1));
}

}  // namespace evalctl::base

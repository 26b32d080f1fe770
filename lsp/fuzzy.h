// How well a name fits what the user typed: the letters of the query, in order, anywhere in the name.
#pragma once
#include <optional>
#include <string_view>

namespace evalctl::lsp {

// Higher is better; nothing when the name does not fit. Letter case is ignored. A prefix beats the begin of a word
// (`pkgConfig`, `pkg-config`), which beats letters apart. An empty query fits all.
inline std::optional<int> fuzzy_score(std::string_view query, std::string_view name) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; };
  int score = 0;
  std::size_t at = 0;
  bool together = false;
  for (char wanted : query) {
    std::size_t found = at;
    while (found < name.size() && lower(name[found]) != lower(wanted)) ++found;
    if (found == name.size()) return std::nullopt;
    bool word = found == 0 || name[found - 1] == '-' || name[found - 1] == '_' || name[found - 1] == '.' ||
                (name[found] >= 'A' && name[found] <= 'Z');
    score += found == 0 ? 16 : together && found == at ? 8 : word ? 6 : 1;
    together = true;
    at = found + 1;
  }
  return score * 64 - static_cast<int>(name.size() > 63 ? 63 : name.size());
}

}  // namespace evalctl::lsp

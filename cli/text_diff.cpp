#include "cli/text_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace evalctl::cli {
namespace {

constexpr std::size_t kLongestPiece = 200;
// Above so many comparisons, common beginnings and ends are all that is looked for.
constexpr std::size_t kMostWork = 4'000'000;

using Pieces = std::vector<std::string_view>;

Pieces split(std::string_view text, char separator) {
  Pieces pieces;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0 || separator == '\n') pieces.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

void append(std::string& out, std::string_view indent, char sign, std::string_view piece) {
  out += indent;
  out += sign;
  out += ' ';
  out += piece.substr(0, kLongestPiece);
  if (piece.size() > kLongestPiece) out += "…";
  out += '\n';
}

// By the longest common subsequence.
std::string diff(Pieces left, Pieces right, std::string_view indent) {
  auto [x, y] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  left.erase(left.begin(), x);
  right.erase(right.begin(), y);
  while (!left.empty() && !right.empty() && left.back() == right.back()) {
    left.pop_back();
    right.pop_back();
  }
  std::size_t n = left.size(), m = right.size();
  bool small = n * m <= kMostWork;
  std::vector<std::uint32_t> common(small ? (n + 1) * (m + 1) : 0);
  auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return common[i * (m + 1) + j]; };
  for (std::size_t i = n; small && i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) at(i, j) = left[i] == right[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
  }
  std::string out;
  std::size_t i = 0, j = 0;
  while (i < n || j < m) {
    if (small && i < n && j < m && left[i] == right[j]) {
      ++i, ++j;
    } else if (i < n && (j == m || !small || at(i + 1, j) >= at(i, j + 1))) {
      append(out, indent, '-', left[i++]);
    } else {
      append(out, indent, '+', right[j++]);
    }
  }
  return out;
}

}  // namespace

std::string text_diff(std::string_view before, std::string_view after, std::string_view indent) {
  bool lines = before.contains('\n') || after.contains('\n');
  std::string out = diff(split(before, lines ? '\n' : ' '), split(after, lines ? '\n' : ' '), indent);
  if (!out.empty()) return out;
  // Only blanks differ.
  append(out, indent, '-', before);
  append(out, indent, '+', after);
  return out;
}

}  // namespace evalctl::cli

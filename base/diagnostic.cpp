#include "base/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace evalctl::base {
namespace {

// Damerau-Levenshtein distance, letters compared without case at half the cost rounded down.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      bool same = (a[i - 1] | 0x20) == (b[j - 1] | 0x20);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

LineAndColumn line_and_column(std::string_view text, std::uint32_t offset) {
  std::string_view before = text.substr(0, offset);
  auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  std::size_t start = before.rfind('\n');
  return {line, static_cast<std::uint32_t>(before.size() - (start == before.npos ? 0 : start + 1)) + 1};
}

std::vector<std::string_view> near_names(std::string_view wanted, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongest = 60;
  if (wanted.size() < 2 || wanted.size() > kLongest) return {};
  std::size_t limit = wanted.size() <= 3 ? 1 : wanted.size() <= 7 ? 2 : 3;
  // Nearest first; of equally near ones that with the longer common beginning.
  std::vector<std::tuple<std::size_t, std::size_t, std::string_view>> found;
  for (std::string_view name : known) {
    std::size_t longer = std::max(name.size(), wanted.size()), shorter = std::min(name.size(), wanted.size());
    if (name == wanted || longer - shorter > limit || longer > kLongest) continue;
    std::size_t d = distance(wanted, name);
    auto common = static_cast<std::size_t>(std::mismatch(name.begin(), name.end(), wanted.begin(), wanted.end()).first - name.begin());
    if (d <= limit) found.emplace_back(d, kLongest - common, name);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < found.size() && names.size() < 3; ++i) names.push_back(std::get<2>(found[i]));
  return names;
}

}  // namespace evalctl::base

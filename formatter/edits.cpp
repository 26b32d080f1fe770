#include "formatter/edits.h"

#include <algorithm>

namespace evalctl::formatter {
namespace {

// Past so many differing lines all of the middle counts as changed: finding the fewest is quadratic in their number.
constexpr std::int32_t kMostDifferences = 1500;

// The greedy algorithm of Myers on [begin, *_end) of both texts.
class Differ {
 public:
  Differ(const Lines& before, const Lines& after, std::uint32_t begin, std::uint32_t before_end, std::uint32_t after_end)
      : before_(before), after_(after), begin_(begin), n_(static_cast<std::int32_t>(before_end - begin)),
        m_(static_cast<std::int32_t>(after_end - begin)) {}

  std::vector<LineChange> run() {
    if (n_ > 0 && m_ > 0 && search()) return backtrack();
    if (n_ == 0 && m_ == 0) return {};
    return {change(0, n_, 0, m_)};
  }

 private:
  LineChange change(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) const {
    auto place = [this](std::int32_t i) { return begin_ + static_cast<std::uint32_t>(i); };
    return {place(a), place(b), place(c), place(d)};
  }
  bool same(std::int32_t x, std::int32_t y) const {
    return before_[begin_ + static_cast<std::uint32_t>(x)] == after_[begin_ + static_cast<std::uint32_t>(y)];
  }

  // Row d holds, for each diagonal k = x - y in [-d, d], the furthest x that d differences reach.
  bool search() {
    std::int32_t most = std::min(n_ + m_, kMostDifferences);
    for (std::int32_t d = 0; d <= most; ++d) {
      std::vector<std::int32_t>& row = rows_.emplace_back(static_cast<std::size_t>(2 * d + 1));
      for (std::int32_t k = -d; k <= d; k += 2) {
        std::int32_t x = d == 0 ? 0 : start(d, k);
        while (x < n_ && x - k < m_ && same(x, x - k)) ++x;
        row[static_cast<std::size_t>(k + d)] = x;
        if (x >= n_ && x - k >= m_) return true;
      }
    }
    return false;
  }

  std::int32_t reach(std::int32_t d, std::int32_t k) const { return rows_[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + d)]; }
  bool goes_down(std::int32_t d, std::int32_t k) const {
    return k == -d || (k != d && reach(d - 1, k - 1) < reach(d - 1, k + 1));
  }
  std::int32_t start(std::int32_t d, std::int32_t k) const {
    return goes_down(d, k) ? reach(d - 1, k + 1) : reach(d - 1, k - 1) + 1;
  }

  std::vector<LineChange> backtrack() const {
    std::vector<LineChange> out;
    std::int32_t k = n_ - m_;
    for (auto d = static_cast<std::int32_t>(rows_.size()) - 1; d > 0; --d) {
      std::int32_t x = start(d, k);
      bool down = goes_down(d, k);
      LineChange one = down ? change(x, x, x - k - 1, x - k) : change(x - 1, x, x - k, x - k);
      k = down ? k + 1 : k - 1;
      if (!out.empty() && one.old_end == out.back().old_begin && one.new_end == out.back().new_begin) {
        out.back().old_begin = one.old_begin;
        out.back().new_begin = one.new_begin;
      } else {
        out.push_back(one);
      }
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  const Lines& before_;
  const Lines& after_;
  std::uint32_t begin_;
  std::int32_t n_, m_;
  std::vector<std::vector<std::int32_t>> rows_;
};

}  // namespace

Lines split_into_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    end = end == text.npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::vector<LineChange> changed_lines(const Lines& before, const Lines& after) {
  std::size_t begin = 0;
  while (begin < before.size() && begin < after.size() && before[begin] == after[begin]) ++begin;
  std::size_t before_end = before.size(), after_end = after.size();
  while (before_end > begin && after_end > begin && before[before_end - 1] == after[after_end - 1]) --before_end, --after_end;
  return Differ(before, after, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(before_end),
                static_cast<std::uint32_t>(after_end)).run();
}

std::vector<Edit> edits_between(std::string_view before, std::string_view after) {
  Lines old_lines = split_into_lines(before);
  Lines new_lines = split_into_lines(after);
  auto offset = [](const Lines& lines, std::string_view text, std::uint32_t line) {
    return line < lines.size() ? static_cast<std::uint32_t>(lines[line].data() - text.data()) : static_cast<std::uint32_t>(text.size());
  };
  std::vector<Edit> edits;
  for (const LineChange& change : changed_lines(old_lines, new_lines)) {
    std::uint32_t begin = offset(new_lines, after, change.new_begin), end = offset(new_lines, after, change.new_end);
    edits.push_back({{offset(old_lines, before, change.old_begin), offset(old_lines, before, change.old_end)},
                     std::string(after.substr(begin, end - begin))});
  }
  return edits;
}

std::string apply_edits(std::string_view text, const std::vector<Edit>& edits) {
  std::string out;
  std::uint32_t position = 0;
  for (const Edit& edit : edits) {
    out.append(text.substr(position, edit.range.begin - position)).append(edit.text);
    position = edit.range.end;
  }
  return out.append(text.substr(position));
}

}  // namespace evalctl::formatter

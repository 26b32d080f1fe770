// Formatting as small edits, so that an editor keeps the cursor, folds and marks of what stays.
#include "formatter/format.h"

#include <algorithm>

#include "lsp/features.h"

namespace evalctl::lsp {
namespace {

// Where each line of a text begins, and its end.
std::vector<std::uint32_t> line_starts(std::string_view text) {
  std::vector<std::uint32_t> starts{0};
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) starts.push_back(static_cast<std::uint32_t>(at + 1));
  if (starts.back() != text.size()) starts.push_back(static_cast<std::uint32_t>(text.size()));
  return starts;
}

// Edits between stretches of lines that both texts have in common: from the front, the longest way of equal lines that a
// search of limited breadth finds.
class LineDifference {
 public:
  LineDifference(std::string_view before, std::string_view after)
      : before_(before), after_(after), a_(line_starts(before)), b_(line_starts(after)) {}

  std::vector<Edit> run() {
    std::size_t i = 0, j = 0;
    while (i < lines_a() || j < lines_b()) {
      if (i < lines_a() && j < lines_b() && line_a(i) == line_b(j)) {
        ++i;
        ++j;
        continue;
      }
      auto [di, dj] = next_common(i, j);
      add(i, i + di, j, j + dj);
      i += di;
      j += dj;
    }
    return std::move(out_);
  }

 private:
  std::size_t lines_a() const { return a_.size() - 1; }
  std::size_t lines_b() const { return b_.size() - 1; }
  std::string_view line_a(std::size_t i) const { return before_.substr(a_[i], a_[i + 1] - a_[i]); }
  std::string_view line_b(std::size_t j) const { return after_.substr(b_[j], b_[j + 1] - b_[j]); }

  // How many lines of each are skipped until lines are equal again; all that is left when none is near.
  std::pair<std::size_t, std::size_t> next_common(std::size_t i, std::size_t j) const {
    constexpr std::size_t kBreadth = 200;
    for (std::size_t sum = 1; sum < kBreadth; ++sum) {
      for (std::size_t di = 0; di <= sum; ++di) {
        std::size_t dj = sum - di;
        if (i + di >= lines_a() || j + dj >= lines_b()) continue;
        // A blank line or a lone brace is equal by chance.
        if (line_a(i + di).size() > 4 && line_a(i + di) == line_b(j + dj)) return {di, dj};
      }
    }
    return {lines_a() - i, lines_b() - j};
  }

  void add(std::size_t from_a, std::size_t to_a, std::size_t from_b, std::size_t to_b) {
    Range range{a_[from_a], a_[to_a]};
    std::string_view text = after_.substr(b_[from_b], b_[to_b] - b_[from_b]);
    // What both begin and end with stays.
    std::string_view old = before_.substr(range.begin, range.end - range.begin);
    std::size_t most = std::min(old.size(), text.size()), front = 0, back = 0;
    while (front < most && old[front] == text[front]) ++front;
    while (front > 0 && front < old.size() && (static_cast<unsigned char>(old[front]) & 0xc0) == 0x80) --front;
    while (back < most - front && old[old.size() - 1 - back] == text[text.size() - 1 - back]) ++back;
    while (back > 0 && (static_cast<unsigned char>(old[old.size() - back]) & 0xc0) == 0x80) --back;
    range.begin += static_cast<std::uint32_t>(front);
    range.end -= static_cast<std::uint32_t>(back);
    out_.push_back({range, std::string(text.substr(front, text.size() - front - back))});
  }

  std::string_view before_, after_;
  std::vector<std::uint32_t> a_, b_;
  std::vector<Edit> out_;
};

}  // namespace

std::vector<Edit> formatting(const Document& document, std::optional<Range> range) {
  formatter::Formatted formatted = formatter::format(document.text.bytes());
  if (!formatted.changed) return {};
  std::vector<Edit> edits = LineDifference(document.text.bytes(), formatted.text).run();
  if (range) {
    std::erase_if(edits, [&](const Edit& edit) { return edit.range.end < range->begin || edit.range.begin > range->end; });
  }
  return edits;
}

}  // namespace evalctl::lsp

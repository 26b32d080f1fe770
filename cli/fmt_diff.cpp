// The unified format of what differs between two texts.
#include <fmt/format.h>

#include <algorithm>

#include "cli/fmt_file.h"
#include "formatter/edits.h"

namespace evalctl::cli {
namespace {

using formatter::LineChange;
using formatter::Lines;

constexpr std::uint32_t kContext = 3;

// The name of a file as `patch` and git read it: in quotes with C's escapes where it has to be, and otherwise with a tab
// behind it if there is a blank in it.
std::string file_name(std::string_view path) {
  auto is_odd = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '"' || c == '\\'; };
  if (std::ranges::none_of(path, is_odd)) return std::string(path) + (path.contains(' ') ? "\t" : "");
  std::string out = "\"";
  for (char c : path) {
    if (c == '"' || c == '\\') out += std::string{'\\', c};
    else if (is_odd(c)) out += fmt::format("\\{:03o}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else out += c;
  }
  return out + '"';
}

class UnifiedDiff {
 public:
  UnifiedDiff(std::string_view before, std::string_view after, bool color)
      : before_(formatter::split_into_lines(before)), after_(formatter::split_into_lines(after)), color_(color) {}

  std::string run(const std::string& path) {
    std::vector<LineChange> changes = formatter::changed_lines(before_, after_);
    styled("1", fmt::format("--- {}\n", file_name(path)));
    styled("1", fmt::format("+++ {}\n", file_name(path)));
    for (std::size_t first = 0; first < changes.size();) {
      std::size_t last = first;
      while (last + 1 < changes.size() && changes[last + 1].old_begin - changes[last].old_end <= 2 * kContext) ++last;
      hunk({changes.begin() + static_cast<std::ptrdiff_t>(first), changes.begin() + static_cast<std::ptrdiff_t>(last) + 1});
      first = last + 1;
    }
    return std::move(out_);
  }

 private:
  void styled(std::string_view style, std::string_view text) {
    if (!color_) {
      out_ += text;
      return;
    }
    bool ends_line = text.ends_with('\n');
    if (ends_line) text.remove_suffix(1);
    out_ += fmt::format("\x1b[{}m{}\x1b[0m{}", style, text, ends_line ? "\n" : "");
  }

  void line(char sign, std::string_view style, std::string_view text) {
    std::string whole = sign + std::string(text);
    if (style.empty()) out_ += whole;
    else styled(style, whole);
    if (!whole.ends_with('\n')) out_ += "\n\\ No newline at end of file\n";
  }

  // The standard's `start,count`: an empty range starts at the line before it.
  static std::string place(std::uint32_t begin, std::uint32_t end) {
    if (end - begin == 1) return fmt::format("{}", begin + 1);
    return fmt::format("{},{}", end == begin ? begin : begin + 1, end - begin);
  }

  void hunk(const std::vector<LineChange>& changes) {
    auto before_size = static_cast<std::uint32_t>(before_.size());
    std::uint32_t lead = std::min(kContext, changes.front().old_begin);
    std::uint32_t old_begin = changes.front().old_begin - lead, new_begin = changes.front().new_begin - lead;
    std::uint32_t tail = std::min(kContext, before_size - changes.back().old_end);
    std::uint32_t old_end = changes.back().old_end + tail, new_end = changes.back().new_end + tail;
    styled("36", fmt::format("@@ -{} +{} @@\n", place(old_begin, old_end), place(new_begin, new_end)));
    std::uint32_t position = old_begin;
    for (const LineChange& change : changes) {
      for (; position < change.old_begin; ++position) line(' ', "", before_[position]);
      for (; position < change.old_end; ++position) line('-', "31", before_[position]);
      for (std::uint32_t i = change.new_begin; i < change.new_end; ++i) line('+', "32", after_[i]);
    }
    for (; position < old_end; ++position) line(' ', "", before_[position]);
  }

  Lines before_, after_;
  bool color_;
  std::string out_;
};

}  // namespace

std::string unified_diff(const std::string& path, std::string_view before, std::string_view after, bool color) {
  return UnifiedDiff(before, after, color).run(path);
}

}  // namespace evalctl::cli

// Formatting keeps the program and is done after one round, for every text, width and indentation; so does formatting of a
// part, also in a text that is broken elsewhere. The first bytes choose the options.
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formatter/format.h"
#include "formatter/format_range.h"
#include "formatter/preserve.h"

namespace {

using namespace evalctl;

parser::ParseResult parse(std::string_view text) { return parser::parse(text, {.pipe_operators = true, .check_names = false}); }

void require_same(std::string_view before, std::string_view after) {
  parser::ParseResult old_tree = parse(before);
  parser::ParseResult new_tree = parse(after);
  if (new_tree.diagnostics.empty() != old_tree.diagnostics.empty()) std::abort();
  if (formatter::find_difference(old_tree.tree, new_tree.tree)) std::abort();
}

// How often each letter and each digit stands in `text`.
std::array<std::uint32_t, 256> letters(std::string_view text) {
  std::array<std::uint32_t, 256> out{};
  for (unsigned char c : text) out[c] += std::isalnum(c) != 0;
  return out;
}

void check_whole(std::string_view text, const formatter::Options& options) {
  formatter::Formatted once = formatter::format(text, options);
  if (!once.diagnostics.empty()) return;
  if (!once.changed) return;
  if (once.text == text) std::abort();
  formatter::Formatted twice = formatter::format(once.text, options);
  if (!twice.diagnostics.empty() || twice.changed) std::abort();
  // Text without an expression has no tree to compare.
  if (!parse(text).diagnostics.empty()) return;
  require_same(text, once.text);
}

void check_range(std::string_view text, parser::Range range, const formatter::Options& options) {
  formatter::FormattedRange part = formatter::format_range(text, range, options);
  std::uint32_t end = 0;
  for (const formatter::Edit& edit : part.edits) {
    if (edit.range.begin < end || edit.range.end < edit.range.begin || edit.range.end > text.size()) std::abort();
    end = edit.range.end;
  }
  if (part.edits.empty()) return;
  std::string after = formatter::apply_edits(text, part.edits);
  // How many cures of mistakes the parser tries depends on how long the text is, and with them what it makes of the rest: of
  // a broken text there are no trees to compare.
  if (parse(text).diagnostics.empty()) require_same(text, after);
  else if (parse(after).diagnostics.empty() || letters(text) != letters(after)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoices = 4;
  if (size < kChoices) return 0;
  formatter::Options options{.width = data[0] < 200 ? 20u + data[0] / 2 : 1u, .indent = data[1] % 5u, .strict = data[1] >= 128};
  std::string_view text(reinterpret_cast<const char*>(data) + kChoices, size - kChoices);
  check_whole(text, options);
  auto begin = static_cast<std::uint32_t>(text.size() * data[2] / 256);
  check_range(text, {begin, begin + data[3]}, options);
  return 0;
}

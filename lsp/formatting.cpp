// Formatting as small edits, so that an editor keeps the cursor, folds and marks of what stays. Settings are those of
// `evalctl fmt`: what a project excludes is not formatted here either.
#include "formatter/folder.h"
#include "formatter/format_range.h"
#include "lsp/features.h"

namespace evalctl::lsp {
namespace {

// None where the file is not to be formatted: it is excluded, or an evalctl.toml cannot be understood.
std::optional<formatter::Options> options_of(const std::string& path) {
  // A document that lives in the editor only.
  if (!path.starts_with('/')) return formatter::Options{};
  std::size_t slash = path.rfind('/');
  std::string name = path.substr(slash + 1);
  formatter::Folder::Pointer folder = formatter::Folder::open(slash == 0 ? "/" : path.substr(0, slash));
  if (!folder->error().empty() || folder->is_excluded_with_folders(name)) return std::nullopt;
  return folder->options(name, {});
}

std::vector<Edit> edits_of(std::vector<formatter::Edit> edits) {
  std::vector<Edit> out;
  for (formatter::Edit& edit : edits) out.push_back({edit.range, std::move(edit.text)});
  return out;
}

}  // namespace

std::vector<Edit> formatting(const Document& document, std::optional<Range> range) {
  auto options = options_of(document.path);
  if (!options) return {};
  std::string_view text = document.text.bytes();
  if (range) return edits_of(formatter::format_range(text, *range, *options).edits);
  formatter::Formatted formatted = formatter::format(text, *options);
  return formatted.changed ? edits_of(formatter::edits_between(text, formatted.text)) : std::vector<Edit>{};
}

std::vector<Edit> formatting_typed(const Document& document, std::uint32_t offset, std::string_view typed) {
  std::uint32_t line = document.text.line_of(offset);
  bool ended_line = typed == "\n";
  auto options = ended_line && line == 0 ? std::nullopt : options_of(document.path);
  if (!options) return {};
  std::uint32_t cursor_line = document.text.line_start(line);
  Range range = ended_line ? Range{document.text.line_start(line - 1), cursor_line - 1} : Range{cursor_line, offset};
  formatter::FormattedRange formatted = formatter::format_range(document.text.bytes(), range, *options);
  // The whole file is not to move because of one letter, nor the new line to go away again.
  if (formatted.whole) return {};
  if (ended_line && !formatted.edits.empty() && formatted.edits.back().range.end > cursor_line) return {};
  return edits_of(std::move(formatted.edits));
}

}  // namespace evalctl::lsp

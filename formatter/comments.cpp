#include "formatter/comments.h"

#include <algorithm>

namespace evalctl::formatter {
namespace {

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Bytes of the white space that begins `text`, 0 when none does.
std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text[0])) return 1;
  if (static_cast<unsigned char>(text[0]) < 0xC2) return 0;
  for (std::string_view space : {"\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                 "\u2007", "\u2008", "\u2009", "\u200A", "\u202F", "\u205F", "\u3000"}) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t last_space_length(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.back())) return 1;
  if (static_cast<unsigned char>(text.back()) < 0x80) return 0;
  for (std::size_t length : {2, 3}) {
    if (text.size() >= length && space_length(text.substr(text.size() - length)) == length) return length;
  }
  return 0;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(strip_end(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// Takes a column of stars under the star of the opening delimiter away, if it is there in all lines but the first.
void remove_stars(std::vector<std::string>& lines, std::size_t column) {
  std::string start(column, ' ');
  std::string star = start + " *";
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (!lines[i].starts_with(star)) return;
  }
  for (std::size_t i = 1; i < lines.size(); ++i) lines[i] = strip_end(start + lines[i].substr(star.size()));
}

// The lines but the first are shifted left as far as all allow, at most to where the first line begins.
void fix_indent(std::vector<std::string>& lines, std::size_t column) {
  if (lines.empty()) return;
  std::size_t indent = column + (lines[0].starts_with(' ') ? 3 : 2);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (!only_spaces(lines[i])) indent = std::min(indent, lines[i].find_first_not_of(' '));
  }
  lines[0] = strip(lines[0]);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    bool deep = lines[i].size() >= indent && lines[i].find_first_not_of(' ') >= indent;
    lines[i] = deep ? lines[i].substr(indent) : std::string(strip_start(lines[i]));
  }
}

}  // namespace

std::size_t leading_space(std::string_view text) {
  std::size_t length = 0;
  while (std::size_t space = space_length(text.substr(length))) length += space;
  return length;
}

std::string_view strip_start(std::string_view text) { return text.substr(leading_space(text)); }

std::string_view strip_end(std::string_view text) {
  while (std::size_t space = last_space_length(text)) text.remove_suffix(space);
  return text;
}

std::string_view strip(std::string_view text) { return strip_start(strip_end(text)); }

bool only_spaces(std::string_view text) { return text.find_first_not_of(' ') == std::string_view::npos; }

std::uint32_t column_of(std::string_view text, std::size_t offset) {
  std::size_t begin = offset;
  while (begin > 0 && text[begin - 1] != '\n') --begin;
  std::uint32_t column = 1;
  for (std::size_t i = begin; i < offset; ++i) {
    if (text[i] == '\t') column += 8 - (column - 1) % 8;
    else column += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
  }
  return column;
}

BlockComment parse_block_comment(std::string_view comment, std::uint32_t column) {
  BlockComment result;
  comment.remove_prefix(2);
  // `/**/` is an empty comment, not a documentation comment.
  result.is_doc = comment.starts_with('*') && !comment.starts_with("*/");
  if (result.is_doc) comment.remove_prefix(1);
  comment.remove_suffix(2);
  result.lines = split_lines(comment);
  remove_stars(result.lines, column - 1);
  while (!result.lines.empty() && result.lines.back().empty()) result.lines.pop_back();
  fix_indent(result.lines, column - 1);
  auto first = std::find_if(result.lines.begin(), result.lines.end(), [](const std::string& line) { return !line.empty(); });
  result.lines.erase(result.lines.begin(), first);
  return result;
}

bool is_language_name(std::string_view content) {
  constexpr std::size_t kLongestName = 30;
  std::string_view name = strip(content);
  if (name.empty() || name.size() > kLongestName) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == '_';
  });
}

}  // namespace evalctl::formatter

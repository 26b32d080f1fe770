#include "formatter/editor_config.h"

#include <algorithm>
#include <charconv>

#include "formatter/comments.h"
#include "formatter/path_pattern.h"

namespace evalctl::formatter {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Nothing for `unset`, `off` and the like.
std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

// Here `**` stands for anything, slashes too, wherever it is; in the other patterns only between slashes.
std::vector<std::string> with_slashes_around_stars(std::string glob) {
  std::size_t at = 0;
  while ((at = glob.find("**", at)) != glob.npos) {
    bool begins = at == 0 || glob[at - 1] == '/';
    bool ends = at + 2 == glob.size() || glob[at + 2] == '/';
    if (begins && ends) {
      at += 2;
      continue;
    }
    std::string before = glob.substr(0, at), behind = glob.substr(at + 2);
    std::vector<std::string> out = with_slashes_around_stars(before + (begins ? "**/" : "*/**/") + (ends ? behind : "*" + behind));
    if (!begins) out.push_back(before + "*" + behind);
    return out;
  }
  return {std::move(glob)};
}

}  // namespace

EditorConfig::EditorConfig(std::string_view text) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = strip(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[' && line.ends_with(']')) {
      add_section(line.substr(1, line.size() - 2));
    } else if (std::size_t equals = line.find('='); equals != line.npos) {
      add_property(lower(strip(line.substr(0, equals))), lower(strip(line.substr(equals + 1))));
    }
  }
}

void EditorConfig::add_section(std::string_view header) {
  Section section;
  for (std::string& glob : expand_braces(header)) {
    bool anywhere = !glob.contains('/');
    if (glob.starts_with('/')) glob.erase(0, 1);
    for (std::string& one : with_slashes_around_stars(anywhere ? "**/" + glob : glob)) section.globs.push_back(std::move(one));
  }
  sections_.push_back(std::move(section));
}

void EditorConfig::add_property(std::string_view name, std::string_view value) {
  if (sections_.empty()) {
    if (name == "root") root_ = value == "true";
    return;
  }
  Section& section = sections_.back();
  if (name == "max_line_length") {
    section.width = number(value);
  } else if (name == "tab_width") {
    section.tab_width = number(value);
  } else if (name == "indent_size") {
    section.indent = number(value);
    section.indent_is_tab_width = value == "tab";
  }
}

Overrides EditorConfig::settings(std::string_view path) const {
  Overrides out;
  std::optional<std::uint32_t> tab_width;
  bool indent_is_tab_width = false;
  for (const Section& section : sections_) {
    bool applies = std::ranges::any_of(section.globs, [&](const std::string& glob) { return matches_glob(glob, path); });
    if (!applies) continue;
    if (section.width) out.width = *section.width;
    if (section.indent) out.indent = *section.indent;
    if (section.tab_width) tab_width = *section.tab_width;
    if (section.indent_is_tab_width) indent_is_tab_width = *section.indent_is_tab_width;
  }
  if (indent_is_tab_width) out.indent = tab_width;
  return out;
}

}  // namespace evalctl::formatter

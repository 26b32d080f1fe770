#include "stdlib/module_errors.h"

#include <algorithm>
#include <cstdlib>

namespace evalctl::stdlib {
namespace {

// The texts between ` and ' of a line.
std::vector<std::string> quoted(std::string_view line) {
  std::vector<std::string> found;
  std::size_t at = 0;
  while ((at = line.find('`', at)) != line.npos) {
    std::size_t end = line.find_first_of("'`", at + 1);
    if (end == line.npos) break;
    found.emplace_back(line.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return found;
}

std::string_view trim(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<ModuleError::Kind> kind_of(std::string_view head) {
  auto has = [&](std::string_view words) { return head.contains(words); };
  if (has("is not of type")) return ModuleError::Kind::Type;
  if (!has("option")) return std::nullopt;
  if (has("does not exist")) return ModuleError::Kind::Unknown;
  if (has("conflicting definition") || has("defined multiple times") || has("is defined both")) return ModuleError::Kind::Conflict;
  if (has("used but not defined") || has("no value defined") || has("was accessed but")) return ModuleError::Kind::NotDefined;
  return std::nullopt;
}

// "- In `FILE': VALUE" or "- FILE".
void add_definition(std::string_view line, ModuleError& error) {
  auto names = quoted(line);
  if (names.empty() || !line.starts_with("-")) return;
  std::size_t colon = line.find("':");
  error.definitions.push_back({names.front(), colon == line.npos ? "" : std::string(trim(line.substr(colon + 2)))});
}

// Newer releases quote names with dots, older ones do not. "[definition 1-entry 2]" is the second element.
void set_option(std::string_view text, ModuleError& error) {
  error.shown = text.substr(0, std::min(text.find(".[definition "), text.find(".\"[definition ")));
  for (char c : text)
    if (c != '"') error.option += c;
  std::size_t entry = error.option.find(".[definition ");
  if (entry == std::string::npos) return;
  std::size_t number = error.option.find("entry ", entry);
  if (number != std::string::npos) error.entry = static_cast<std::uint32_t>(std::strtoul(error.option.c_str() + number + 6, nullptr, 10));
  error.option.resize(entry);
}

}  // namespace

std::optional<ModuleError> parse_module_error(std::string_view message) {
  std::vector<std::string_view> lines = lines_of(message);
  while (!lines.empty() && trim(lines.front()).empty()) lines.erase(lines.begin());
  if (lines.empty()) return std::nullopt;
  std::string_view head = trim(lines.front());
  ModuleError error{};
  if (head.starts_with("Failed assertions")) {
    error.kind = ModuleError::Kind::Assertions;
    for (std::size_t i = 1; i < lines.size(); ++i)
      if (std::string_view line = trim(lines[i]); !line.empty()) error.details.emplace_back(line.starts_with("- ") ? line.substr(2) : line);
    return error;
  }
  auto kind = kind_of(head);
  auto names = quoted(head);
  if (!kind || names.empty()) return std::nullopt;
  error.kind = *kind;
  set_option(names[0], error);
  // The type is quoted last, after the file where that is named.
  if (*kind == ModuleError::Kind::Type && names.size() > 1 && !names.back().starts_with("/")) error.type = names.back();
  // Older releases name the file in the sentence itself.
  for (std::size_t i = 1; i < names.size(); ++i)
    if (names[i].starts_with("/")) error.definitions.push_back({names[i], ""});
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string_view line = trim(lines[i]);
    if (line.starts_with("-")) add_definition(line, error);
    else if (!line.empty()) error.details.emplace_back(line);
  }
  return error;
}

}  // namespace evalctl::stdlib

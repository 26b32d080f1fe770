#include "stdlib/module_errors.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace evalctl::stdlib {
namespace {

using Kind = ModuleError::Kind;

std::string_view trim(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Words by which a kind is known; the first row that fits counts.
struct Words { std::string_view all, also; Kind kind; };
constexpr Words kWords[] = {
    {"trying to define a value of type", "rather than an attribute set", Kind::NotASet},
    {"is not of type `", "", Kind::Type},
    {"is not a list.", "option value `", Kind::Type},
    {"option `", "does not exist", Kind::Unknown},
    {"option `", "is read-only", Kind::ReadOnly},
    {"option `", "conflicting definition", Kind::Conflict},
    {"option `", "defined multiple times", Kind::Conflict},
    {"option `", "is defined both", Kind::Conflict},
    {"Cannot merge definitions of `", "", Kind::Conflict},
    {"option `", "used but not defined", Kind::NotDefined},
    {"option `", "no value defined", Kind::NotDefined},
    {"option `", "was accessed but", Kind::NotDefined},
    {"option `", "is already declared in", Kind::DeclaredTwice},
    {"option `", "conflicting option types", Kind::DeclaredTwice},
    {"option `", "is a prefix of options in", Kind::DeclaredAsBoth},
    {"option `", "would be a parent of the following options", Kind::DeclaredAsBoth},
    {"option declaration", "rather than an attribute set", Kind::BadDeclaration},
    {"expected an option declaration at option path", "", Kind::BadDeclaration},
    {"does not look like a module", "", Kind::NotAModule},
    {"Expected a module, but found a value of type", "", Kind::NotAModule},
    {"has an unsupported attribute `", "", Kind::MixedModule},
    {"Module imports can't be nested lists", "", Kind::NestedImports},
    {"mkIf", "called with a non-Boolean condition", Kind::Condition},
};

std::optional<Kind> kind_of(std::string_view head) {
  for (const Words& w : kWords)
    if (head.contains(w.all) && head.contains(w.also)) return w.kind;
  return std::nullopt;
}

// "- In `FILE': VALUE" or "- FILE".
void add_definition(std::string_view line, ModuleError& error) {
  auto names = quoted_names(line);
  if (names.empty()) {
    if (line.starts_with("- /")) error.definitions.push_back({std::string(line.substr(2)), ""});
    return;
  }
  std::size_t colon = line.find("':");
  error.definitions.push_back({names.front(), colon == line.npos ? "" : std::string(trim(line.substr(colon + 2)))});
}

// Newer releases quote names with dots, older ones do not. "[definition 1-entry 2]" is the second element.
void set_option(std::string_view text, ModuleError& error) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') error.option += text[i];
    if (text[i] != '"' || !text.substr(i).starts_with("\"[definition ")) error.shown += text[i];
  }
  for (std::size_t at; (at = error.shown.find(".[definition ")) != error.shown.npos;) {
    std::size_t number = error.shown.find("entry ", at), end = error.shown.find(']', at);
    if (number == error.shown.npos || end == error.shown.npos) break;
    std::string entry = error.shown.substr(number + 6, end - number - 6);
    end += error.shown.substr(end + 1).starts_with('"');
    error.shown.replace(at, end + 1 - at, " (element " + entry + ")");
  }
}

void read_lines(const std::vector<std::string_view>& lines, ModuleError& error) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string_view line = trim(lines[i]);
    if (line.starts_with("- ")) add_definition(line, error);
    else if (lines[i].starts_with("    ") && !error.definitions.empty() && error.definitions.back().value.empty()) error.definitions.back().value = line;
    else if (!line.empty()) error.details.emplace_back(line);
  }
}

ModuleError assertions(const std::vector<std::string_view>& lines) {
  ModuleError error{.kind = Kind::Assertions};
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (std::string_view line = trim(lines[i]); !line.empty()) error.details.emplace_back(line.starts_with("- ") ? line.substr(2) : line);
  return error;
}

// What the sentence names, by the order of its quotes.
void read_names(std::vector<std::string> names, ModuleError& error) {
  auto add_files = [&](std::size_t from) {
    for (std::size_t i = from; i < names.size(); ++i)
      if (names[i].starts_with("/") || names[i].starts_with("<")) error.definitions.push_back({names[i], ""});
  };
  switch (error.kind) {
    case Kind::NotASet:
      if (names.size() < 3) return;
      error.definitions.push_back({names[0], ""});
      error.type = names[1];
      return set_option(names[2], error);
    case Kind::MixedModule:
      if (names.size() < 2) return;
      error.definitions.push_back({names[0], ""});
      return set_option(names[1], error);
    case Kind::NotAModule:
    case Kind::NestedImports:
    case Kind::Condition: return;
    default:
      if (names.empty()) return;
      set_option(names[0], error);
      return add_files(1);
  }
}

// What is known by its structure alone: a quoted option, and below it the files of its definitions with their values.
std::optional<ModuleError> unworded(std::string_view head, const std::vector<std::string_view>& lines) {
  std::vector<std::string> names = quoted_names(head);
  if (names.empty() || names[0].contains('/') || names[0].contains(' ')) return std::nullopt;
  ModuleError error{.kind = Kind::Unworded};
  set_option(names[0], error);
  read_lines(lines, error);
  bool files = !error.definitions.empty() && std::all_of(error.definitions.begin(), error.definitions.end(), [](const auto& d) { return d.file.starts_with('/'); });
  return files ? std::optional(error) : std::nullopt;
}

}  // namespace

std::vector<std::string> quoted_names(std::string_view line) {
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

std::vector<std::string> option_names(std::string_view line) {
  std::vector<std::string> names;
  std::string word;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    char c = i < line.size() ? line[i] : ' ';
    bool inside = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' || c == '<' || c == '>';
    if (inside) {
      word += c;
      continue;
    }
    while (word.ends_with('.')) word.pop_back();
    if (word.contains('.') && word.size() > 3 && !word.starts_with('.')) names.push_back(word);
    word.clear();
  }
  // Nothing with a dot: what is quoted.
  if (names.empty()) names = quoted_names(line);
  return names;
}

std::optional<ModuleError> parse_module_error(std::string_view message) {
  std::vector<std::string_view> lines = base::lines_of(message);
  while (!lines.empty() && trim(lines.front()).empty()) lines.erase(lines.begin());
  if (lines.empty()) return std::nullopt;
  std::string_view head = trim(lines.front());
  if (head.starts_with("Failed assertion")) {
    ModuleError error = assertions(lines);
    if (std::size_t colon = head.find(": "); colon != head.npos) error.details.insert(error.details.begin(), std::string(head.substr(colon + 2)));
    return error;
  }
  auto kind = kind_of(head);
  // Some are sentences of several lines.
  std::string paragraph(head);
  for (std::size_t i = 1; i < lines.size() && !trim(lines[i]).empty() && !trim(lines[i]).starts_with("-"); ++i) (paragraph += ' ') += trim(lines[i]);
  if (!kind) kind = kind_of(paragraph);
  if (!kind) return unworded(head, lines);
  ModuleError error{.kind = *kind};
  bool whole = *kind == Kind::NotASet || *kind == Kind::BadDeclaration;
  read_names(quoted_names(whole ? std::string_view(paragraph) : head), error);
  if (std::size_t type = head.find("not of type `"); type != head.npos) {
    type += 13;
    std::size_t end = std::min(head.find("'.", type), head.find_last_of('\''));
    if (end != head.npos && end > type) error.type = head.substr(type, end - type);
  }
  if (*kind == Kind::NotAModule || *kind == Kind::NestedImports || *kind == Kind::BadDeclaration) {
    // "module FILE (KEY) does not", "In module FILE: expected"
    std::size_t at = head.find(" /"), end = head.find_first_of(" :(", at + 2);
    if (at != head.npos) error.definitions.push_back({std::string(head.substr(at + 1, end - at - 1)), ""});
  }
  read_lines(lines, error);
  return error;
}

}  // namespace evalctl::stdlib

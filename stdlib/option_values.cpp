#include "stdlib/option_values.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/diagnostic.h"

namespace evalctl::stdlib {
namespace {

// The strings in `one of "a", "b"`.
std::vector<std::string_view> choices(std::string_view type) {
  std::vector<std::string_view> found;
  if (!type.contains("one of")) return found;
  std::size_t at = type.find('"');
  while (at != type.npos) {
    std::size_t end = type.find('"', at + 1);
    if (end == type.npos) break;
    found.push_back(type.substr(at + 1, end - at - 1));
    at = type.find('"', end + 1);
  }
  return found;
}

std::string_view first_name(std::string_view path) { return path.substr(0, path.find('.')); }
std::string_view rest_of(std::string_view path) {
  std::size_t dot = path.find('.');
  return dot == path.npos ? std::string_view() : path.substr(dot + 1);
}

std::string boolean_for(const std::string& word) {
  static constexpr std::string_view kYes[] = {"yes", "true", "on", "1", "enable", "enabled"};
  static constexpr std::string_view kNo[] = {"no", "false", "off", "0", "disable", "disabled"};
  if (std::find(std::begin(kYes), std::end(kYes), word) != std::end(kYes)) return "true";
  return std::find(std::begin(kNo), std::end(kNo), word) != std::end(kNo) ? "false" : "";
}

}  // namespace

std::string in_words(const std::string& type) {
  if (type.empty()) return "another type";
  for (std::string_view plural : {"one of", "null or", "strings", "a ", "an ", "(", "\"", "value"})
    if (type.starts_with(plural)) return type;
  return (std::string_view("aeiou").contains(type[0]) && !type.starts_with("uni") ? "an " : "a ") + type;
}

std::string type_in_words(std::string_view type) {
  return type == "bool" ? "boolean" : type == "int" ? "integer" : type == "lambda" ? "function" : std::string(type);
}

std::string described(const std::string& value) {
  if (value.empty()) return "another value";
  // Cut between characters.
  std::size_t end = std::min<std::size_t>(value.size(), 60);
  while (end < value.size() && end > 0 && (value[end] & 0xc0) == 0x80) --end;
  std::string shown = end < value.size() ? value.substr(0, end) + "…" : value;
  if (std::size_t line = shown.find('\n'); line != shown.npos) shown.resize(line);
  if (value[0] == '"' || value.starts_with("''")) return "the string " + shown;
  if (value[0] == '[') return "a list";
  if (value[0] == '{') return "a set";
  if (value.starts_with("<function")) return "a function";
  if (value.starts_with("<derivation ")) return "the derivation " + value.substr(12, value.size() - 13);
  if (value[0] == '/' || value[0] == '.') return "the path " + shown;
  if (value == "true" || value == "false") return "the boolean " + value;
  if (std::isdigit(static_cast<unsigned char>(value[0])) || value[0] == '-') return "the number " + shown;
  return shown;
}

bool is_literal(std::string_view text) {
  if (text.empty()) return false;
  char c = text[0];
  return c == '"' || c == '[' || c == '{' || text.starts_with("''") || std::isdigit(static_cast<unsigned char>(c)) || text == "true" || text == "false" || text == "null";
}

bool violates(const std::string& type, std::string_view text) {
  if (!is_literal(text)) return false;
  bool list = text[0] == '[', set = text[0] == '{', string = text[0] == '"' || text.starts_with("''");
  bool boolean = text == "true" || text == "false", number = std::isdigit(static_cast<unsigned char>(text[0]));
  if (type.starts_with("list of")) return !list;
  if (type.starts_with("bool")) return !boolean;
  if (type.starts_with("string")) return !string;
  if (type.contains("integer")) return !number && text != "null";
  if (type.starts_with("attribute set") || type.starts_with("submodule")) return !set;
  return false;
}

std::string replacement(const std::string& type, const std::string& value, std::string_view written) {
  bool text = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  std::string inner = text ? value.substr(1, value.size() - 2) : value;
  bool number = !inner.empty() && inner.find_first_not_of("0123456789") == inner.npos;
  if (type.starts_with("bool")) return boolean_for(inner);
  if (auto known = choices(type); text && !known.empty()) {
    auto near = base::near_names(inner, known);
    return near.empty() ? "" : "\"" + std::string(near[0]) + "\"";
  }
  if (text && number && (type.contains("int") || type.contains("port") || type.contains("number"))) return inner;
  bool takes_text = type.contains("string") && !type.contains("list of") && !type.contains("attribute set");
  if (!text && takes_text && (number || value == "true" || value == "false")) return "\"" + inner + "\"";
  bool one_line = !written.contains('\n') && written.size() <= 80 && !written.empty();
  if (type.starts_with("list of") && !value.empty() && value[0] != '[' && one_line) {
    bool call = !is_literal(written) && written.contains(' ');
    return call ? "[ (" + std::string(written) + ") ]" : "[ " + std::string(written) + " ]";
  }
  return "";
}

std::string advice(const std::string& type, const std::string& value) {
  if (type.contains("between") || type.contains("port")) return "choose a value in that range: " + (type.contains("16 bit") ? std::string("0 to 65535") : type);
  if (value.starts_with("<function")) return "an argument may be missing: this is a function";
  if (auto known = choices(type); !known.empty()) return "choose one of the values above";
  if (type.contains("package") && value.starts_with('"')) return "write the package itself, `pkgs.name`, without quotes";
  if (type.contains("package")) return "write a package: `pkgs.name`";
  if (type.contains("path") && value.starts_with('"')) return "write an absolute path, or a path without quotes: `./file`";
  if (type.starts_with("attribute set of") || type.contains("submodule")) return "write a set: `{ … }`";
  if (type.contains("string") && value.starts_with('[')) return "write one string; a list can be joined with `lib.concatStringsSep \" \" list`";
  if (type.contains("string") && value.starts_with('{')) return "write a string; of a set select an attribute";
  if (type.starts_with("list of")) return "write a list: `[ … ]`";
  return "write " + in_words(type);
}

bool declares(std::string_view declaration, std::string_view option) {
  if (declaration.empty() || option.empty()) return declaration.empty() && option.empty();
  std::string_view name = first_name(declaration);
  if (name == "*") return declares(rest_of(declaration), rest_of(option)) || declares(rest_of(declaration), option);
  return name == first_name(option) && declares(rest_of(declaration), rest_of(option));
}

std::string name_below(std::string_view declaration, std::string_view parent) {
  if (parent.empty()) return std::string(first_name(declaration));
  if (declaration.empty()) return "";
  std::string_view name = first_name(declaration);
  if (name == "*") {
    std::string found = name_below(rest_of(declaration), rest_of(parent));
    return found.empty() ? name_below(rest_of(declaration), parent) : found;
  }
  return name == first_name(parent) ? name_below(rest_of(declaration), rest_of(parent)) : "";
}

}  // namespace evalctl::stdlib

#include "lsp/option_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace evalctl::lsp {
namespace {

enum class Shape : std::uint8_t { Unknown, String, Integer, Float, Bool, Null, List, Set, Function, Path };

Shape shape_of(const Tree& tree, NodeId node) {
  switch (tree.kind(node)) {
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Uri: return Shape::String;
    case NodeKind::Integer: return Shape::Integer;
    case NodeKind::Float: return Shape::Float;
    case NodeKind::List: return Shape::List;
    case NodeKind::AttrSet: return Shape::Set;
    case NodeKind::Lambda: return Shape::Function;
    case NodeKind::Path: return Shape::Path;
    case NodeKind::Negate: return shape_of(tree, {node.index + 1});
    case NodeKind::Identifier: {
      std::string_view text = tree.text(node);
      return text == "true" || text == "false" ? Shape::Bool : text == "null" ? Shape::Null : Shape::Unknown;
    }
    default: return Shape::Unknown;
  }
}

std::string_view name_of(Shape shape) {
  constexpr std::string_view kNames[] = {"a value", "a string", "an integer", "a float", "a Boolean", "null", "a list", "a set", "a function", "a path"};
  return kNames[static_cast<std::size_t>(shape)];
}

bool is_text_type(std::string_view name) {
  return name == "str" || name == "string" || name == "nonEmptyStr" || name == "singleLineStr" || name == "lines" || name == "commas" ||
         name == "envVar" || name == "passwdEntry" || name.starts_with("separatedString") || name.starts_with("strMatching");
}

bool is_integer_type(std::string_view name) {
  return name == "int" || name == "intBetween" || name.starts_with("unsignedInt") || name.starts_with("signedInt") || name == "positiveInt" || name == "port";
}

bool accepts_enum(const Tree& tree, NodeId value, const OptionType& type) {
  // Only plain strings can be compared by their text.
  if (type.members.empty() || tree.kind(value) == NodeKind::IndentedString || tree.size(value) > 1) return true;
  std::string_view text = tree.text(value);
  if (text.contains('\\') || (shape_of(tree, value) == Shape::Unknown)) return true;
  return std::ranges::find(type.members, text) != type.members.end();
}

bool accepts(const Tree& tree, NodeId value, const OptionType& type, unsigned depth) {
  Shape shape = shape_of(tree, value);
  const std::string& name = type.name;
  if (shape == Shape::Unknown || depth > 8) return true;
  if (name == "nullOr") return shape == Shape::Null || type.nested.empty() || accepts(tree, value, type.nested[0], depth + 1);
  if (name == "either" || name == "oneOf") {
    return type.nested.empty() || std::ranges::any_of(type.nested, [&](const OptionType& one) { return accepts(tree, value, one, depth + 1); });
  }
  if (name == "bool") return shape == Shape::Bool;
  if (name == "enum") return accepts_enum(tree, value, type);
  if (is_text_type(name)) return shape == Shape::String;
  if (is_integer_type(name)) return shape == Shape::Integer;
  if (name == "float") return shape == Shape::Float;
  if (name == "listOf") return shape == Shape::List;
  if (name == "attrsOf" || name == "lazyAttrsOf" || name == "attrs") return shape == Shape::Set;
  if (name == "path") return shape == Shape::String || shape == Shape::Path || shape == Shape::Set;
  if (name == "package" || name == "shellPackage") return shape == Shape::String || shape == Shape::Path || shape == Shape::Set;
  if (name == "submodule") return shape == Shape::Set || shape == Shape::Function || shape == Shape::Path || shape == Shape::List;
  return true;
}

// The type of an attribute inside a value of the type.
std::optional<OptionType> attribute_type(const OptionType& type) {
  if ((type.name == "attrsOf" || type.name == "lazyAttrsOf") && !type.nested.empty()) return type.nested[0];
  if (type.name == "nullOr" && !type.nested.empty()) return attribute_type(type.nested[0]);
  return std::nullopt;
}

}  // namespace

OptionPlace look_up(const OptionIndex& index, const std::vector<std::string>& path) {
  OptionPlace place;
  for (const std::string& name : path) {
    std::string next;
    bool found = false;
    for (std::string_view candidate : {std::string_view(name), std::string_view("<name>"), std::string_view("*")}) {
      next = place.key + std::string(candidate) + '\0';
      found = index.find(next) || index.has_children(next);
      bool element = candidate == "*" && name != "*";
      if (found && !element) break;
      found = false;
    }
    if (!found) break;
    place.key = std::move(next);
    ++place.known;
    if (const Option* option = index.find(place.key)) place.option = option;
    else if (!place.option || place.option->key.size() >= place.key.size()) place.option = nullptr;
  }
  const Option* here = index.find(place.key);
  bool inside = place.known < path.size();
  if (inside && !here) {
    // A set of options; below a submodule it may be one with names of its own.
    place.unknown = place.option == nullptr || !(place.option->flags & Option::kFreeform);
  } else if (inside && here) {
    place.unknown = index.has_children(place.key) && !(here->flags & Option::kFreeform);
  }
  if (!here) {
    // In the middle of the options of a submodule, or outside of any option.
    if (!inside) place.option = nullptr;
    return place;
  }
  place.option = here;
  std::optional<OptionType> type = here->type();
  for (std::size_t i = place.known; i < path.size() && type; ++i) type = path[i] == "*" ? element_type(*type) : attribute_type(*type);
  place.type = std::move(type);
  return place;
}

std::optional<std::string> type_error(const Tree& tree, NodeId value, const OptionType& type) {
  while (tree.kind(value) == NodeKind::Paren && tree.size(value) > 1) value = {value.index + 1};
  if (accepts(tree, value, type, 0)) return std::nullopt;
  return fmt::format("{} was given", name_of(shape_of(tree, value)));
}

std::vector<std::string> literals_of(const OptionType& type) {
  std::vector<std::string> out;
  if (type.name == "bool") out = {"true", "false"};
  if (type.name == "enum") out = type.members;
  if (type.name == "nullOr") out = {"null"};
  if (type.name == "nullOr" || type.name == "either" || type.name == "oneOf") {
    for (const OptionType& nested : type.nested) {
      for (std::string& one : literals_of(nested)) out.push_back(std::move(one));
    }
  }
  return out;
}

bool takes_packages(const OptionType& type) {
  if (type.name == "package" || type.name == "shellPackage") return true;
  return type.name != "submodule" && std::ranges::any_of(type.nested, takes_packages);
}

std::optional<OptionType> element_type(const OptionType& type) {
  if (type.name == "listOf" && !type.nested.empty()) return type.nested[0];
  bool through = type.name == "nullOr" || type.name == "either" || type.name == "coercedTo";
  for (const OptionType& nested : type.nested) {
    auto found = through ? element_type(nested) : std::nullopt;
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace evalctl::lsp

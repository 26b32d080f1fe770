#include "lsp/values.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/files.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

constexpr std::uint32_t kMostSteps = 4000;
constexpr std::size_t kDeepest = 150;

void append(std::vector<Place>& to, std::vector<Place> more) {
  for (Place& place : more) to.push_back(std::move(place));
}

std::vector<std::string> static_names(const Tree& tree, NodeId path, std::uint32_t count) {
  std::vector<std::string> names;
  for (NodeId attribute : tree.children(path)) {
    if (names.size() == count) break;
    auto name = parser::static_name(tree, attribute);
    if (!name) break;
    names.push_back(std::move(*name));
  }
  return names;
}

// A function whose result has the attributes of the set it is given, as far as the name tells.
bool makes_derivation(std::string_view name) {
  return name.ends_with("mkDerivation") || name == "mkShell" || name == "buildEnv" || name == "mkShellNoCC" ||
         (name.starts_with("build") && name.contains("Package")) || name == "buildGoModule" || name == "recurseIntoAttrs" ||
         name == "dontRecurseIntoAttrs" || name == "makeOverridable";
}

}  // namespace

// Marks a node as being traced; ok is false where that would not end.
class Tracer::Step {
 public:
  Step(Tracer& tracer, const Place& place) : tracer_(tracer), key_(place.file.get(), place.node.index) {
    ok = ++tracer.steps_ < kMostSteps && tracer.open_.size() < kDeepest && tracer.open_.insert(key_).second;
  }
  ~Step() {
    if (ok) tracer_.open_.erase(key_);
  }
  Step(const Step&) = delete;
  bool ok;

 private:
  Tracer& tracer_;
  std::pair<const Document*, std::uint32_t> key_;
};

std::vector<Place> Tracer::values(const Place& expression) {
  Step step(*this, expression);
  if (!step.ok) return {};
  return trace(expression);
}

std::vector<Place> Tracer::trace(const Place& expression) {
  const Tree& tree = expression.tree();
  NodeId node = expression.node;
  std::vector<Place> out;
  switch (tree.kind(node)) {
    case NodeKind::Root:
    case NodeKind::Paren: return tree.size(node) > 1 ? values(expression.at(tree.child(node, 0))) : out;
    case NodeKind::Assert:
    case NodeKind::With: return values(expression.at(tree.child(node, 1)));
    case NodeKind::Let: {
      NodeId last{node.index + 1};
      for (NodeId part : tree.children(node)) last = part;
      return values(expression.at(last));
    }
    case NodeKind::LegacyLet:
      for (NodeId part : tree.children(node)) {
        if (tree.kind(part) == NodeKind::Binding && tree.text(tree.child(part, 0)) == "body") {
          append(out, values(expression.at(tree.child(part, 1))));
        }
      }
      return out;
    case NodeKind::If:
      append(out, values(expression.at(tree.child(node, 1))));
      append(out, values(expression.at(tree.child(node, 2))));
      return out;
    case NodeKind::Binary:
      if (tree.operator_of(node) != TokenKind::Update) return {expression};
      append(out, values(expression.at(tree.child(node, 1))));
      append(out, values(expression.at(tree.child(node, 0))));
      return out;
    case NodeKind::Identifier: {
      bool is_attribute = tree.kind(expression.parent()) == NodeKind::AttrPath;
      if (is_attribute) return {expression};
      for (const Place& found : meaning(expression)) append(out, values_of_attribute(found));
      return out;
    }
    case NodeKind::Select: {
      NodeId path = tree.child(node, 1), last = path;
      for (NodeId attribute : tree.children(path)) last = attribute;
      for (const Place& attribute : selected(expression.at(last))) append(out, values_of_attribute(attribute));
      NodeId fallback{path.index + tree.size(path)};
      if (fallback.index < node.index + tree.size(node)) append(out, values(expression.at(fallback)));
      return out;
    }
    case NodeKind::Apply: return call(expression);
    default: return {expression};
  }
}

std::vector<Place> Tracer::of_parameter(const Place& parameter) {
  const Tree& tree = parameter.tree();
  NodeId parent = parameter.parent();
  if (tree.kind(parent) == NodeKind::Formal) {
    NodeId fallback{parameter.node.index + 1};
    bool has_default = fallback.index < parent.index + tree.size(parent);
    return has_default ? values(parameter.at(fallback)) : std::vector<Place>{};
  }
  // The parameter of `mkDerivation (finalAttrs: { ... })` is the set itself, in the end.
  const Analysis& analysis = parameter.file->analysis();
  NodeId around = analysis.parent(parent);
  while (tree.kind(around) == NodeKind::Paren) around = analysis.parent(around);
  bool is_final = tree.kind(parent) == NodeKind::Lambda && tree.kind(around) == NodeKind::Apply &&
                  makes_derivation(last_name(tree, tree.child(around, 0)));
  return is_final ? values(parameter.at(tree.child(parent, 1))) : std::vector<Place>{};
}

std::vector<Place> Tracer::meaning(const Place& identifier) {
  const Analysis& analysis = identifier.file->analysis();
  const parser::Reference& reference = analysis.scopes[identifier.node.index];
  switch (reference.referent) {
    case Referent::Attribute:
    case Referent::Parameter:
    case Referent::Formal:
    case Referent::PatternName: return {identifier.at(reference.definition)};
    case Referent::With: {
      auto name = parser::static_name(analysis.tree, identifier.node);
      for (NodeId with = reference.definition; name && with.index != 0; with = analysis.parent(with)) {
        bool inside = analysis.tree.kind(with) == NodeKind::With &&
                      identifier.node.index >= with.index + 1 + analysis.tree.size({with.index + 1});
        if (!inside) continue;
        auto found = attributes(identifier.at({with.index + 1}), *name);
        if (!found.empty()) return found;
      }
      return {};
    }
    default: return {};
  }
}

std::vector<Place> Tracer::bodies(const std::vector<Place>& functions) {
  std::vector<Place> out;
  for (const Place& function : functions) {
    if (function.tree().kind(function.node) == NodeKind::Lambda) {
      append(out, values(function.at(function.tree().child(function.node, 1))));
    }
  }
  return out;
}

std::vector<Place> Tracer::called(const Place& apply) {
  const Tree& tree = apply.tree();
  NodeId function = tree.child(apply.node, 0);
  std::vector<Place> out;
  bool through_call_package = tree.kind(function) == NodeKind::Apply &&
                              last_name(tree, tree.child(function, 0)).starts_with("callPackage");
  if (through_call_package) {
    NodeId package = tree.child(function, 1);
    if (auto path = path_of_literal(*apply.file, package)) {
      DocumentPtr file = snapshot_.document(import_target(*path));
      if (file) out = values({file, file->analysis().tree.root()});
    } else {
      out = values(apply.at(package));
    }
  } else {
    out = values(apply.at(function));
  }
  std::erase_if(out, [](const Place& place) { return place.tree().kind(place.node) != NodeKind::Lambda; });
  return out;
}

std::vector<Place> Tracer::call(const Place& apply) {
  const Tree& tree = apply.tree();
  NodeId function = tree.child(apply.node, 0), argument = tree.child(apply.node, 1);
  std::string_view name = last_name(tree, function);
  if (name == "import") {
    auto path = path_of_literal(*apply.file, argument);
    DocumentPtr file = path ? snapshot_.document(import_target(*path)) : nullptr;
    return file ? values({file, file->analysis().tree.root()}) : std::vector<Place>{};
  }
  if (auto functions = called(apply); !functions.empty()) return bodies(functions);
  if (!makes_derivation(name)) return {};
  std::vector<Place> out;
  for (const Place& value : values(apply.at(argument))) {
    if (value.tree().kind(value.node) == NodeKind::Lambda) append(out, bodies({value}));
    else out.push_back(value);
  }
  return out;
}

std::vector<Place> Tracer::values_of_attribute(const Place& attribute) {
  Step step(*this, attribute);
  if (!step.ok) return {};
  const Analysis& analysis = attribute.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId parent = attribute.parent();
  std::vector<Place> out;
  auto name = parser::static_name(tree, attribute.node);
  if (!name) return out;
  if (tree.kind(parent) == NodeKind::Inherit) {
    NodeId from = tree.child(parent, 0);
    if (tree.kind(from) != NodeKind::InheritFrom) {
      // The scopes hold what the name means around the set.
      for (const Place& outside : meaning(attribute)) append(out, values_of_attribute(outside));
      return out;
    }
    for (const Place& found : attributes(attribute.at(tree.child(from, 0)), *name)) append(out, values_of_attribute(found));
    return out;
  }
  if (tree.kind(parent) != NodeKind::AttrPath) return of_parameter(attribute);
  std::uint32_t index = index_in_path(analysis, attribute.node);
  std::vector<std::string> prefix = static_names(tree, parent, index + 1);
  NodeId set = set_of_attribute(analysis, attribute.node);
  bool implicit = false;
  for (NodeId binding : tree.children(set)) {
    if (tree.kind(binding) != NodeKind::Binding) continue;
    NodeId path = tree.child(binding, 0);
    if (static_names(tree, path, index + 1) != prefix) continue;
    NodeId here = tree.child(path, index), after{here.index + tree.size(here)};
    if (after.index == path.index + tree.size(path)) append(out, values(attribute.at(after)));
    else if (!std::exchange(implicit, true)) out.push_back(attribute.at(here));
  }
  return out;
}

// The attributes of one set, or those with the given name.
std::vector<Place> Tracer::members(const Place& set, const std::string_view* name) {
  const Analysis& analysis = set.file->analysis();
  const Tree& tree = analysis.tree;
  std::vector<Place> out;
  std::set<std::string> seen;
  auto take = [&](NodeId attribute) {
    auto found = parser::static_name(tree, attribute);
    if (found && (!name || *found == *name) && seen.insert(*found).second) out.push_back(set.at(attribute));
  };
  std::uint32_t depth = 0;
  std::vector<std::string> prefix;
  NodeId owner = set.node;
  if (tree.kind(set.node) != NodeKind::AttrSet) {
    if (tree.kind(set.parent()) != NodeKind::AttrPath) return out;
    depth = index_in_path(analysis, set.node) + 1;
    prefix = static_names(tree, set.parent(), depth);
    owner = set_of_attribute(analysis, set.node);
  }
  for (NodeId part : tree.children(owner)) {
    if (tree.kind(part) == NodeKind::Inherit && depth == 0) {
      for (NodeId attribute : tree.children(part)) {
        if (tree.kind(attribute) != NodeKind::InheritFrom) take(attribute);
      }
    } else if (tree.kind(part) == NodeKind::Binding) {
      NodeId path = tree.child(part, 0);
      if (depth > 0 && static_names(tree, path, depth) != prefix) continue;
      NodeId attribute = tree.child(path, depth);
      if (attribute.index < path.index + tree.size(path)) take(attribute);
    }
  }
  return out;
}

std::vector<Place> Tracer::attributes(const Place& expression, std::string_view name) {
  for (const Place& value : values(expression)) {
    auto found = members(value, &name);
    if (!found.empty()) return found;
  }
  return {};
}

std::vector<Place> Tracer::all_attributes(const Place& expression) {
  std::vector<Place> out;
  for (const Place& value : values(expression)) append(out, members(value, nullptr));
  return out;
}

std::vector<Place> Tracer::selected(const Place& attribute) {
  const Analysis& analysis = attribute.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId path = attribute.parent();
  std::vector<Place> sets = values(attribute.at(tree.child(analysis.parent(path), 0)));
  for (NodeId element : tree.children(path)) {
    auto name = parser::static_name(tree, element);
    if (!name) return {};
    std::string_view view = *name;
    std::vector<Place> found, next;
    for (const Place& set : sets) {
      found = members(set, &view);
      if (!found.empty()) break;
    }
    if (element == attribute.node) return found;
    for (const Place& member : found) append(next, values_of_attribute(member));
    sets = std::move(next);
  }
  return {};
}

std::optional<Place> Tracer::formal(const Place& function, std::string_view name) {
  const Tree& tree = function.tree();
  for (NodeId part : tree.children(tree.child(function.node, 0))) {
    if (tree.kind(part) == NodeKind::Formal && tree.text(tree.child(part, 0)) == name) return function.at(tree.child(part, 0));
  }
  return std::nullopt;
}

std::optional<std::string> path_of_literal(const Document& document, NodeId literal) {
  namespace fs = std::filesystem;
  const Tree& tree = document.analysis().tree;
  while (tree.kind(literal) == NodeKind::Paren) literal = tree.child(literal, 0);
  std::string text(tree.text(literal));
  if (tree.kind(literal) == NodeKind::SearchPath) {
    const char* search = std::getenv("NIX_PATH");
    if (!search || text.size() < 3) return std::nullopt;
    std::string name = text.substr(1, text.size() - 2);
    std::string_view rest = search;
    while (!rest.empty()) {
      std::string_view entry = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
      std::size_t equal = entry.find('=');
      std::string_view prefix = equal == entry.npos ? std::string_view() : entry.substr(0, equal);
      std::string folder(equal == entry.npos ? entry : entry.substr(equal + 1));
      bool matches = prefix.empty() || name == prefix || (name.starts_with(prefix) && name[prefix.size()] == '/');
      std::string path = prefix.empty() ? folder + "/" + name : folder + name.substr(std::min(prefix.size(), name.size()));
      if (matches && base::exists(path)) return path;
    }
    return std::nullopt;
  }
  if (tree.kind(literal) != NodeKind::Path || tree.size(literal) != 1) return std::nullopt;
  if (text.starts_with("~/")) {
    std::string home = base::home_folder();
    return home.empty() ? std::nullopt : std::optional(home + text.substr(1));
  }
  if (!text.starts_with('/')) text = fs::path(document.path).parent_path().string() + "/" + text;
  std::string path = fs::path(text).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string import_target(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) ? path + "/default.nix" : path;
}

std::string_view last_name(const Tree& tree, NodeId expression) {
  while (tree.kind(expression) == NodeKind::Paren && tree.size(expression) > 1) expression = tree.child(expression, 0);
  if (tree.kind(expression) == NodeKind::Identifier) return tree.text(expression);
  if (tree.kind(expression) != NodeKind::Select) return {};
  NodeId last{0};
  for (NodeId attribute : tree.children(tree.child(expression, 1))) last = attribute;
  return last.index != 0 && tree.kind(last) == NodeKind::Identifier ? tree.text(last) : std::string_view();
}

NodeId set_of_attribute(const Analysis& analysis, NodeId attribute) {
  NodeId node = analysis.parent(attribute);
  if (analysis.tree.kind(node) == NodeKind::AttrPath) node = analysis.parent(node);
  return analysis.parent(node);
}

std::uint32_t index_in_path(const Analysis& analysis, NodeId attribute) {
  std::uint32_t index = 0;
  for (NodeId element : analysis.tree.children(analysis.parent(attribute))) {
    if (element == attribute) break;
    ++index;
  }
  return index;
}

}  // namespace evalctl::lsp

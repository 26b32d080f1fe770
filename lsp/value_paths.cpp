#include "lsp/value_paths.h"

#include <algorithm>
#include <set>

#include "lsp/modules.h"
#include "lsp/project.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

constexpr unsigned kDeepest = 24;

std::optional<ValuePath> below(std::optional<ValuePath> path, std::string name) {
  if (path) path->names.push_back(std::move(name));
  return path;
}

// `nixpkgs.lib.` and names of lib, but for those that only the flake has there.
bool is_in_library(const std::vector<std::string>& names) {
  return names[1] == "lib" && (names.size() == 2 || (names[2] != "nixosSystem" && names[2] != "nixos"));
}

// `pkgs.lib` is lib; `pkgs.pkgs` is pkgs.
std::optional<ValuePath> normal(std::optional<ValuePath> path) {
  if (!path || path->base != Base::Packages) return path;
  while (!path->names.empty() && (path->names[0] == "pkgs" || path->names[0] == "pkgsBuildHost" || path->names[0] == "__splicedPackages")) {
    path->names.erase(path->names.begin());
  }
  if (path->names.empty() || path->names[0] != "lib") return path;
  path->base = Base::Library;
  path->names.erase(path->names.begin());
  return path;
}

// The function that is the file's value, through let and parentheses; the root where there is none.
NodeId file_function(const Tree& tree) {
  NodeId node = tree.size(tree.root()) > 1 ? tree.child(tree.root(), 0) : tree.root();
  while (tree.kind(node) == NodeKind::Paren || tree.kind(node) == NodeKind::Let) {
    NodeId last = node;
    for (NodeId part : tree.children(node)) last = part;
    if (last == node) break;
    node = last;
  }
  return tree.kind(node) == NodeKind::Lambda ? node : tree.root();
}

// Formals that only nixpkgs' packages have: the file is one that callPackage calls.
bool is_package(const Analysis& analysis) {
  const Tree& tree = analysis.tree;
  NodeId function = file_function(tree);
  if (function == tree.root() || is_module(analysis)) return false;
  NodeId pattern = tree.child(function, 0);
  if (tree.kind(pattern) != NodeKind::Pattern) return false;
  for (NodeId part : tree.children(pattern)) {
    std::string_view name = tree.kind(part) == NodeKind::Formal ? tree.text(tree.child(part, 0)) : std::string_view();
    if (name == "pkgs" || name == "self" || name == "inputs" || name == "config") return false;
  }
  return true;
}

}  // namespace

std::optional<ValuePath> ValuePaths::of(const Place& expression, unsigned depth) {
  if (depth > kDeepest) return std::nullopt;
  const Tree& tree = expression.tree();
  NodeId node = expression.node;
  switch (tree.kind(node)) {
    case NodeKind::Root:
    case NodeKind::Paren: return tree.size(node) > 1 ? of(expression.at(tree.child(node, 0)), depth + 1) : std::nullopt;
    case NodeKind::Identifier: return of_identifier(expression, depth);
    case NodeKind::Select: {
      auto path = of(expression.at(tree.child(node, 0)), depth + 1);
      for (NodeId attribute : tree.children(tree.child(node, 1))) {
        auto name = parser::static_name(tree, attribute);
        // `legacyPackages.${system}`
        if (!name && path && path->base == Base::Inputs) name = "<system>";
        if (!name) return std::nullopt;
        path = below(std::move(path), *name);
      }
      bool of_nixpkgs = path && path->base == Base::Inputs && path->names.size() >= 2 && path->names[0].contains("nixpkgs");
      if (of_nixpkgs && path->names.size() >= 3 && path->names[1] == "legacyPackages") {
        path = ValuePath{Base::Packages, path->file, {path->names.begin() + 3, path->names.end()}};
      } else if (of_nixpkgs && is_in_library(path->names)) {
        path = ValuePath{Base::Library, path->file, {path->names.begin() + 2, path->names.end()}};
      }
      return normal(std::move(path));
    }
    case NodeKind::With:
    case NodeKind::Assert: return of(expression.at(tree.child(node, 1)), depth + 1);
    case NodeKind::Apply: return of_call(expression, depth);
    default: return std::nullopt;
  }
}

std::optional<ValuePath> ValuePaths::of_call(const Place& apply, unsigned depth) {
  const Tree& tree = apply.tree();
  NodeId function = tree.child(apply.node, 0), argument = tree.child(apply.node, 1);
  if (last_name(tree, function) == "import") {
    // `import <nixpkgs/lib>`: a set; `import <nixpkgs>` is a function that its own call makes packages of.
    auto path = path_of_literal(*apply.file, argument);
    if (path && path->ends_with("/lib") && is_nixpkgs(path->substr(0, path->size() - 4))) return this->path(Base::Library, apply);
    return std::nullopt;
  }
  // `import X { }`, where X is a nixpkgs by its place or by its name.
  while (tree.kind(function) == NodeKind::Paren && tree.size(function) > 1) function = tree.child(function, 0);
  if (tree.kind(function) == NodeKind::Apply && last_name(tree, tree.child(function, 0)) == "import") {
    NodeId imported = tree.child(function, 1);
    auto path = path_of_literal(*apply.file, imported);
    bool named = last_name(tree, imported).contains("nixpkgs") || tree.text(imported).starts_with("<nixpkgs");
    if (named || (path && is_nixpkgs(*path))) return this->path(Base::Packages, apply);
  }
  // `pkgs.extend overlay`, `pkgs.appendOverlays [ ]` are packages still.
  std::string_view name = last_name(tree, function);
  bool extended = (name == "extend" || name == "appendOverlays" || name == "recurseIntoAttrs") && tree.kind(function) == NodeKind::Select;
  if (extended) return of(apply.at(name == "recurseIntoAttrs" ? argument : tree.child(function, 0)), depth + 1);
  return std::nullopt;
}

std::optional<ValuePath> ValuePaths::of_identifier(const Place& identifier, unsigned depth) {
  const Analysis& analysis = identifier.file->analysis();
  const parser::Reference& reference = analysis.scopes[identifier.node.index];
  switch (reference.referent) {
    case Referent::Attribute:
    case Referent::Formal: return of_definition(identifier.at(reference.definition), depth + 1);
    case Referent::Parameter:
    case Referent::PatternName: return of_argument(identifier.at(reference.definition), depth + 1);
    case Referent::With: {
      auto name = parser::static_name(analysis.tree, identifier.node);
      auto all = scopes(identifier);
      return name && !all.empty() ? normal(below(all[0], *name)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<ValuePath> ValuePaths::of_definition(const Place& definition, unsigned depth) {
  if (depth > kDeepest) return std::nullopt;
  const Tree& tree = definition.tree();
  NodeId parent = definition.parent();
  auto name = parser::static_name(tree, definition.node);
  if (!name) return std::nullopt;
  switch (tree.kind(parent)) {
    case NodeKind::Formal: return of_argument(definition, depth);
    case NodeKind::Inherit: {
      NodeId from = tree.child(parent, 0);
      if (tree.kind(from) == NodeKind::InheritFrom) return normal(below(of(definition.at(tree.child(from, 0)), depth + 1), *name));
      Tracer tracer(snapshot_);
      for (const Place& outside : tracer.meaning(definition)) {
        if (!(outside == definition)) return of_definition(outside, depth + 1);
      }
      return std::nullopt;
    }
    case NodeKind::AttrPath: {
      NodeId value{parent.index + tree.size(parent)};
      bool whole = definition.node.index + tree.size(definition.node) == value.index && tree.size(parent) == tree.size(definition.node) + 1;
      return whole ? of(definition.at(value), depth + 1) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<ValuePath> ValuePaths::of_argument(const Place& argument, unsigned depth) {
  const Analysis& analysis = argument.file->analysis();
  const Tree& tree = analysis.tree;
  std::string name(tree.text(argument.node));
  NodeId parent = argument.parent();
  NodeId lambda = tree.kind(parent) == NodeKind::Lambda ? parent : analysis.parent(tree.kind(parent) == NodeKind::Formal ? analysis.parent(parent) : parent);
  bool of_file = lambda == file_function(tree);
  if (tree.kind(parent) == NodeKind::Formal && tree.size(parent) > 2) {
    // A default says what it is: `pkgs ? import <nixpkgs> { }`.
    auto found = of(argument.at(tree.child(parent, 1)), depth + 1);
    if (found) return found;
  }
  if (name == "pkgs") return path(Base::Packages, argument);
  if (name == "lib") return path(Base::Library, argument);
  // Overlays: `final: prev: { }`.
  bool overlay = tree.kind(parent) == NodeKind::Lambda && (name == "final" || name == "prev" || name == "self" || name == "super");
  if (overlay) return path(Base::Packages, argument);
  if (name == "config" && of_file && is_module(analysis)) return path(Base::Configuration, argument);
  if (argument.file->path.ends_with("/flake.nix") && tree.kind(parent) == NodeKind::Formal && name != "self") return path(Base::Inputs, argument, {name});
  if (argument.file->path.ends_with("/flake.nix") && name == "inputs") return path(Base::Inputs, argument);
  if (of_file && tree.kind(parent) == NodeKind::Formal && is_package(analysis)) return normal(path(Base::Packages, argument, {name}));
  return std::nullopt;
}

std::optional<ValuePath> ValuePaths::of_name(const Place& name, unsigned depth) {
  const Analysis& analysis = name.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId parent = name.parent();
  if (tree.kind(parent) == NodeKind::AttrPath) {
    NodeId select = analysis.parent(parent);
    if (tree.kind(select) != NodeKind::Select && tree.kind(select) != NodeKind::HasAttr) return std::nullopt;
    auto path = of(name.at(tree.child(select, 0)), depth + 1);
    for (NodeId attribute : tree.children(parent)) {
      auto text = parser::static_name(tree, attribute);
      if (!text && path && path->base == Base::Inputs) text = "<system>";
      if (!text) return std::nullopt;
      path = normal(below(std::move(path), *text));
      if (attribute == name.node) break;
    }
    bool of_nixpkgs = path && path->base == Base::Inputs && path->names.size() >= 3 && path->names[0].contains("nixpkgs");
    if (of_nixpkgs && path->names[1] == "legacyPackages") path = ValuePath{Base::Packages, path->file, {path->names.begin() + 3, path->names.end()}};
    else if (of_nixpkgs && is_in_library(path->names)) path = ValuePath{Base::Library, path->file, {path->names.begin() + 2, path->names.end()}};
    return normal(std::move(path));
  }
  if (tree.kind(parent) == NodeKind::Inherit || tree.kind(parent) == NodeKind::Formal) return of_definition(name, depth + 1);
  return tree.kind(name.node) == NodeKind::Identifier ? of_identifier(name, depth) : std::nullopt;
}

std::vector<ValuePath> ValuePaths::scopes(const Place& node) {
  const Analysis& analysis = node.file->analysis();
  std::vector<ValuePath> out;
  for (NodeId at = node.node; at.index != 0; at = analysis.parent(at)) {
    NodeId parent = analysis.parent(at);
    bool inside = analysis.tree.kind(parent) == NodeKind::With && at.index != parent.index + 1;
    if (!inside) continue;
    if (auto scope = of(node.at({parent.index + 1}), 1)) out.push_back(std::move(*scope));
  }
  return out;
}

}  // namespace evalctl::lsp

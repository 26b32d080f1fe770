// Where values come from, as far as the text tells: follows names, selections, `inherit`, imports of literal paths and
// `callPackage` to the sets and functions that an expression stands for. Nothing is evaluated.
//
// A set is an AttrSet node, or, for `a.b = 1; a.c = 2;`, the attribute `a`: the set that the bindings below it make up.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsp/snapshot.h"

namespace evalctl::lsp {

struct Place {
  DocumentPtr file;
  NodeId node{0};
  const Tree& tree() const { return file->analysis().tree; }
  NodeId parent() const { return file->analysis().parent(node); }
  Place at(NodeId other) const { return {file, other}; }
  bool operator==(const Place& other) const { return file->path == other.file->path && node == other.node; }
};

class Tracer {
 public:
  explicit Tracer(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // The sets, functions and literals that `expression` may evaluate to. Bounded effort; empty when nothing is known.
  std::vector<Place> values(const Place& expression);
  // The attributes (children of AttrPath or Inherit) named `name` in the sets that `expression` may be.
  std::vector<Place> attributes(const Place& expression, std::string_view name);
  // All attributes with a known name, the first of each name.
  std::vector<Place> all_attributes(const Place& expression);
  // The expressions that an attribute is bound to.
  std::vector<Place> values_of_attribute(const Place& attribute);
  // The attributes that element `attribute` of the AttrPath of a Select or HasAttr means.
  std::vector<Place> selected(const Place& attribute);
  // What an identifier that is a reference means: the definition, or the attribute of the `with` that brings it.
  std::vector<Place> meaning(const Place& identifier);
  // The functions that the Apply node `apply` calls with its argument; through `callPackage`, the function in the file.
  std::vector<Place> called(const Place& apply);
  // The Formal's name in `function` (a Lambda).
  static std::optional<Place> formal(const Place& function, std::string_view name);

 private:
  class Step;
  std::vector<Place> trace(const Place& expression);
  std::vector<Place> call(const Place& apply);
  std::vector<Place> bodies(const std::vector<Place>& functions);
  std::vector<Place> members(const Place& set, const std::string_view* name);
  std::vector<Place> of_parameter(const Place& parameter);

  const Snapshot& snapshot_;
  std::set<std::pair<const Document*, std::uint32_t>> open_;
  std::uint32_t steps_ = 0;
};

// The file that an expression such as `./a.nix` or `<nixpkgs/lib>` names, absolute; a folder is not completed.
std::optional<std::string> path_of_literal(const Document& document, NodeId literal);
// `path`, or its default.nix where it is a folder.
std::string import_target(const std::string& path);
// The name at the end of an identifier or selection: `callPackage` of `pkgs.callPackage`; "" of anything else.
std::string_view last_name(const Tree& tree, NodeId expression);
// The attribute set (AttrSet, Let, LegacyLet) that binds an attribute of a Binding or Inherit.
NodeId set_of_attribute(const Analysis& analysis, NodeId attribute);
// Position of an attribute in its AttrPath.
std::uint32_t index_in_path(const Analysis& analysis, NodeId attribute);

}  // namespace evalctl::lsp

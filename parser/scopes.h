// What each name refers to. A side table of a Tree; the language server, lints and lowering read the same one.
//
// The rules are those of Nix's static binding: `let` and `rec` bind what they define, in all of their values and, for
// `let`, the body; a lambda binds its parameter or formals, in the defaults and the body; lexical bindings and globals
// win over every `with`. Two literal sets that Nix merges (`a = rec { x = 1; }; a.y = x;`) are one scope, recursive where
// the first of them is.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "parser/tree.h"

namespace evalctl::parser {

enum class Referent : std::uint8_t {
  NotAReference,  // not an identifier that stands for a value: an attribute name, a formal, any other node
  Attribute,      // of a `let`, `rec { }` or `let { }`; the definition is the attribute's node
  Parameter,      // `x` in `x: ...`
  Formal,         // `x` in `{ x }: ...`
  PatternName,    // `x` in `x@{ ... }: ...`
  Global,         // one of the names given to resolve(), or `__curPos`; no definition
  With,           // found when evaluated; the definition is the innermost With node around it
  Undefined,      // an error before evaluation
};

struct Reference {
  Referent referent = Referent::NotAReference;
  // Of an attribute: the first element of the path, or the name in an `inherit`, that first defines it. Of a lambda: the
  // identifier. Meaningless for NotAReference, Global and Undefined.
  NodeId definition{0};

  // Whether `definition` is a binding that the use reaches without evaluation.
  bool is_lexical() const { return referent >= Referent::Attribute && referent <= Referent::PatternName; }
  bool operator==(const Reference&) const = default;
};

std::string_view name_of(Referent referent);

// Indexed by NodeId. References are the identifiers that stand for values, the names of an `inherit` without a source
// (which refer to the scope around the set, and are definitions besides), and nothing else.
using Scopes = std::vector<Reference>;

// The names of the base environment. Building it once serves any number of files.
class Globals {
 public:
  // Keeps the views.
  explicit Globals(std::span<const std::string_view> names) : names_(names.begin(), names.end()) {}
  bool contains(std::string_view name) const { return names_.contains(name); }

 private:
  std::unordered_set<std::string_view> names_;
};

// Never fails, whatever the tree's errors are. Cost O(n); no native recursion beyond the depth of the tree's brackets.
Scopes resolve(const Tree& tree, const Globals& globals);
Scopes resolve(const Tree& tree, std::span<const std::string_view> globals);

// The same for a tree of which the references inside of the node `part` are not known, and all others are `known`, which has an
// entry for each node. Nothing where sets that are merged are around the part: then resolve() has to look at everything. Cost:
// the size of the part and of the sets around it.
std::optional<Scopes> resolve_part(const Tree& tree, const Globals& globals, NodeId part, Scopes known);

// How often each definition is referred to, indexed by NodeId. A definition of a Let, LegacyLet or Lambda that has 0 is
// unused, as far as no `with` is concerned: uses that a `with` finds are found elsewhere by the rule above.
std::vector<std::uint32_t> count_uses(const Scopes& scopes);

// The definitions outside of the subtree of `body` that lexical references inside it refer to: what a closure of that
// expression captures. Each once, in order of first use. Cost O(size of the subtree).
std::vector<NodeId> free_variables(const Tree& tree, const Scopes& scopes, NodeId body);

}  // namespace evalctl::parser

// What each name refers to. A side table of a Tree; the language server, lints and lowering read the same one.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::parser {

enum class Referent : std::uint8_t {
  NotAReference,  // not an identifier that stands for a value: an attribute name, a formal, any other node
  Attribute,      // of a `let`, `rec { }` or `let { }`; the definition is the attribute's node
  Parameter,      // `x` in `x: ...`
  Formal,         // `x` in `{ x }: ...`
  PatternName,    // `x` in `x@{ ... }: ...`
  Global,         // one of the names given to resolve(); no definition
  With,           // found when evaluated; the definition is the innermost enclosing With node
  Undefined,      // an error before evaluation
};

struct Reference {
  Referent referent = Referent::NotAReference;
  // Meaningless for NotAReference, Global and Undefined.
  NodeId definition{0};
};

// Indexed by NodeId. A name in `inherit a;` is a reference to the scope around the set, and a definition besides.
using Scopes = std::vector<Reference>;

// `globals` are the names of the base environment; they win over `with`, as all lexical bindings do. Cost O(n); no
// native recursion.
Scopes resolve(const Tree& tree, std::span<const std::string_view> globals);

}  // namespace evalctl::parser

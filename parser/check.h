// What Nix rejects while it parses although the grammar allows it: duplicate attributes and formals, dynamic attributes
// in `let` and `inherit`.
#pragma once
#include <vector>

#include "parser/parse.h"

namespace evalctl::parser {

// Appends to `diagnostics`. Cost O(n).
void check(const Tree& tree, std::vector<Diagnostic>& diagnostics);

}  // namespace evalctl::parser

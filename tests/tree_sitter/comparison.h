// The tree-sitter grammar against the shared parser: what one accepts, the other accepts, and the trees are equal.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tests/tree_sitter/syntax.h"

namespace evalctl::tests {

// What differs, in a sentence; nothing where they agree.
//
// Equal trees have the same nodes (kind, range in bytes, depth) in preorder. tree-sitter's nodes for comments and pieces
// of strings have no counterpart and are left out. Diagnostics about meaning (a duplicate attribute, a number that is too
// large) are no matter of the grammar; a text with such a one is only compared where its tree is whole.
std::optional<std::string> compare(TSParser* parser, std::string_view text);

// Deletes and inserts at places chosen by `seed`. The parsers must agree on the edited text too, and when the edit is taken
// back, the tree parsed with the old one at hand must be that of the beginning. Returns what differs.
std::optional<std::string> compare_after_edits(TSParser* parser, std::string_view text, unsigned seed, int edits);

}  // namespace evalctl::tests

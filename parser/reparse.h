// The tree of a text that differs in one stretch from a text whose tree is known, without reading all of it again.
//
//   before:  a = 1;  b = f x;    c = 3;         what differs lies inside of one binding (behind its name), or between two
//   now:     a = 1;  b = f xy 2; c = 3;         tokens: only that is read, the rest is copied with other numbers
//
// The result is what parse() would give, token for token and node for node.
#pragma once
#include <optional>
#include <string_view>

#include "parser/tree.h"

namespace evalctl::parser {

struct Reparsed {
  Tree tree;
  // The binding that was read anew, whose number is the same in both trees; 0 where there is none, and only blanks and comments
  // differ. What it is called, and everything outside of it, means what it meant.
  NodeId binding{0};
  // The nodes of that binding before; those behind it have moved on by the difference.
  std::uint32_t size_before = 0;
};

// `before` is the tree of a text in which parse() found nothing wrong. Nothing where the difference is of another kind, or
// there would be something wrong now: then parse() has to look. Cost: copying the tree, and reading what differs.
std::optional<Reparsed> reparse(const Tree& before, std::string_view text);

}  // namespace evalctl::parser

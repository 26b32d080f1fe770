// Where the cursor stands, by tokens: what help while typing starts from, since the tree is incomplete there.
#pragma once
#include "lsp/values.h"

namespace evalctl::lsp {

struct Cursor {
  Cursor(const Analysis& analysis, std::uint32_t offset);

  // The token that holds the byte before the cursor; a name or path that ends at the cursor is still being typed.
  std::uint32_t token = 0;
  // The last significant token that ends before what is being typed.
  std::uint32_t before = 0;
  bool has_before = false;
  // What is being typed: a name, a keyword or a path that begins before the cursor; else empty at the cursor.
  Range typed;
  bool in_comment = false;
  bool in_string = false;
  // Innermost node around the end of `before`: where the tree is trusted.
  NodeId around{0};
};

// The Select or HasAttr whose path the token `dot` belongs to; the root where there is none.
NodeId selection_around(const Tree& tree, std::uint32_t dot);


}  // namespace evalctl::lsp

#include "lsp/cursor.h"

#include <algorithm>

namespace evalctl::lsp {
namespace {

bool is_word(TokenKind kind) {
  return kind == TokenKind::Identifier || kind == TokenKind::Path || kind == TokenKind::HomePath || kind == TokenKind::PathText ||
         kind == TokenKind::SearchPath || kind == TokenKind::Uri || (kind >= TokenKind::If && kind <= TokenKind::Or);
}

// The parser marks what it skips as invalid, names too.
bool is_skipped_name(TokenKind kind, std::string_view text) {
  auto good = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '\''; };
  return kind == TokenKind::Invalid && !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_') &&
         std::ranges::all_of(text, good);
}

}  // namespace

Cursor::Cursor(const Analysis& analysis, std::uint32_t offset) : typed{offset, offset} {
  const Tree& tree = analysis.tree;
  std::uint32_t low = 0, high = tree.token_count();
  // The last token that begins before the cursor.
  while (high - low > 1) {
    std::uint32_t middle = (low + high) / 2;
    (tree.token_range({middle}).begin < offset ? low : high) = middle;
  }
  token = low;
  Range range = tree.token_range({token});
  TokenKind kind = tree.token_kind({token});
  bool inside = range.begin < offset && offset < range.end;
  in_comment = (kind == TokenKind::LineComment && range.begin < offset && offset <= range.end) || (kind == TokenKind::BlockComment && inside);
  in_string = (kind == TokenKind::StringText && offset <= range.end) || ((kind == TokenKind::Quote || kind == TokenKind::IndentedQuote) &&
              tree.token_kind({std::min(token + 1, tree.token_count() - 1)}) == TokenKind::StringText && range.end == offset);
  bool word = (is_word(kind) || is_skipped_name(kind, tree.token_text({token}))) && range.begin < offset && offset <= range.end;
  if (word) typed = {range.begin, range.end};
  std::uint32_t at = word ? token : token + 1;
  while (at > 0) {
    --at;
    if (parser::is_trivia(tree.token_kind({at})) || tree.token_range({at}).begin >= offset) continue;
    before = at;
    has_before = true;
    break;
  }
  if (!has_before) return;
  // The innermost node with the token `before`.
  NodeId node = tree.root();
  for (bool deeper = true; deeper;) {
    deeper = false;
    for (NodeId child : tree.children(node)) {
      const parser::Node& n = tree.node(child);
      if (n.first_token > before) break;
      if (before >= n.end_token) continue;
      node = child;
      deeper = true;
      break;
    }
  }
  around = node;
}

NodeId selection_around(const Tree& tree, std::uint32_t dot) {
  NodeId found = tree.root();
  for (std::uint32_t index = 0; index < tree.node_count(); ++index) {
    NodeId node{index};
    if (tree.kind(node) != NodeKind::Select && tree.kind(node) != NodeKind::HasAttr) continue;
    const parser::Node& n = tree.node(node);
    NodeId target{index + 1};
    if (n.first_token <= dot && dot < n.end_token && tree.node(target).end_token <= dot) found = node;
  }
  return found;
}

}  // namespace evalctl::lsp

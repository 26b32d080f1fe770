// The lossless syntax tree of one file.
//
// A Tree is a flat vector of nodes in preorder. The first child of `n` is `n + 1` and the next sibling of `c` is
// `c + size(c)`. Joining the text of all tokens, trivia included, gives back the file byte for byte.
//
// A Tree is immutable and knows nothing of scopes, values or LSP. Facts derived from it are side tables.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/uninitialized.h"

namespace evalctl::parser {

enum class TokenKind : std::uint8_t {
#define TOKEN(name, text) name,
#include "parser/syntax.def"
};

enum class NodeKind : std::uint8_t {
#define NODE(name) name,
#include "parser/syntax.def"
};

// The name of a kind as syntax.def writes it, and the fixed text of a token kind ("" where it varies).
std::string_view name_of(TokenKind kind);
std::string_view name_of(NodeKind kind);
std::string_view text_of(TokenKind kind);

struct TokenId { std::uint32_t index; auto operator<=>(const TokenId&) const = default; };
struct NodeId { std::uint32_t index; auto operator<=>(const NodeId&) const = default; };

// Half-open range of byte offsets.
struct Range { std::uint32_t begin; std::uint32_t end; auto operator<=>(const Range&) const = default; };

// A token reaches from its offset to the offset of the next token. The last one is EndOfFile, empty.
struct Token { std::uint32_t offset; TokenKind kind; };

// The tokens of a node are [first_token, end_token). Neither the first nor the last of them is trivia, except in Root,
// whose tokens are all tokens. A node without tokens has first_token == end_token.
struct Node {
  NodeKind kind;
  std::uint32_t size;
  std::uint32_t first_token;
  std::uint32_t end_token;
};

using Tokens = base::UninitializedVector<Token>;
// Indices of the tokens that are no trivia, in order.
using Significant = base::UninitializedVector<std::uint32_t>;
using Nodes = base::UninitializedVector<Node>;

inline bool is_trivia(TokenKind kind) { return kind <= TokenKind::BlockComment; }

class Tree {
 public:
  class Children;
  Tree(std::string_view text, Tokens tokens, Nodes nodes)
      : text_(text), tokens_(std::move(tokens)), nodes_(std::move(nodes)) {}

  NodeId root() const { return {0}; }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::uint32_t token_count() const { return static_cast<std::uint32_t>(tokens_.size()); }
  // All of them, for loops.
  std::span<const Token> tokens() const { return tokens_; }
  std::span<const Node> nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_[id.index]; }
  NodeKind kind(NodeId id) const { return nodes_[id.index].kind; }
  // Number of nodes in the subtree of `id`, itself included. Never 0.
  std::uint32_t size(NodeId id) const { return nodes_[id.index].size; }
  TokenKind token_kind(TokenId id) const { return tokens_[id.index].kind; }
  Range token_range(TokenId id) const {
    return {tokens_[id.index].offset, id.index + 1 < tokens_.size() ? tokens_[id.index + 1].offset : static_cast<std::uint32_t>(text_.size())};
  }
  std::string_view token_text(TokenId id) const { return slice(token_range(id)); }
  // From the first byte of the first token to the end of the last; empty, at the position where it is missing, otherwise.
  Range range(NodeId id) const {
    const Node& n = nodes_[id.index];
    if (n.first_token == n.end_token) { std::uint32_t at = tokens_[n.first_token].offset; return {at, at}; }
    return {tokens_[n.first_token].offset, token_range({n.end_token - 1}).end};
  }
  std::string_view text(NodeId id) const { return slice(range(id)); }
  std::string_view text() const { return text_; }
  std::string_view slice(Range range) const { return text_.substr(range.begin, range.end - range.begin); }
  // The children in order. Iterates over NodeId.
  inline Children children(NodeId id) const;
  // The child with this number, from 0, which must be there.
  NodeId child(NodeId id, std::uint32_t number) const {
    NodeId at{id.index + 1};
    while (number-- > 0) at.index += size(at);
    return at;
  }
  // The operator token of a Binary node; Invalid for any other kind.
  TokenKind operator_of(NodeId id) const;
  // True when an AttrSet has `rec`.
  bool is_recursive(NodeId id) const { return token_kind({nodes_[id.index].first_token}) == TokenKind::Rec; }
  // True when a Pattern has `...`.
  bool has_ellipsis(NodeId pattern) const;

 private:
  std::string_view text_;
  Tokens tokens_;
  Nodes nodes_;
};

class Tree::Children {
 public:
  struct Iterator {
    const Tree* tree;
    std::uint32_t index;
    NodeId operator*() const { return {index}; }
    Iterator& operator++() { index += tree->size({index}); return *this; }
    bool operator!=(const Iterator& other) const { return index != other.index; }
    bool operator==(const Iterator& other) const { return index == other.index; }
  };
  Children(const Tree& tree, NodeId parent) : tree_(&tree), parent_(parent) {}
  Iterator begin() const { return {tree_, parent_.index + 1}; }
  Iterator end() const { return {tree_, parent_.index + tree_->size(parent_)}; }
  bool empty() const { return tree_->size(parent_) == 1; }

 private:
  const Tree* tree_;
  NodeId parent_;
};

inline Tree::Children Tree::children(NodeId id) const { return {*this, id}; }

}  // namespace evalctl::parser

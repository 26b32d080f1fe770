#include "parser/tree.h"

namespace evalctl::parser {
namespace {

constexpr std::string_view kTokenNames[] = {
#define TOKEN(name, text) #name,
#include "parser/syntax.def"
};

constexpr std::string_view kTexts[] = {
#define TOKEN(name, text) text,
#include "parser/syntax.def"
};

constexpr std::string_view kNodeNames[] = {
#define NODE(name) #name,
#include "parser/syntax.def"
};

}  // namespace

std::string_view name_of(TokenKind kind) { return kTokenNames[static_cast<std::size_t>(kind)]; }
std::string_view name_of(NodeKind kind) { return kNodeNames[static_cast<std::size_t>(kind)]; }
std::string_view text_of(TokenKind kind) { return kTexts[static_cast<std::size_t>(kind)]; }

// The operator is the only significant token between the two operands; one that was wrong there is Invalid.
TokenKind Tree::operator_of(NodeId id) const {
  if (kind(id) != NodeKind::Binary) return TokenKind::Invalid;
  std::uint32_t token = nodes_[id.index + 1].end_token;
  while (is_trivia(tokens_[token].kind) || tokens_[token].kind == TokenKind::Invalid) ++token;
  return tokens_[token].kind;
}

// `...` is the last thing of a pattern, so it is looked for from the end; tokens of defaults lie before it.
bool Tree::has_ellipsis(NodeId pattern) const {
  const Node& node = nodes_[pattern.index];
  std::uint32_t from = node.first_token;
  for (NodeId child : children(pattern)) {
    if (kind(child) == NodeKind::Formal) from = nodes_[child.index].end_token;
  }
  for (std::uint32_t token = from; token < node.end_token; ++token) {
    if (tokens_[token].kind == TokenKind::Ellipsis) return true;
  }
  return false;
}

}  // namespace evalctl::parser

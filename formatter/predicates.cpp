// What the rules ask about a construct before they write it.
#include <algorithm>

#include "formatter/printer.h"

namespace evalctl::formatter {

bool Printer::is_term(NodeId node) const {
  switch (tree_.kind(node)) {
    case NodeKind::Identifier:
    case NodeKind::Integer:
    case NodeKind::Float:
    case NodeKind::Path:
    case NodeKind::SearchPath:
    case NodeKind::Uri:
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Paren:
    case NodeKind::List:
    case NodeKind::AttrSet:
    case NodeKind::LegacyLet:
    case NodeKind::Select: return true;
    default: return false;
  }
}

bool Printer::is_bare(Leaf leaf) const { return trivia_.before(leaf.first).empty() && trivia_.behind(leaf.last).empty(); }

// `x or`, which applies x to a variable named `or`.
bool Printer::is_or_call(NodeId node) const {
  return tree_.kind(node) == NodeKind::Apply && tree_.token_kind({last_token(node)}) == TokenKind::Or;
}

// The opening bracket of a list or set.
std::uint32_t Printer::open_token(NodeId collection) const {
  std::uint32_t token = first_token(collection);
  TokenKind kind = tree_.token_kind({token});
  return kind == TokenKind::Rec || kind == TokenKind::Let ? next_token(token) : token;
}

bool Printer::has_no_members(NodeId collection) const {
  return tree_.size(collection) == 1 && trivia_.member(last_token(collection)).empty();
}

bool Printer::has_only_comments(NodeId collection) const {
  return tree_.size(collection) == 1 && !trivia_.member(last_token(collection)).empty();
}

bool Printer::has_only_annotations(Trivia trivia) const {
  return std::all_of(trivia.begin(), trivia.end(), [](const Trivium& t) { return t.kind == Trivium::LanguageAnnotation; });
}

// A term that begins on the line of what it belongs to: it breaks inside.
bool Printer::is_absorbable(NodeId node) const {
  for (;; node = first_child(node)) {
    switch (tree_.kind(node)) {
      case NodeKind::IndentedString: return has_several_lines(tree_, node);
      case NodeKind::AttrSet:
      case NodeKind::LegacyLet:
      case NodeKind::List: {
        std::uint32_t open = open_token(node);
        return !has_no_members(node) || !same_line(open, last_token(node)) || trivia_.has_any(open);
      }
      case NodeKind::Paren: break;
      default: return false;
    }
    NodeId inner = first_child(node);
    if (!is_bare(first_token(node)) || !is_term(inner) || !has_only_annotations(trivia_.before(first_token(inner)))) return false;
  }
}

bool Printer::is_absorbable_expression(NodeId node) const {
  for (;;) {
    if (is_term(node)) return is_absorbable(node);
    if (tree_.kind(node) == NodeKind::With) {
      NodeId body = after(first_child(node));
      return is_term(body) && is_absorbable(body);
    }
    if (tree_.kind(node) != NodeKind::Lambda || !is_absorbable_lambda(node)) return false;
    node = after(first_child(node));
  }
}

// Whether a function is absorbed if its body is.
bool Printer::is_absorbable_lambda(NodeId lambda) const {
  NodeId head = first_child(lambda);
  NodeId body = after(head);
  if (tree_.kind(head) == NodeKind::Identifier) return is_term(body) || tree_.kind(body) == NodeKind::Lambda;
  if (tree_.token_kind({first_token(head)}) != TokenKind::LeftBrace || tree_.token_kind({last_token(head)}) != TokenKind::RightBrace) {
    return false;
  }
  return same_line(token_before(body), first_token(body)) && is_bare(first_token(head)) && can_flatten(parameter_set(head));
}

// At most two parameters without default and perhaps `...`, without comments, on one line.
bool Printer::can_flatten(const ParameterSet& set) const {
  if (!same_line(set.open, set.close) || trivia_.has_any(set.close)) return false;
  std::size_t names = 0;
  for (const Parameter& parameter : set.parameters) {
    if (parameter.question != 0 || trivia_.has_any(parameter.name)) return false;
    if (parameter.comma != 0 && trivia_.has_any(parameter.comma)) return false;
    names += !parameter.is_ellipsis;
  }
  return names <= 2;
}

bool Printer::is_simple(NodeId node) const {
  for (;;) {
    switch (tree_.kind(node)) {
      case NodeKind::Identifier:
      case NodeKind::Integer:
      case NodeKind::Float:
      case NodeKind::SearchPath:
      case NodeKind::Uri:
      case NodeKind::Path:
      case NodeKind::String:
      case NodeKind::IndentedString: return is_bare(Leaf{first_token(node), last_token(node)});
      case NodeKind::Select: {
        NodeId path = after(first_child(node));
        if (after(path).index != after(node).index) return false;
        for (NodeId name : tree_.children(path)) {
          if (!is_simple_name(name)) return false;
        }
        break;
      }
      case NodeKind::Paren:
        if (!is_bare(first_token(node)) || !is_bare(last_token(node))) return false;
        break;
      case NodeKind::Apply: {
        Nodes parts = call_parts(node);
        constexpr std::size_t kMostArguments = 2;
        return parts.size() <= kMostArguments + 1 && std::all_of(parts.begin(), parts.end(), [&](NodeId n) { return is_simple(n); });
      }
      default: return false;
    }
    node = first_child(node);
  }
}

bool Printer::holds_one_inherit(NodeId node) const {
  NodeKind kind = tree_.kind(node);
  if (kind != NodeKind::AttrSet && kind != NodeKind::LegacyLet) return false;
  if (tree_.size(node) == 1) return false;
  NodeId only = first_child(node);
  return tree_.kind(only) == NodeKind::Inherit && after(only).index == after(node).index &&
         trivia_.member(first_token(only)).empty() && trivia_.member(last_token(node)).empty();
}

// Operators whose operands may be absorbed on both sides.
bool Printer::is_joining_operator(TokenKind kind) const {
  return kind == TokenKind::Update || kind == TokenKind::Concat || kind == TokenKind::Plus;
}

bool Printer::is_comparison(TokenKind kind) const {
  return kind == TokenKind::Less || kind == TokenKind::LessEqual || kind == TokenKind::Greater ||
         kind == TokenKind::GreaterEqual || kind == TokenKind::EqualEqual || kind == TokenKind::NotEqual;
}

}  // namespace evalctl::formatter

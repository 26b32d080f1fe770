// Literals, lists, sets, selections and parentheses.
#include "formatter/printer.h"

namespace evalctl::formatter {

void Printer::term(NodeId node) {
  if (tree_.kind(node) != NodeKind::List) return term_content(node);
  group([&] { list(node); });
}

void Printer::term_content(NodeId node) {
  switch (tree_.kind(node)) {
    case NodeKind::List: return list(node);
    case NodeKind::AttrSet:
    case NodeKind::LegacyLet: return set(node, false);
    case NodeKind::Select: return selection(node);
    case NodeKind::Paren: return parentheses(node);
    default: return leaf(node);
  }
}

void Printer::term_wide(NodeId node) {
  if (tree_.kind(node) == NodeKind::AttrSet || tree_.kind(node) == NodeKind::LegacyLet) return set(node, true);
  term_content(node);
}

void Printer::leaf(NodeId node) {
  NodeKind kind = tree_.kind(node);
  if (kind == NodeKind::Identifier || kind == NodeKind::Integer || kind == NodeKind::Float || kind == NodeKind::SearchPath) {
    return token(first_token(node));
  }
  print(trivia_.before(first_token(node)));
  if (kind == NodeKind::Uri) uri(node);
  else if (kind == NodeKind::Path) path(node);
  else string(node);
  behind(trivia_.behind(last_token(node)));
}

void Printer::list(NodeId node) {
  std::uint32_t open = first_token(node);
  if (!has_no_members(node) || !trivia_.behind(open).empty()) return list_members(node, SpacingKind::Hardline);
  std::uint32_t close = last_token(node);
  token(open);
  space(same_line(open, close) ? SpacingKind::Hardspace : SpacingKind::Hardline);
  token(close);
}

void Printer::list_members(NodeId node, SpacingKind separator) {
  std::uint32_t open = first_token(node);
  std::uint32_t close = last_token(node);
  SpacingKind around = SpacingKind::Space;
  if (!same_line(open, close) || has_only_comments(node)) around = SpacingKind::Hardline;
  else if (tree_.size(node) == 1) around = trivia_.has_any(open) ? SpacingKind::Hardline : SpacingKind::Hardspace;
  token_without_behind(open);
  space(around);
  nested([&] {
    behind(trivia_.behind(open));
    members(node, separator);
  });
  space(around);
  token(close);
}

void Printer::set(NodeId node, bool wide) {
  std::uint32_t open = open_token(node);
  std::uint32_t close = last_token(node);
  if (open != first_token(node)) {
    token(first_token(node));
    space(SpacingKind::Hardspace);
  }
  bool empty = has_no_members(node);
  bool split = !same_line(open, close);
  if (empty && is_bare(open)) {
    token(open);
    space(split ? SpacingKind::Hardline : SpacingKind::Hardspace);
    return token(close);
  }
  SpacingKind around = (wide && !empty) || split ? SpacingKind::Hardline : SpacingKind::Space;
  token_without_behind(open);
  space(around);
  nested([&] {
    behind(trivia_.behind(open));
    members(node, SpacingKind::Hardline);
  });
  space(around);
  token(close);
}

void Printer::selection(NodeId node) {
  NodeId target = first_child(node);
  NodeId path = after(target);
  NodeId fallback = after(path);
  term(target);
  switch (tree_.kind(target)) {
    // Otherwise `1 .a` would become a number.
    case NodeKind::Integer:
    case NodeKind::Float: space(SpacingKind::Hardspace); break;
    case NodeKind::Identifier:
    case NodeKind::SearchPath: break;
    case NodeKind::Paren: space(SpacingKind::Softbreak); break;
    default: space(SpacingKind::Break); break;
  }
  token(token_before(path));
  attribute_path(path);
  if (fallback.index == after(node).index) return;
  space(SpacingKind::Softspace);
  nested([&] {
    token(token_before(fallback));
    space(SpacingKind::Hardspace);
    expression(fallback);
  });
}

void Printer::attribute_path(NodeId path) {
  bool first = true;
  for (NodeId name : tree_.children(path)) {
    if (!first) token(token_before(name));
    first = false;
    attribute(name);
  }
}

void Printer::attribute(NodeId node) {
  if (tree_.kind(node) == NodeKind::Identifier) return token(first_token(node));
  print(trivia_.before(first_token(node)));
  if (tree_.kind(node) == NodeKind::String) simple_string(node);
  else interpolation(node);
  behind(trivia_.behind(last_token(node)));
}

void Printer::parentheses(NodeId node) {
  std::uint32_t close = last_token(node);
  group([&] {
    token_comment_first(first_token(node));
    nested([&] {
      inner_parentheses(first_child(node));
      print(trivia_.before(close));
    });
    token_without_before(close);
  });
}

// What stands between parentheses, or between `${` and `}` alone on a line of a string.
void Printer::inner_parentheses(NodeId node) {
  if (is_absorbable_expression(node)) return group([&] { absorbed(node, false); });
  if (tree_.kind(node) == NodeKind::Apply) return call(node, {.in_parentheses = true});
  bool selection = tree_.kind(node) == NodeKind::Select;
  if (!selection || is_absorbable(first_child(node))) space(SpacingKind::Break);
  group([&] { expression(node); });
  space(SpacingKind::Break);
}

// Parentheses that stay on the line, as the last argument of a call or the value of a binding.
void Printer::absorbed_parentheses(NodeId node) {
  std::uint32_t open = first_token(node);
  std::uint32_t close = last_token(node);
  NodeId inner = first_child(node);
  group(GroupKind::Priority, [&] {
    nested([&] {
      token_without_behind(open);
      space(SpacingKind::Break);
      group([&] {
        nested([&] {
          if (Trivia moved = as_trivia(trivia_.behind(open)); !moved.empty()) {
            trivia_.set_behind(open, {});
            trivia_.prepend(first_token(inner), moved);
          }
          expression(inner);
          print(trivia_.before(close));
        });
      });
      space(SpacingKind::Break);
      token_without_before(close);
    });
  });
}

}  // namespace evalctl::formatter

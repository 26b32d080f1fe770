// What is neither a term nor a call nor an operation: `with`, `let`, `assert`, `if`.
#include "formatter/printer.h"

namespace evalctl::formatter {

void Printer::expression(NodeId node) {
  if (doc_.has_failed()) return;
  switch (tree_.kind(node)) {
    case NodeKind::With: return with(node, false);
    case NodeKind::Let: return let(node);
    case NodeKind::Assert: return assertion(node);
    case NodeKind::If: return condition(node);
    case NodeKind::Lambda: return lambda(node);
    case NodeKind::Apply: return call(node, {});
    case NodeKind::HasAttr: return comparison(node);
    case NodeKind::Binary: return is_comparison(tree_.operator_of(node)) ? comparison(node) : operation(node, false);
    case NodeKind::Not:
    case NodeKind::Negate:
      token(first_token(node));
      return expression(first_child(node));
    default: return term(node);
  }
}

// An expression that begins on the line of what it belongs to, if it is of a kind that does.
void Printer::absorbed(NodeId node, bool wide) {
  if (is_term(node) && is_absorbable(node)) return wide ? term_wide(node) : term_content(node);
  if (tree_.kind(node) == NodeKind::With) {
    NodeId body = after(first_child(node));
    if (is_term(body) && is_absorbable(body)) return with(node, true);
  }
  expression(node);
}

void Printer::with(NodeId node, bool absorb_body) {
  NodeId scope = first_child(node);
  NodeId body = after(scope);
  auto head = [&] {
    token(first_token(node));
    space(SpacingKind::Hardspace);
    nested([&] { group([&] { expression(scope); }); });
    token(token_before(body));
  };
  if (!absorb_body) {
    group(head);
    space(SpacingKind::Space);
    return expression(body);
  }
  group([&] {
    space(SpacingKind::Break);
    head();
    space(SpacingKind::Hardspace);
    group(GroupKind::Priority, [&] { term_wide(body); });
  });
}

// Never on one line. Comments around `in` go to the body.
void Printer::let(NodeId node) {
  NodeId body = first_child(node);
  while (tree_.kind(body) == NodeKind::Binding || tree_.kind(body) == NodeKind::Inherit) body = after(body);
  std::uint32_t in = token_before(body);
  group([&] {
    token(first_token(node));
    space(SpacingKind::Hardline);
    nested([&] { members(node, SpacingKind::Hardline); });
  });
  space(SpacingKind::Hardline);
  if (!is_bare(in)) {
    trivia_.prepend(first_token(body), trivia_.join(trivia_.before(in), as_trivia(trivia_.behind(in))));
    trivia_.set_before(in, {});
    trivia_.set_behind(in, {});
  }
  group([&] {
    token_text(in);
    space(SpacingKind::Hardline);
    expression(body);
  });
}

// The condition is laid out as if `assert` were a function.
void Printer::assertion(NodeId node) {
  NodeId check = first_child(node);
  NodeId body = after(check);
  Nodes parts;
  parts.push_back(node);
  for (NodeId part : call_parts(check)) parts.push_back(part);
  group([&] {
    call(parts, {});
    token(token_before(body));
    space(SpacingKind::Hardline);
    expression(body);
  });
}

// A chain of `else if` is one construct, and once there are two conditions always expanded. A comment behind the first
// `if` or an `else` goes before it.
void Printer::condition(NodeId node) {
  std::uint32_t keyword = first_token(node);
  trivia_.set_before(keyword, trivia_.join(trivia_.before(keyword), as_trivia(trivia_.behind(keyword))));
  trivia_.set_behind(keyword, {});
  group([&] {
    SpacingKind separator = SpacingKind::Space;
    for (; tree_.kind(node) == NodeKind::If; separator = SpacingKind::Hardline) {
      NodeId check = first_child(node);
      NodeId yes = after(check);
      NodeId no = after(yes);
      group([&] {
        token(first_token(node));
        space(SpacingKind::Space);
        nested([&] { expression(check); });
        space(SpacingKind::Space);
        token(token_before(yes));
      });
      space(separator);
      nested([&] { group([&] { expression(yes); }); });
      space(separator);
      token_comment_first(token_before(no));
      space(SpacingKind::Hardspace);
      node = no;
    }
    space(SpacingKind::Space);
    nested([&] { group([&] { expression(node); }); });
  });
}

}  // namespace evalctl::formatter

// Operators.
#include "formatter/printer.h"

namespace evalctl::formatter {

// `a ++ b ++ c` as one sequence, however it associates.
base::SmallVector<Printer::Operand, 8> Printer::operands(NodeId node) const {
  TokenKind kind = tree_.operator_of(node);
  base::SmallVector<Operand, 8> out, waiting;
  waiting.push_back({0, node});
  while (!waiting.empty()) {
    Operand next = waiting.back();
    waiting.pop_back();
    if (tree_.kind(next.node) != NodeKind::Binary || tree_.operator_of(next.node) != kind) {
      out.push_back(next);
      continue;
    }
    NodeId left = first_child(next.node);
    NodeId right = after(left);
    waiting.push_back({token_before(right), right});
    waiting.push_back({next.operation, left});
  }
  return out;
}

// Each operator begins a line once the operation is expanded. `first_wide`: a first operand that is absorbed is wide.
void Printer::operation(NodeId node, bool first_wide) {
  constexpr std::size_t kFewPipes = 3;
  TokenKind kind = tree_.operator_of(node);
  base::SmallVector<Operand, 8> all = operands(node);
  bool pipes = (kind == TokenKind::PipeLeft || kind == TokenKind::PipeRight) && all.size() > kFewPipes;
  group([&] {
    NodeId first = all[0].node;
    if (first_wide && is_term(first) && is_absorbable(first)) term_wide(first);
    else expression(first);
    for (std::size_t i = 1; i < all.size(); ++i) {
      space(pipes ? SpacingKind::Hardline : SpacingKind::Space);
      token_comment_first(all[i].operation);
      nested([&] { operand(all[i].node); });
    }
  });
}

// An operand behind its operator, with the space between them.
void Printer::operand(NodeId node) {
  if (tree_.kind(node) == NodeKind::Binary) {
    return group([&] {
      space(SpacingKind::Space);
      expression(node);
    });
  }
  if (tree_.kind(node) == NodeKind::Apply) {
    return group([&] {
      space(SpacingKind::Hardspace);
      call(node, {.before = SpacingKind::Space});
    });
  }
  space(SpacingKind::Hardspace);
  expression(node);
}

// `a < b`, and `a ? b.c`, whose right side is a path.
void Printer::comparison(NodeId node) {
  NodeId left = first_child(node);
  NodeId right = after(left);
  expression(left);
  space(SpacingKind::Softspace);
  token(token_before(right));
  space(SpacingKind::Hardspace);
  if (tree_.kind(node) == NodeKind::HasAttr) attribute_path(right);
  else expression(right);
}

}  // namespace evalctl::formatter

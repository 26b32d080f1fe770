// What stands in sets, lists and `let`: members, `inherit`, bindings and their right sides.
#include "formatter/printer.h"

namespace evalctl::formatter {

void Printer::member(NodeId node) {
  group([&] {
    switch (tree_.kind(node)) {
      case NodeKind::Binding: return binding(node);
      case NodeKind::Inherit: return inherit(node);
      default: return expression(node);
    }
  });
}

void Printer::members(NodeId collection, SpacingKind separator) {
  bool first = true;
  // The name of a language stays beside its string.
  bool annotated = false;
  each_member(collection, [&](Trivia trivia, NodeId node) {
    if (!first) space(annotated ? SpacingKind::Hardspace : separator);
    first = false;
    annotated = !trivia.empty() && trivia.back().kind == Trivium::LanguageAnnotation;
    if (trivia.empty()) return member(node);
    if (!annotated) return print(trivia);
    print(trivia.first(trivia.size() - 1));
    print(trivia.back());
  });
}

void Printer::inherit(NodeId node) {
  std::uint32_t keyword = first_token(node);
  std::uint32_t semicolon = last_token(node);
  Nodes names;
  NodeId source = first_child(node);
  bool has_source = tree_.size(node) > 1 && tree_.kind(source) == NodeKind::InheritFrom;
  for (NodeId child : tree_.children(node)) {
    if (tree_.kind(child) != NodeKind::InheritFrom) names.push_back(child);
  }
  constexpr std::size_t kMostOnOneLine = 3;
  bool one_line = same_line(keyword, semicolon) && names.size() <= kMostOnOneLine;
  SpacingKind separator = one_line ? SpacingKind::Space : SpacingKind::Hardline;
  token(keyword);
  nested([&] {
    if (has_source) {
      group([&] {
        space(SpacingKind::Space);
        parentheses(source);
      });
    }
    space(separator);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i > 0) space(separator);
      attribute(names[i]);
    }
    space(one_line ? SpacingKind::Break : SpacingKind::Hardline);
    token(semicolon);
  });
}

void Printer::binding(NodeId node) {
  NodeId path = first_child(node);
  NodeId value = after(path);
  constexpr std::size_t kMostNames = 4;
  std::size_t names = 0;
  bool short_path = true;
  for (NodeId name : tree_.children(path)) {
    ++names;
    short_path = short_path && is_simple_name(name);
  }
  attribute_path(path);
  nested([&] {
    space(SpacingKind::Hardspace);
    token(token_before(value));
    if (short_path && names <= kMostNames) return right_side(value);
    space(SpacingKind::Break);
    group(GroupKind::Priority, [&] { right_side(value); });
  });
  token(last_token(node));
}

// The value of a binding, or the default of a parameter, with what stands before it.
void Printer::right_side(NodeId node) {
  auto same_line_group = [&](auto body) {
    nested([&] {
      space(SpacingKind::Hardspace);
      group(body);
    });
  };
  auto own_group = [&] {
    nested([&] {
      group([&] {
        space(SpacingKind::Space);
        expression(node);
      });
    });
  };
  if (holds_one_inherit(node)) return same_line_group([&] { absorbed(node, false); });
  if (is_absorbable_expression(node)) return same_line_group([&] { absorbed(node, true); });
  switch (tree_.kind(node)) {
    case NodeKind::Paren:
      return nested([&] {
        space(SpacingKind::Hardspace);
        absorbed_parentheses(node);
      });
    // There is nothing to gain from having these on a line of their own.
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Uri:
    case NodeKind::Path: return same_line_group([&] { expression(node); });
    case NodeKind::Apply: return nested([&] { call(node, {.before = SpacingKind::Space}); });
    case NodeKind::With: return own_group();
    case NodeKind::Binary: return right_side_operation(node);
    default: break;
  }
  if (is_term(node)) return own_group();
  nested([&] {
    space(SpacingKind::Space);
    group([&] { expression(node); });
  });
}

void Printer::right_side_operation(NodeId node) {
  TokenKind kind = tree_.operator_of(node);
  if (is_joining_operator(kind)) {
    base::SmallVector<Operand, 8> all = operands(node);
    NodeId first = all[0].node;
    NodeId last = all[1].node;
    if (is_term(first) && is_absorbable(first) && trivia_.before(first_token(first)).empty()) {
      space(SpacingKind::Hardspace);
      return operation(node, true);
    }
    if (all.size() == 2 && is_bare(all[1].operation) && is_term(last) && is_absorbable(last)) {
      return nested([&] {
        group([&] {
          space(SpacingKind::Space);
          expression(first);
          space(SpacingKind::Space);
          group(GroupKind::Transparent, [&] {
            token(all[1].operation);
            space(SpacingKind::Hardspace);
            group(GroupKind::Priority, [&] { term_wide(last); });
          });
        });
      });
    }
  }
  nested([&] {
    space(SpacingKind::Space);
    group([&] { expression(node); });
  });
}

}  // namespace evalctl::formatter

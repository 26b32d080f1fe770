// Functions and their parameters.
#include <optional>

#include "formatter/printer.h"

namespace evalctl::formatter {

Printer::ParameterSet Printer::parameter_set(NodeId pattern) const {
  ParameterSet set{};
  std::uint32_t token = first_token(pattern);
  std::uint32_t end = last_token(pattern) + 1;
  NodeId child = first_child(pattern);
  auto skip = [&](NodeId node) { token = last_token(node); };
  for (; token < end; token = next_token(token)) {
    switch (tree_.token_kind({token})) {
      case TokenKind::LeftBrace: set.open = token; break;
      case TokenKind::RightBrace: set.close = token; break;
      case TokenKind::Comma: set.parameters.back().comma = token; break;
      case TokenKind::Ellipsis: set.parameters.push_back({token, true, 0, {}, 0, false, {}}); break;
      case TokenKind::At: break;
      default: {
        NodeId formal = child;
        child = after(child);
        if (tree_.kind(formal) == NodeKind::Formal) {
          NodeId name = first_child(formal);
          Parameter parameter{token, false, 0, after(name), 0, false, {}};
          if (tree_.size(formal) > 2) parameter.question = next_token(token);
          set.parameters.push_back(parameter);
        }
        skip(formal);
      }
    }
  }
  return set;
}

void Printer::pattern(NodeId node) {
  ParameterSet set = parameter_set(node);
  if (set.open != first_token(node)) {
    token(first_token(node));
    token(previous_token(set.open));
  }
  parameters(set);
  if (set.close != last_token(node)) {
    token(next_token(set.close));
    token(last_token(node));
  }
}

void Printer::parameters(ParameterSet& set) {
  auto& all = set.parameters;
  if (all.empty()) {
    return group([&] {
      token_comment_first(set.open);
      space(same_line(set.open, set.close) ? SpacingKind::Hardspace : SpacingKind::Hardline);
      token(set.close);
    });
  }
  SpacingKind separator = can_flatten(set) ? SpacingKind::Space : SpacingKind::Hardline;
  move_comments(all);
  group([&] {
    token_comment_first(set.open);
    space(separator);
    nested([&] {
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i > 0) space(separator);
        bool optional_comma = i + 1 == all.size() && ((all[i].added_comma && all[i].comment.empty()) || (all[i].comma != 0 && is_bare(all[i].comma)));
        parameter(all[i], !optional_comma);
        if (optional_comma) doc_.text(",", TextKind::Trailing);
      }
    });
    space(separator);
    nested([&] { print(trivia_.before(set.close)); });
    token_without_before(set.close);
  });
}

void Printer::parameter(const Parameter& parameter, bool with_comma) {
  auto comma = [&] {
    if (!with_comma) return;
    if (parameter.comma != 0) return token(parameter.comma);
    if (!parameter.added_comma) return;
    text(",");
    behind(parameter.comment);
  };
  if (parameter.question == 0) {
    token(parameter.name);
    return comma();
  }
  group([&] {
    token(parameter.name);
    space(SpacingKind::Hardspace);
    nested([&] {
      token(parameter.question);
      right_side(parameter.fallback);
    });
    comma();
  });
}

// From commas that begin lines to commas that end them: comments before a comma go to the next parameter, and a comment
// behind a parameter goes behind its comma.
void Printer::move_comments(base::SmallVector<Parameter, 8>& parameters) {
  auto holds_directive = [](Trivia trivia) {
    for (const Trivium& trivium : trivia) {
      if (trivium.kind >= Trivium::Disable) return true;
    }
    return false;
  };
  for (std::size_t i = 0; i + 1 < parameters.size(); ++i) {
    std::uint32_t comma = parameters[i].comma;
    Trivia before = trivia_.before(comma);
    if (before.empty() || !trivia_.behind(comma).empty() || holds_directive(before)) continue;
    trivia_.set_before(comma, {});
    trivia_.prepend(parameters[i + 1].name, before);
  }
  Parameter& last = parameters.back();
  if (!last.is_ellipsis && last.comma == 0) last.added_comma = true;
  for (Parameter& parameter : parameters) {
    if (parameter.is_ellipsis) continue;
    std::uint32_t end = parameter.question == 0 ? parameter.name : last_token(parameter.fallback);
    std::string_view comment = trivia_.behind(end);
    if (comment.empty()) continue;
    if (parameter.comma != 0) {
      if (!is_bare(parameter.comma)) continue;
      trivia_.set_behind(end, {});
      trivia_.set_behind(parameter.comma, comment);
    } else {
      trivia_.set_behind(end, {});
      parameter.comment = comment;
    }
  }
}

void Printer::lambda(NodeId node) {
  NodeId head = first_child(node);
  NodeId body = after(head);
  if (tree_.kind(head) == NodeKind::Identifier) return group([&] { lambda_chain(node); });
  std::uint32_t colon = token_before(body);
  bool same = same_line(colon, first_token(body));
  bool only_set = tree_.token_kind({first_token(head)}) == TokenKind::LeftBrace &&
                  tree_.token_kind({last_token(head)}) == TokenKind::RightBrace;
  bool absorb = only_set && same && can_flatten(parameter_set(head)) && is_absorbable_expression(body);
  pattern(head);
  token(colon);
  if (absorb) {
    space(SpacingKind::Hardspace);
    group(GroupKind::Priority, [&] { expression(body); });
  } else if (only_set && !same) {
    space(SpacingKind::Hardline);
    expression(body);
  } else if (is_term(body) && is_absorbable(body)) {
    space(SpacingKind::Space);
    group([&] { term_wide(body); });
  } else {
    space(SpacingKind::Space);
    expression(body);
  }
}

// `a: b: body`: the names stay together.
void Printer::lambda_chain(NodeId node) {
  constexpr std::size_t kFewNames = 2;
  std::size_t depth = 1;
  space(SpacingKind::Break);
  for (;; ++depth) {
    NodeId name = first_child(node);
    NodeId body = after(name);
    token(first_token(name));
    token(token_before(body));
    node = body;
    if (tree_.kind(body) != NodeKind::Lambda || tree_.kind(first_child(body)) != NodeKind::Identifier) break;
    space(SpacingKind::Hardspace);
  }
  if (is_absorbable_expression(node)) {
    space(SpacingKind::Hardspace);
    return group(GroupKind::Priority, [&] { absorbed(node, false); });
  }
  space(depth <= kFewNames ? SpacingKind::Space : SpacingKind::Hardline);
  expression(node);
}

}  // namespace evalctl::formatter

// Calls. `f a b` is laid out so that as many arguments as possible stay on the line and a single one may break:
//   f a {
//     x = 1;
//   }
#include <algorithm>

#include "formatter/printer.h"

namespace evalctl::formatter {

Printer::Nodes Printer::call_parts(NodeId node) const {
  Nodes parts;
  for (; tree_.kind(node) == NodeKind::Apply; node = first_child(node)) {
    NodeId argument = after(first_child(node));
    // To the standard, `or` in `f x or` is an argument of f.
    for (; is_or_call(argument); argument = first_child(argument)) parts.push_back(after(first_child(argument)));
    parts.push_back(argument);
  }
  parts.push_back(node);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

// The comments at the callee, which go before the whole call. The name of a language stays with its string.
Trivia Printer::take_comments(NodeId callee) {
  Leaf leaf = tree_.kind(callee) == NodeKind::Assert ? Leaf{first_token(callee), first_token(callee)} : first_leaf(callee);
  if (is_bare(leaf)) return {};
  Trivia all = trivia_.join(trivia_.before(leaf.first), as_trivia(trivia_.behind(leaf.last)));
  std::vector<Trivium> moved;
  std::vector<Trivium> kept;
  for (const Trivium& trivium : all) (trivium.kind == Trivium::LanguageAnnotation ? kept : moved).push_back(trivium);
  trivia_.set_behind(leaf.last, {});
  trivia_.set_before(leaf.first, trivia_.keep(std::move(kept)));
  return trivia_.keep(std::move(moved));
}

void Printer::call(const Nodes& parts, CallStyle style) {
  constexpr std::size_t kMostSimple = 3;
  bool simple = parts.size() <= kMostSimple && tree_.kind(parts[0]) != NodeKind::Assert &&
                std::all_of(parts.begin(), parts.end(), [&](NodeId part) { return is_simple(part); });
  Trivia comments = take_comments(parts[0]);
  print(comments);
  std::span<const NodeId> head(parts.data(), parts.size() - 1);
  NodeId last = parts.back();
  bool indent_callee = style.in_parentheses && comments.empty();
  auto write_head = [&] {
    space(style.before);
    group(GroupKind::Transparent, [&] { call_head(head, indent_callee); });
  };
  bool two_lists = parts.size() > 2 && tree_.kind(last) == NodeKind::List && tree_.kind(head.back()) == NodeKind::List;
  group([&] {
    if (two_lists) {
      NodeId list = head.back();
      head = head.first(head.size() - 1);
      write_head();
      space(SpacingKind::Space);
      nested([&] { group([&] { argument(list); }); });
      space(SpacingKind::Space);
      nested([&] { group([&] { argument(last); }); });
    } else if (simple && compact(DocumentBuilder::kNoLimit, write_head)) {
      space(SpacingKind::Hardspace);
      return last_argument(last);
    } else {
      write_head();
      space(SpacingKind::Space);
      last_argument(last);
    }
    if (style.in_parentheses) space(SpacingKind::Break);
  });
  if (style.in_parentheses && !comments.empty()) space(SpacingKind::Hardline);
}

// All but the last argument. Each is a group that is expanded alone if that is enough; two lists in a row break together.
void Printer::call_head(std::span<const NodeId> parts, bool indent_callee) {
  auto is_list = [&](std::size_t i) { return i > 0 && tree_.kind(parts[i]) == NodeKind::List; };
  // The steps from the last argument to the first: whether each takes two lists.
  base::SmallVector<bool, 16> pairs;
  for (std::size_t i = parts.size() - 1; i > 0;) {
    bool pair = is_list(i) && is_list(i - 1);
    pairs.push_back(pair);
    i -= pair ? 2 : 1;
  }
  for (bool pair : pairs) {
    if (pair) doc_.open(GroupKind::Transparent);
    doc_.open(GroupKind::Transparent);
  }
  if (indent_callee) {
    nested([&] {
      group([&] {
        space(SpacingKind::Break);
        callee(parts[0]);
      });
    });
  } else {
    callee(parts[0]);
  }
  std::size_t i = 1;
  for (std::size_t step = pairs.size(); step-- > 0;) {
    doc_.close();
    if (pairs[step]) {
      nested([&] {
        group([&] {
          space(SpacingKind::Space);
          group([&] { argument(parts[i]); });
          space(SpacingKind::Space);
          group([&] { argument(parts[i + 1]); });
        });
      });
      doc_.close();
      i += 2;
      continue;
    }
    // A selection that was expanded first would leave its target behind.
    GroupKind kind = tree_.kind(parts[i]) == NodeKind::Select ? GroupKind::Regular : GroupKind::Priority;
    space(SpacingKind::Space);
    nested([&] { group(kind, [&] { argument(parts[i]); }); });
    ++i;
  }
}

void Printer::callee(NodeId node) {
  if (tree_.kind(node) == NodeKind::Assert) return token(first_token(node));
  expression(node);
}

// An argument that is not the last. Short lists stay on one line if they fit.
void Printer::argument(NodeId node) {
  constexpr std::size_t kMostMembers = 6;
  if (tree_.kind(node) == NodeKind::List) {
    std::size_t members = 0;
    bool simple = true;
    each_member(node, [&](Trivia trivia, NodeId member) {
      simple = simple && ++members <= kMostMembers && (!trivia.empty() || is_simple(member));
    });
    if (simple) return list_members(node, SpacingKind::Space);
  }
  expression(node);
}

void Printer::last_argument(NodeId node) {
  bool term = is_term(node);
  if (term && is_absorbable(node)) return group(GroupKind::Priority, [&] { nested([&] { term_content(node); }); });
  if (tree_.kind(node) == NodeKind::Paren) {
    if (absorbed_lambda_argument(node) || absorbed_call_argument(node)) return;
    return absorbed_parentheses(node);
  }
  group([&] { nested([&] { expression(node); }); });
}

// `(x: {` ... `})`
bool Printer::absorbed_lambda_argument(NodeId node) {
  NodeId lambda = first_child(node);
  if (tree_.kind(lambda) != NodeKind::Lambda) return false;
  NodeId name = first_child(lambda);
  NodeId body = after(name);
  if (tree_.kind(name) != NodeKind::Identifier || !is_term(body) || !is_absorbable(body)) return false;
  std::uint32_t open = first_token(node);
  std::uint32_t colon = token_before(body);
  if (!is_bare(open) || !is_bare(first_token(name)) || !is_bare(colon)) return false;
  group(GroupKind::Priority, [&] {
    nested([&] {
      token(open);
      token(first_token(name));
      token(colon);
      space(SpacingKind::Hardspace);
      term_wide(body);
      token(last_token(node));
    });
  });
  return true;
}

// `(f {` ... `})`
bool Printer::absorbed_call_argument(NodeId node) {
  NodeId call = first_child(node);
  if (tree_.kind(call) != NodeKind::Apply) return false;
  NodeId name = first_child(call);
  NodeId body = after(name);
  if (tree_.kind(name) != NodeKind::Identifier || !is_term(body) || !is_absorbable(body)) return false;
  std::uint32_t open = first_token(node);
  std::uint32_t close = last_token(node);
  if (!is_bare(open) || !is_bare(first_token(name)) || !is_bare(close)) return false;
  group(GroupKind::Priority, [&] {
    nested([&] {
      token(open);
      token(first_token(name));
      space(SpacingKind::Hardspace);
      term_wide(body);
      token(close);
    });
  });
  return true;
}

}  // namespace evalctl::formatter

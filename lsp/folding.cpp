// Folding and selection ranges.
#include <algorithm>

#include "lsp/features.h"

namespace evalctl::lsp {
namespace {

bool folds(NodeKind kind) {
  switch (kind) {
    case NodeKind::AttrSet:
    case NodeKind::LegacyLet:
    case NodeKind::List:
    case NodeKind::Paren:
    case NodeKind::IndentedString:
    case NodeKind::String:
    case NodeKind::Pattern:
    case NodeKind::Inherit: return true;
    default: return false;
  }
}

// Block comments, and runs of line comments on lines of their own.
void fold_comments(const Document& document, std::vector<Fold>& out) {
  const Tree& tree = document.analysis().tree;
  std::optional<Range> run;
  auto finish = [&] {
    if (run && document.text.line_of(run->begin) < document.text.line_of(run->end)) out.push_back({*run, true});
    run.reset();
  };
  for (std::uint32_t token = 0; token < tree.token_count(); ++token) {
    TokenKind kind = tree.token_kind({token});
    Range range = tree.token_range({token});
    if (kind == TokenKind::LineComment) {
      if (run) run->end = range.end;
      else run = range;
    } else if (kind == TokenKind::BlockComment) {
      finish();
      run = range;
      finish();
    } else if (kind != TokenKind::Whitespace || std::ranges::count(tree.token_text({token}), '\n') > 1) {
      finish();
    }
  }
  finish();
}

}  // namespace

std::vector<Fold> folding(const Document& document) {
  const Tree& tree = document.analysis().tree;
  std::vector<Fold> out;
  auto add = [&](Range range) {
    if (document.text.line_of(range.begin) < document.text.line_of(range.end)) out.push_back({range, false});
  };
  for (std::uint32_t index = 0; index < tree.node_count(); ++index) {
    NodeId node{index};
    if (folds(tree.kind(node))) add(tree.range(node));
    if (tree.kind(node) != NodeKind::Let) continue;
    // From `let` to the end of its last binding, so that `in` stays to be seen.
    std::optional<std::uint32_t> end;
    for (NodeId part : tree.children(node)) {
      if (part.index + tree.size(part) < index + tree.size(node)) end = tree.range(part).end;
    }
    if (end) add({tree.range(node).begin, *end});
  }
  fold_comments(document, out);
  std::ranges::sort(out, {}, &Fold::range);
  return out;
}

std::vector<Range> selection_ranges(const Document& document, std::uint32_t offset) {
  const Analysis& analysis = document.analysis();
  std::vector<Range> out;
  auto add = [&](Range range) {
    bool grows = out.empty() || (range.begin <= out.back().begin && range.end >= out.back().end && range != out.back());
    if (grows && range.begin < range.end) out.push_back(range);
  };
  NodeId node = analysis.node_at(offset);
  if (analysis.tree.kind(node) == NodeKind::String || analysis.tree.kind(node) == NodeKind::IndentedString) {
    // The text between the quotes first.
    Range range = analysis.tree.range(node);
    std::uint32_t quote = analysis.tree.kind(node) == NodeKind::String ? 1 : 2;
    if (range.end - range.begin > 2 * quote) add({range.begin + quote, range.end - quote});
  }
  for (;; node = analysis.parent(node)) {
    add(analysis.tree.range(node));
    if (node.index == 0) break;
  }
  return out;
}

}  // namespace evalctl::lsp

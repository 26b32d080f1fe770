// What can be done at a place: the fixes of its findings, and rewrites of the expression there.
#include <algorithm>

#include "lsp/features.h"

namespace evalctl::lsp {
namespace {

bool touches(Range a, Range b) { return a.begin <= b.end && b.begin <= a.end; }

}  // namespace

std::vector<Action> code_actions(const Snapshot& snapshot, const DocumentPtr& document, Range range) {
  std::vector<Action> out;
  for (const Finding& finding : all_findings(snapshot, document)) {
    if (!touches(finding.range, range)) continue;
    for (const Fix& fix : finding.fixes) {
      out.push_back({fix.title, "quickfix", fix.edits, fix.safe || finding.fixes.size() == 1, finding.code, finding.range});
    }
    if (!finding.code.starts_with('L')) continue;
    std::uint32_t line = document->text.line_of(finding.range.begin);
    std::string_view text = document->text.line(line);
    std::uint32_t start = document->text.line_start(line);
    std::string indent(text.substr(0, std::min(text.find_first_not_of(" \t"), text.size())));
    // A line inside a string takes no comment.
    TokenKind kind = TokenKind::Whitespace;
    const Tree& tree = document->analysis().tree;
    for (std::uint32_t token = 0; token < tree.token_count() && tree.token_range({token}).begin <= start; ++token) {
      if (tree.token_range({token}).end > start) kind = tree.token_kind({token});
    }
    if (kind == TokenKind::StringText) continue;
    out.push_back({"Ignore " + finding.code + " here", "quickfix",
                   {{{start, start}, indent + "# evalctl: ignore " + finding.code + "\n"}}, false, finding.code, finding.range});
  }
  for (Action& action : refactors(*document, range)) out.push_back(std::move(action));
  std::vector<Edit> all = fix_all(*document, snapshot.settings());
  if (!all.empty()) out.push_back({"Apply all safe fixes", "source.fixAll", std::move(all), false, "", {0, 0}});
  return out;
}

std::vector<Edit> fix_all(const Document& document, const Settings& settings) {
  std::vector<Edit> taken;
  auto free = [&](const Edit& edit) {
    return std::ranges::none_of(taken, [&](const Edit& other) { return touches(edit.range, other.range); });
  };
  for (const Finding& finding : findings(document, settings)) {
    for (const Fix& fix : finding.fixes) {
      if (!fix.safe || !std::ranges::all_of(fix.edits, free)) continue;
      taken.insert(taken.end(), fix.edits.begin(), fix.edits.end());
      break;
    }
  }
  std::ranges::sort(taken, {}, &Edit::range);
  return taken;
}

}  // namespace evalctl::lsp

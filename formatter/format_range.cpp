#include "formatter/format_range.h"

#include <algorithm>
#include <optional>

#include "formatter/comments.h"
#include "formatter/format_source.h"

namespace evalctl::formatter {
namespace {

using parser::NodeId;
using parser::NodeKind;
using parser::Range;
using parser::TokenKind;
using parser::Tree;

// A part that can be formatted alone: whole lines of the text.
struct Part {
  Range lines;
  bool in_list;
};

class RangeFormatter {
 public:
  RangeFormatter(std::string_view text, const Options& options) : text_(text), options_(options) {}

  FormattedRange run(Range range);

 private:
  void find_parts(Range range);
  std::optional<Range> own_lines(NodeId node) const;
  bool choose(Range range);
  bool is_healthy(Range lines) const;
  std::vector<Edit> edits_of(const Part& part) const;

  std::string_view text_;
  const Options& options_;
  parser::ParseResult parsed_{Tree({}, {}, {}), {}};
  // In preorder: what lies inside follows.
  std::vector<Part> parts_;
  std::vector<Part> chosen_;
};

FormattedRange RangeFormatter::run(Range range) {
  parsed_ = parse_source(text_);
  auto size = static_cast<std::uint32_t>(text_.size());
  range.begin = std::min(range.begin, size);
  range.end = std::clamp(range.end, range.begin, size);
  FormattedRange result{{}, false, parsed_.diagnostics};
  find_parts(range);
  bool complete = choose(range);
  if (!complete && parsed_.diagnostics.empty()) {
    Formatted whole = format(text_, options_);
    result.whole = true;
    result.diagnostics = std::move(whole.diagnostics);
    if (whole.changed) result.edits = edits_between(text_, whole.text);
    return result;
  }
  for (const Part& part : chosen_) {
    for (Edit& edit : edits_of(part)) result.edits.push_back(std::move(edit));
  }
  return result;
}

void RangeFormatter::find_parts(Range range) {
  const Tree& tree = parsed_.tree;
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    Range place = tree.range({i});
    NodeKind kind = tree.kind({i});
    bool collection = kind == NodeKind::AttrSet || kind == NodeKind::LegacyLet || kind == NodeKind::Let || kind == NodeKind::List;
    if (place.end < range.begin || place.begin > range.end || !collection) continue;
    for (NodeId child : tree.children({i})) {
      NodeKind member = tree.kind(child);
      bool in_list = kind == NodeKind::List;
      if (!in_list && member != NodeKind::Binding && member != NodeKind::Inherit) continue;
      if (auto lines = own_lines(child)) parts_.push_back({*lines, in_list});
    }
  }
  // Members of outer collections first, and only then those inside: preorder is by position, the larger first.
  std::ranges::sort(parts_, [](const Part& a, const Part& b) {
    return a.lines.begin != b.lines.begin ? a.lines.begin < b.lines.begin : a.lines.end > b.lines.end;
  });
}

// The lines of a node if there is nothing else on them but a comment behind it.
std::optional<Range> RangeFormatter::own_lines(NodeId node) const {
  const Tree& tree = parsed_.tree;
  Range range = tree.range(node);
  if (range.begin == range.end) return std::nullopt;
  std::uint32_t begin = range.begin;
  while (begin > 0 && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
  if (begin > 0 && text_[begin - 1] != '\n') return std::nullopt;
  for (std::uint32_t token = tree.node(node).end_token;; ++token) {
    std::string_view text = tree.token_text({token});
    TokenKind kind = tree.token_kind({token});
    bool comment = kind == TokenKind::LineComment || (kind == TokenKind::BlockComment && !text.contains('\n'));
    if (kind == TokenKind::Whitespace && text.contains('\n')) {
      return Range{begin, tree.token_range({token}).begin + static_cast<std::uint32_t>(text.find('\n')) + 1};
    }
    if (kind != TokenKind::Whitespace && !comment) return std::nullopt;
  }
}

// The innermost part around each token of the range. False when a token is in none.
bool RangeFormatter::choose(Range range) {
  const Tree& tree = parsed_.tree;
  bool complete = true;
  bool any = false;
  // The parts open at the token, outermost first.
  std::vector<const Part*> open;
  std::size_t next = 0;
  std::vector<const Part*> found;
  auto visit = [&](Range place) {
    for (; next < parts_.size() && parts_[next].lines.begin <= place.begin; ++next) {
      while (!open.empty() && open.back()->lines.end <= parts_[next].lines.begin) open.pop_back();
      open.push_back(&parts_[next]);
    }
    while (!open.empty() && open.back()->lines.end <= place.begin) open.pop_back();
    if (open.empty()) complete = false;
    else if (found.empty() || found.back() != open.back()) found.push_back(open.back());
    any = true;
  };
  for (std::uint32_t i = 0; i + 1 < tree.token_count(); ++i) {
    Range place = tree.token_range({i});
    bool inside = range.begin == range.end ? place.begin <= range.begin && range.begin <= place.end
                                           : place.begin < range.end && place.end > range.begin;
    if (inside && !parser::is_trivia(tree.token_kind({i}))) visit(place);
  }
  std::ranges::sort(found, {}, [](const Part* part) { return std::pair(part->lines.begin, ~part->lines.end); });
  for (const Part* part : found) {
    if (!chosen_.empty() && part->lines.end <= chosen_.back().lines.end) continue;
    if (is_healthy(part->lines)) chosen_.push_back(*part);
  }
  return complete || !any;
}

bool RangeFormatter::is_healthy(Range lines) const {
  for (const parser::Diagnostic& diagnostic : parsed_.diagnostics) {
    bool unclosed = diagnostic.code == "P003" || diagnostic.code == "P004";
    if (unclosed && lines.end > parsed_.diagnostics[0].range.begin) return false;
    if (diagnostic.range.begin < lines.end && diagnostic.range.end >= lines.begin) return false;
  }
  return true;
}

// A part is formatted as the sole member of a collection. A comment before it keeps that from ending up on one line.
std::vector<Edit> RangeFormatter::edits_of(const Part& part) const {
  std::string_view lines = text_.substr(part.lines.begin, part.lines.end - part.lines.begin);
  std::uint32_t columns = column_of(lines, lines.find_first_not_of(" \t")) - 1;
  std::string source = part.in_list ? "[\n#.\n" : "{\n#.\n";
  source += lines;
  source += part.in_list ? "]\n" : "}\n";
  Formatted result = format_source(source, options_, static_cast<std::int32_t>(columns) - static_cast<std::int32_t>(options_.indent));
  if (!result.changed) return {};
  std::string_view out = result.text;
  // The delimiters and the comment are the first two lines and the last.
  for (int line = 0; line < 2; ++line) out.remove_prefix(std::min(out.find('\n'), out.size() - 1) + 1);
  if (out.size() < 2) return {};
  out = out.substr(0, out.rfind('\n', out.size() - 2) + 1);
  std::vector<Edit> edits = edits_between(lines, out);
  for (Edit& edit : edits) {
    edit.range.begin += part.lines.begin;
    edit.range.end += part.lines.begin;
  }
  return edits;
}

}  // namespace

FormattedRange format_range(std::string_view text, Range range, const Options& options) {
  return RangeFormatter(text, options).run(range);
}

}  // namespace evalctl::formatter

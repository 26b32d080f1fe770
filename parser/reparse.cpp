#include "parser/reparse.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "parser/check.h"
#include "parser/lexer.h"
#include "parser/parser.h"

namespace evalctl::parser {
namespace {

// Larger parts are hardly faster to read than the whole.
constexpr std::uint32_t kLargestPart = 1 << 18;

// The stretch outside of which two texts are the same.
struct Difference {
  std::uint32_t begin, end_before, end_after;
};

constexpr std::size_t kBlock = 4096;

std::size_t common_front(std::string_view a, std::string_view b) {
  std::size_t most = std::min(a.size(), b.size()), at = 0;
  while (at + kBlock <= most && std::memcmp(a.data() + at, b.data() + at, kBlock) == 0) at += kBlock;
  while (at < most && a[at] == b[at]) ++at;
  return at;
}

std::size_t common_back(std::string_view a, std::string_view b) {
  std::size_t most = std::min(a.size(), b.size()), at = 0;
  while (at + kBlock <= most && std::memcmp(a.end() - at - kBlock, b.end() - at - kBlock, kBlock) == 0) at += kBlock;
  while (at < most && a[a.size() - 1 - at] == b[b.size() - 1 - at]) ++at;
  return at;
}

Difference difference_of(std::string_view before, std::string_view after) {
  std::size_t front = common_front(before, after), back = common_back(before.substr(front), after.substr(front));
  return {static_cast<std::uint32_t>(front), static_cast<std::uint32_t>(before.size() - back), static_cast<std::uint32_t>(after.size() - back)};
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Reparser {
 public:
  Reparser(const Tree& before, std::string_view text)
      : before_(before), text_(text), difference_(difference_of(before.text(), text)), delta_(static_cast<std::uint32_t>(text.size() - before.text().size())) {}

  std::optional<Reparsed> run() {
    if (auto between = between_tokens()) return between;
    for (NodeId binding : bindings_around()) {
      Range range = before_.range(binding);
      if (range.end - range.begin > kLargestPart) break;
      if (auto inside = inside_binding(binding)) return inside;
    }
    return std::nullopt;
  }

 private:
  // The first token that does not end before `offset`.
  std::uint32_t token_at(std::uint32_t offset) const {
    auto tokens = before_.tokens();
    auto after = std::ranges::upper_bound(tokens, offset, {}, &Token::offset);
    return after == tokens.begin() ? 0 : static_cast<std::uint32_t>(after - tokens.begin()) - 1;
  }

  // Blanks and comments for blanks and comments. There are some before and after, so that no two tokens touch that did not, and
  // what is around them is code.
  std::optional<Reparsed> between_tokens() {
    std::uint32_t first = token_at(difference_.begin), last = token_at(difference_.end_before);
    // At the border of two tokens the trivia may be on either side.
    if (!is_trivia(before_.token_kind({first})) && first > 0 && before_.token_range({first}).begin == difference_.begin) --first;
    if (!is_trivia(before_.token_kind({last})) && last > 0 && before_.token_range({last}).begin == difference_.end_before) --last;
    if (last < first) return std::nullopt;
    for (std::uint32_t at = first; at <= last; ++at) {
      if (!is_trivia(before_.token_kind({at}))) return std::nullopt;
    }
    while (first > 0 && is_trivia(before_.token_kind({first - 1}))) --first;
    while (is_trivia(before_.token_kind({last + 1}))) ++last;
    std::uint32_t begin = before_.token_range({first}).begin, end = before_.token_range({last}).end + delta_;
    if (first == 0 || begin >= end) return std::nullopt;
    bool begins_alike = is_blank(text_[begin]) || difference_.begin > begin + 1;
    if (!begins_alike) return std::nullopt;
    std::vector<Diagnostic> diagnostics;
    Significant significant;
    Tokens gap = Lexer(text_.substr(begin, end - begin), diagnostics).run(significant);
    bool trivia = std::ranges::all_of(gap.begin(), gap.end() - 1, [](const Token& token) { return is_trivia(token.kind); });
    if (!trivia || !diagnostics.empty() || gap.size() < 2 || gap[gap.size() - 2].kind == TokenKind::LineComment) return std::nullopt;
    Nodes nodes(before_.nodes().begin(), before_.nodes().end());
    std::uint32_t moved = static_cast<std::uint32_t>(gap.size() - 1) - (last + 1 - first);
    for (Node& node : nodes) {
      node.first_token += node.first_token > last ? moved : 0;
      node.end_token += node.end_token > last ? moved : 0;
    }
    return Reparsed{Tree(text_, tokens_with(gap, first, last + 1, begin), std::move(nodes)), {0}, 0};
  }

  // The tokens with those of [first, end) replaced by `part`, whose offsets count from `begin`.
  Tokens tokens_with(const Tokens& part, std::uint32_t first, std::uint32_t end, std::uint32_t begin) const {
    auto old = before_.tokens();
    // The last one of the part is the end of its text.
    std::size_t added = part.size() - 1;
    Tokens out(old.size() - (end - first) + added);
    std::copy(old.begin(), old.begin() + first, out.begin());
    for (std::size_t i = 0; i < added; ++i) out[first + i] = {part[i].offset + begin, part[i].kind};
    for (std::size_t i = end; i < old.size(); ++i) out[i - end + first + added] = {old[i].offset + delta_, old[i].kind};
    return out;
  }

  // Those that the difference lies in, between the first byte and the semicolon, from the innermost on.
  std::vector<NodeId> bindings_around() {
    std::vector<NodeId> out;
    NodeId node = before_.root();
    for (bool deeper = true; deeper;) {
      deeper = false;
      for (NodeId child : before_.children(node)) {
        Range range = before_.range(child);
        if (range.begin > difference_.begin) break;
        if (range.end < difference_.end_before) continue;
        node = child;
        deeper = true;
        bool inside = range.begin < difference_.begin && difference_.end_before < range.end;
        if (inside && before_.kind(child) == NodeKind::Binding) out.push_back(child);
        ancestors_.push_back(child);
        break;
      }
    }
    std::ranges::reverse(out);
    return out;
  }

  std::optional<Reparsed> inside_binding(NodeId binding) {
    const Node& old = before_.node(binding);
    std::uint32_t begin = before_.range(binding).begin, end = before_.range(binding).end + delta_;
    std::string_view text = text_.substr(begin, end - begin);
    std::vector<Diagnostic> diagnostics;
    Significant significant;
    Tokens tokens = Lexer(text, diagnostics).run(significant);
    auto depth = static_cast<std::uint32_t>(std::ranges::find(ancestors_, binding) - ancestors_.begin());
    auto nodes = Parser(text, tokens, significant, {}, diagnostics).run_binding(depth);
    if (!nodes || !diagnostics.empty()) return std::nullopt;
    Tree part(text, tokens, std::move(*nodes));
    check(part, diagnostics);
    if (!diagnostics.empty() || part.text(part.child(part.root(), 0)) != before_.text(before_.child(binding, 0))) return std::nullopt;
    if (!stands_alone(binding)) return std::nullopt;
    Reparsed out{Tree(text_, tokens_with(tokens, old.first_token, old.end_token, begin), nodes_with(part, binding)), binding, old.size};
    return out;
  }

  Nodes nodes_with(const Tree& part, NodeId binding) const {
    auto old = before_.nodes();
    const Node& replaced = old[binding.index];
    std::uint32_t behind = binding.index + replaced.size, last = replaced.end_token;
    std::uint32_t grown = part.node_count() - replaced.size, moved = part.token_count() - 1 - (last - replaced.first_token);
    Nodes out(old.size() - replaced.size + part.node_count());
    for (std::uint32_t i = 0; i < binding.index; ++i) {
      out[i] = old[i];
      if (i + old[i].size < behind) continue;
      out[i].size += grown;
      out[i].end_token += moved;
    }
    for (std::uint32_t i = 0; i < part.node_count(); ++i) {
      Node node = part.node({i});
      out[binding.index + i] = {node.kind, node.size, node.first_token + replaced.first_token, node.end_token + replaced.first_token};
    }
    for (std::uint32_t i = behind; i < old.size(); ++i) {
      out[i + grown] = {old[i].kind, old[i].size, old[i].first_token + moved, old[i].end_token + moved};
    }
    return out;
  }

  // Whether neither the binding nor one around it shares its first name with another of its set: such sets are merged, and what
  // stands in one of them matters to the other.
  bool stands_alone(NodeId binding) const {
    NodeId set = before_.root();
    for (NodeId inner : ancestors_) {
      if (before_.kind(inner) == NodeKind::Binding && shares_name(set, inner)) return false;
      if (inner == binding) return true;
      set = inner;
    }
    return false;
  }

  bool shares_name(NodeId set, NodeId binding) const {
    NodeId first{binding.index + 2};
    std::optional<std::string> name = static_name(before_, first);
    if (!name) return false;
    for (NodeId other : before_.children(set)) {
      if (before_.kind(other) != NodeKind::Binding || other == binding) continue;
      NodeId attribute{other.index + 2};
      if (before_.kind(attribute) == NodeKind::Identifier ? before_.text(attribute) == *name : static_name(before_, attribute) == name) return true;
    }
    return false;
  }

  const Tree& before_;
  std::string_view text_;
  const Difference difference_;
  // What offsets behind the difference have moved by, modulo 2^32.
  const std::uint32_t delta_;
  // The nodes that the difference lies in, outer ones first, without the root.
  std::vector<NodeId> ancestors_;
};

}  // namespace

std::optional<Reparsed> reparse(const Tree& before, std::string_view text) {
  if (text.size() >= UINT32_MAX) return std::nullopt;
  return Reparser(before, text).run();
}

}  // namespace evalctl::parser

#include "lsp/doc_comment.h"

#include <algorithm>
#include <vector>

#include "lsp/manual_markup.h"

namespace evalctl::lsp {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// The lines without the indentation that all of them share (the first line aside, which follows the comment sign).
std::string strip_indentation(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::size_t indent = std::string_view::npos;
  for (std::size_t i = 1; i < lines.size(); ++i) indent = std::min(indent, lines[i].find_first_not_of(" \t"));
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    if (i > 0) line.remove_prefix(std::min(line.size(), indent == line.npos ? 0 : indent));
    std::size_t last = line.find_last_not_of(" \t\r");
    out += line.substr(0, last == line.npos ? 0 : last + 1);
    out += '\n';
  }
  return std::string(trim(out));
}

std::string of_block(std::string_view comment) {
  bool for_manual = comment.starts_with("/**");
  comment.remove_prefix(for_manual ? 3 : 2);
  if (comment.ends_with("*/")) comment.remove_suffix(2);
  std::string text = strip_indentation(comment);
  return for_manual ? from_manual(text) : text;
}

std::string of_line(std::string_view comment) {
  comment.remove_prefix(std::min(comment.find_first_not_of('#'), comment.size()));
  if (comment.starts_with(' ')) comment.remove_prefix(1);
  return std::string(comment);
}

// The comments that end right before `token`, from the last blank line on.
std::string before(const Tree& tree, std::uint32_t token) {
  std::string lines;
  for (std::uint32_t at = token; at-- > 0;) {
    std::string_view text = tree.token_text({at});
    switch (tree.token_kind({at})) {
      case TokenKind::Whitespace:
        if (std::ranges::count(text, '\n') > 1) return lines;
        continue;
      case TokenKind::BlockComment: return lines.empty() ? of_block(text) : lines;
      case TokenKind::LineComment: {
        // A comment behind code on its line speaks of that code.
        bool own_line = at == 0 || (tree.token_kind({at - 1}) == TokenKind::Whitespace &&
                                    (at == 1 || tree.token_text({at - 1}).contains('\n')));
        if (!own_line) return lines;
        lines = of_line(text) + (lines.empty() ? "" : "\n") + lines;
        continue;
      }
      default: return lines;
    }
  }
  return lines;
}

}  // namespace

std::string doc_comment(const Place& attribute) {
  const Analysis& analysis = attribute.file->analysis();
  NodeId node = attribute.node, parent = analysis.parent(node);
  switch (analysis.tree.kind(parent)) {
    case NodeKind::AttrPath: {
      NodeId binding = analysis.parent(parent);
      // RFC 145 allows the comment between `=` and the value too.
      if (analysis.tree.kind(binding) == NodeKind::Binding) {
        std::string inside = before(analysis.tree, analysis.tree.node({parent.index + analysis.tree.size(parent)}).first_token);
        if (!inside.empty()) return inside;
      }
      return before(analysis.tree, analysis.tree.node(binding).first_token);
    }
    case NodeKind::Formal: return before(analysis.tree, analysis.tree.node(parent).first_token);
    case NodeKind::Inherit: return before(analysis.tree, analysis.tree.node(parent).first_token);
    default: return {};
  }
}

}  // namespace evalctl::lsp

#include "formatter/string_lines.h"

#include <algorithm>

#include "formatter/comments.h"

namespace evalctl::formatter {
namespace {

using parser::NodeId;
using parser::TokenKind;

bool is_blank(std::span<const LinePart> line) {
  return line.empty() || (line.size() == 1 && line[0].interpolation == 0 && only_spaces(line[0].text));
}

}  // namespace

std::span<const LinePart> StringLines::line(std::size_t i) const {
  i += first_;
  std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
  return {parts_.data() + begin, parts_.data() + ends_[i]};
}

std::span<LinePart> StringLines::mutable_line(std::size_t i) {
  std::span<const LinePart> parts = line(i);
  return {parts_.data() + (parts.data() - parts_.data()), parts.size()};
}

void StringLines::split(const parser::Tree& tree, NodeId node) {
  parts_.clear();
  ends_.clear();
  first_ = 0;
  indentation_ = 0;
  const parser::Node& string = tree.node(node);
  NodeId child{node.index + 1};
  for (std::uint32_t token = string.first_token; token < string.end_token; ++token) {
    TokenKind kind = tree.token_kind({token});
    if (kind == TokenKind::Interpolate) {
      parts_.push_back({{}, child.index});
      token = tree.node(child).end_token - 1;
      child = {child.index + tree.size(child)};
    } else if (kind == TokenKind::StringText || kind == TokenKind::PathText) {
      std::string_view text = tree.token_text({token});
      for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
        if (end > 0) parts_.push_back({text.substr(0, end), 0});
        ends_.push_back(static_cast<std::uint32_t>(parts_.size()));
      }
      if (!text.empty()) parts_.push_back({text, 0});
    }
  }
  ends_.push_back(static_cast<std::uint32_t>(parts_.size()));
}

void StringLines::split_indented(const parser::Tree& tree, NodeId node) {
  split(tree, node);
  if (count() > 1 && is_blank(line(0))) first_ = 1;
  std::span<LinePart> last = mutable_line(count() - 1);
  // An empty text prints as nothing.
  if (is_blank(last) && !last.empty()) {
    parts_.pop_back();
    --ends_.back();
  }
  strip_indentation();
}

void StringLines::strip_indentation() {
  std::uint32_t indent = UINT32_MAX;
  for (std::size_t i = 0; i < count(); ++i) {
    std::span<const LinePart> parts = line(i);
    if (is_blank(parts)) continue;
    std::size_t blanks = parts[0].interpolation != 0 ? 0 : std::min(parts[0].text.find_first_not_of(' '), parts[0].text.size());
    indent = std::min(indent, static_cast<std::uint32_t>(blanks));
  }
  indentation_ = indent == UINT32_MAX ? 0 : indent;
  for (std::size_t i = 0; i < count(); ++i) {
    std::span<LinePart> parts = mutable_line(i);
    if (!parts.empty() && parts[0].interpolation == 0) {
      parts[0].text.remove_prefix(std::min<std::size_t>(indent, parts[0].text.size()));
    }
  }
}

bool has_several_lines(const parser::Tree& tree, NodeId node) {
  const parser::Node& string = tree.node(node);
  std::uint32_t lines = 1;
  NodeId child{node.index + 1};
  for (std::uint32_t token = string.first_token + 1; token + 1 < string.end_token; ++token) {
    if (tree.token_kind({token}) == TokenKind::Interpolate) {
      token = tree.node(child).end_token - 1;
      child = {child.index + tree.size(child)};
      continue;
    }
    std::string_view text = tree.token_text({token});
    std::size_t begin = 0;
    if (token == string.first_token + 1) {
      std::size_t blanks = text.find_first_not_of(' ');
      if (blanks != std::string_view::npos && text[blanks] == '\n') begin = blanks + 1;
    }
    for (; (begin = text.find('\n', begin)) != std::string_view::npos; ++begin) {
      if (++lines > 1) return true;
    }
  }
  return false;
}

}  // namespace evalctl::formatter

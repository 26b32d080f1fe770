#include "formatter/preserve.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace evalctl::formatter {
namespace {

using parser::NodeId;
using parser::NodeKind;
using parser::TokenKind;
using parser::Tree;

bool is_string(NodeKind kind) { return kind == NodeKind::String || kind == NodeKind::IndentedString || kind == NodeKind::Uri; }

bool is_string_token(TokenKind kind) {
  return kind == TokenKind::Quote || kind == TokenKind::IndentedQuote || kind == TokenKind::StringText || kind == TokenKind::Uri;
}

// How often each byte stands in the comments. Bytes that draw comments rather than say something do not count.
using Letters = std::array<std::uint32_t, 256>;

// The significant tokens of a tree outside of strings, without the commas that formatting may add.
class Tokens {
 public:
  explicit Tokens(const Tree& tree) : tree_(tree) {}
  // The next one; the end of the file at the end.
  std::uint32_t next();
  const Letters& letters() const { return letters_; }

 private:
  void count(std::string_view comment);
  bool is_last_comma(std::uint32_t token) const;

  const Tree& tree_;
  std::uint32_t position_ = 0;
  Letters letters_{};
};

void Tokens::count(std::string_view comment) {
  for (char c : comment) ++letters_[static_cast<unsigned char>(c)];
}

bool Tokens::is_last_comma(std::uint32_t token) const {
  do ++token; while (parser::is_trivia(tree_.token_kind({token})));
  return tree_.token_kind({token}) == TokenKind::RightBrace;
}

std::uint32_t Tokens::next() {
  for (;; ++position_) {
    TokenKind kind = tree_.token_kind({position_});
    if (kind == TokenKind::LineComment || kind == TokenKind::BlockComment) count(tree_.token_text({position_}));
    else if (kind == TokenKind::Whitespace || is_string_token(kind)) continue;
    else if (kind == TokenKind::Comma && is_last_comma(position_)) continue;
    else return kind == TokenKind::EndOfFile ? position_ : position_++;
  }
}

bool same_value(const Tree& before, NodeId left, const Tree& after, NodeId right) {
  if (before.size(left) == 1 && before.text(left) == after.text(right)) return true;
  auto parts = [](const Tree& tree, NodeId node) {
    if (tree.kind(node) == NodeKind::Uri) return std::vector<parser::StringPart>{{std::string(tree.text(node)), {}}};
    return parser::string_parts(tree, node);
  };
  std::vector<parser::StringPart> a = parts(before, left);
  std::vector<parser::StringPart> b = parts(after, right);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const parser::StringPart& x, const parser::StringPart& y) {
    return x.text == y.text && x.interpolation.has_value() == y.interpolation.has_value();
  });
}

std::string at(const Tree& tree, std::uint32_t offset) {
  parser::LineColumn place = parser::LineIndex(tree.text()).at(offset);
  return fmt::format("{}:{}", place.line, place.column);
}

}  // namespace

std::optional<std::string> find_difference(const Tree& before, const Tree& after) {
  if (before.node_count() != after.node_count()) return "the number of expressions changed";
  for (std::uint32_t i = 0; i < before.node_count(); ++i) {
    NodeId node{i};
    bool strings = is_string(before.kind(node)) && is_string(after.kind(node));
    bool same = before.size(node) == after.size(node) && (strings || before.kind(node) == after.kind(node));
    if (same && strings) same = same_value(before, node, after, node);
    if (!same) return fmt::format("the expression at {} changed", at(before, before.range(node).begin));
  }
  Tokens left(before);
  Tokens right(after);
  for (;;) {
    parser::TokenId a{left.next()};
    parser::TokenId b{right.next()};
    if (before.token_kind(a) != after.token_kind(b) || before.token_text(a) != after.token_text(b)) {
      return fmt::format("the token at {} changed", at(before, before.token_range(a).begin));
    }
    if (before.token_kind(a) == TokenKind::EndOfFile) break;
  }
  for (int c = 0; c < 256; ++c) {
    // What delimits comments and what may be dropped at the ends of their lines; the rest of Unicode's white space
    // begins with these bytes.
    constexpr std::string_view kUncounted = " \t\r\n\v\f#*/\xC2\xA0\xE1\x9A\x80\xE2\x81\x9F\xE3";
    bool counted = kUncounted.find(static_cast<char>(c)) == std::string_view::npos && (c < 0x80 || c > 0xAF);
    if (counted && left.letters()[c] != right.letters()[c]) return "a comment changed";
  }
  return std::nullopt;
}

}  // namespace evalctl::formatter

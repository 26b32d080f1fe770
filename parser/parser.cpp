#include "parser/parser.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "parser/check.h"
#include "parser/lexer.h"
#include "parser/repair.h"

namespace evalctl::parser {
namespace {

// A level costs at most 420 bytes of native stack (measured, -O2): 2 MiB in all, a quarter of what is usual.
constexpr std::uint32_t kMaxDepth = 5000;

constexpr std::size_t kSpareNodes = 16;

// The words of Nix.
std::string describe(TokenKind kind) {
  std::string_view text = text_of(kind);
  if (kind == TokenKind::IndentedQuote) return "start of an indented string";
  if (!text.empty()) return fmt::format("'{}'", text);
  switch (kind) {
    case TokenKind::EndOfFile: return "end of file";
    case TokenKind::StringText: return "string";
    case TokenKind::Identifier: return "identifier";
    case TokenKind::Integer: return "integer";
    case TokenKind::Float: return "floating-point literal";
    case TokenKind::HomePath: return "'~/…' path";
    case TokenKind::SearchPath: return "'<…>' path";
    case TokenKind::Uri: return "URI";
    case TokenKind::Invalid: return "invalid token";
    default: return "path";
  }
}

}  // namespace

Parser::Parser(std::string_view text, const Tokens& tokens, const Significant& significant,
               const ParseOptions& options, std::vector<Diagnostic>& diagnostics)
    : text_(text), tokens_(tokens), significant_(significant), options_(options), diagnostics_(diagnostics) {
  nodes_.resize(significant.size() + kSpareNodes);
  next_node_ = nodes_.data();
  node_limit_ = next_node_ + nodes_.size();
  seek(0);
  consumed_ = token_;
}

std::string_view Parser::token_text(std::uint32_t token) const {
  Range range = token_range(token);
  return text_.substr(range.begin, range.end - range.begin);
}

void Parser::missing_token(TokenKind kind) { unexpected(describe(kind)); }

void Parser::unexpected(std::string_view expected) {
  if (error_token_ == token_) return;
  error_token_ = token_;
  // The lexer has reported it.
  if (kind_ == TokenKind::Invalid) return stop_ <= tokens_[token_].offset ? skip_rest() : void();
  // What is missing at the end of the file is missing behind the last thing written.
  std::uint32_t last = token_;
  while (kind_ == TokenKind::EndOfFile && last > 0 && is_trivia(tokens_[last - 1].kind)) --last;
  std::uint32_t begin = tokens_[last].offset;
  Range range = kind_ == TokenKind::EndOfFile ? Range{begin, begin} : token_range(token_);
  report(diagnostics_, Code::UnexpectedToken, range, describe(kind_), expected);
  if (stop_ <= begin && kind_ != TokenKind::EndOfFile) skip_rest();
}

void Parser::skip_rest() {
  seek(significant_.size() - Lexer::kLookahead);
  error_token_ = token_;
  consumed_ = significant_[cursor_ - 1] + 1;
}

bool Parser::enter() {
  if (++depth_ <= kMaxDepth) return true;
  --depth_;
  give_up();
  return false;
}

// Too deep: the rest of the file becomes one Error node, and whatever is still open ends at the end of the file.
void Parser::give_up() {
  Mark begin = mark();
  if (kind_ != TokenKind::EndOfFile) {
    report(diagnostics_, Code::TooDeep, token_range(token_), kMaxDepth);
    skip_rest();
  }
  emit(NodeKind::Error, begin);
}

// A node that consumed nothing is empty at its first token.
void Parser::emit(NodeKind kind, Mark mark) {
  if (next_node_ == node_limit_) [[unlikely]] grow_nodes();
  std::uint32_t before = node_count() - mark.nodes;
  std::uint32_t end = std::max(mark.token, consumed_);
  nodes_[mark.nodes].count += before != 0;
  *next_node_++ = {kind, before == 0, before == 0 ? 0 : before + 1, mark.token, end};
}

void Parser::grow_nodes() {
  std::uint32_t count = node_count();
  nodes_.resize(std::size_t{count} * 2);
  next_node_ = nodes_.data() + count;
  node_limit_ = nodes_.data() + nodes_.size();
}

void Parser::emit_token(NodeKind kind) {
  Mark begin = mark();
  advance();
  emit(kind, begin);
}

void Parser::missing(std::string_view expected) {
  unexpected(expected);
  emit(NodeKind::Error, mark());
}

void Parser::number(NodeKind kind) {
  std::string_view digits = token_text(token_);
  if (kind == NodeKind::Integer) {
    std::int64_t value;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) {
      report(diagnostics_, Code::InvalidInteger, token_range(token_), digits);
    }
  } else {
    errno = 0;
    std::strtod(std::string(digits).c_str(), nullptr);
    if (errno != 0) report(diagnostics_, Code::InvalidFloat, token_range(token_), digits);
  }
  emit_token(kind);
}

// `x`, `{ ... }`, `x@{ ... }` or `{ ... }@x`, up to the colon.
void Parser::pattern() {
  Mark begin = mark();
  if (peek() == TokenKind::Identifier) {
    bool bind = peek(1) == TokenKind::At;
    emit_token(NodeKind::Identifier);
    if (!bind) return;
    emit(NodeKind::PatternBind, begin);
    advance();
  }
  expect(TokenKind::LeftBrace);
  while (peek() != TokenKind::RightBrace) {
    if (accept(TokenKind::Ellipsis)) break;
    if (peek() != TokenKind::Identifier) {
      unexpected("a formal argument");
      break;
    }
    formal();
    if (!accept(TokenKind::Comma)) break;
  }
  expect(TokenKind::RightBrace);
  bool bound = node_count() > begin.nodes && tokens_[begin.token].kind == TokenKind::Identifier;
  if (!bound && accept(TokenKind::At)) {
    Mark name = mark();
    if (peek() == TokenKind::Identifier) emit_token(NodeKind::Identifier);
    else missing("an identifier");
    emit(NodeKind::PatternBind, name);
  }
  emit(NodeKind::Pattern, begin);
}

void Parser::formal() {
  Mark begin = mark();
  emit_token(NodeKind::Identifier);
  if (accept(TokenKind::Question)) expression();
  emit(NodeKind::Formal, begin);
}

void Parser::let_bindings() {
  advance();
  bindings(TokenKind::In);
  expect(TokenKind::In);
}

// Bindings up to `close`, which is left for the caller.
void Parser::bindings(TokenKind close) {
  while (peek() != close && peek() != TokenKind::EndOfFile) {
    if (peek() == TokenKind::Inherit) inherit();
    else if (!binding()) {
      unexpected(close == TokenKind::In ? "an attribute or 'in'" : "an attribute or '}'");
      if (peek() == TokenKind::RightBrace || peek() == TokenKind::In) return;
      skip_to_binding(close);
    }
  }
}

// Skips to behind the next `;`, or to the end of the bindings, minding brackets. What is skipped is an Error node.
void Parser::skip_to_binding(TokenKind close) {
  Mark begin = mark();
  std::uint32_t open = 0;
  while (peek() != TokenKind::EndOfFile) {
    TokenKind kind = peek();
    bool opens = kind == TokenKind::LeftBrace || kind == TokenKind::LeftParen || kind == TokenKind::LeftBracket ||
                 kind == TokenKind::Interpolate;
    bool closes = kind == TokenKind::RightBrace || kind == TokenKind::RightParen || kind == TokenKind::RightBracket;
    if (open == 0 && (kind == close || kind == TokenKind::RightBrace)) break;
    if (opens) ++open;
    if (closes && open > 0) --open;
    advance();
    if (open == 0 && kind == TokenKind::Semicolon) break;
  }
  emit(NodeKind::Error, begin);
}

bool Parser::binding() {
  Mark begin = mark();
  switch (peek()) {
    case TokenKind::Identifier:
    case TokenKind::Or:
    case TokenKind::Quote:
    case TokenKind::Interpolate: break;
    default: return false;
  }
  attr_path();
  expect(TokenKind::Equal);
  expression();
  expect(TokenKind::Semicolon);
  emit(NodeKind::Binding, begin);
  return true;
}

void Parser::inherit() {
  Mark begin = mark();
  advance();
  if (peek() == TokenKind::LeftParen) {
    Mark from = mark();
    advance();
    expression();
    expect(TokenKind::RightParen);
    emit(NodeKind::InheritFrom, from);
  }
  while (attribute()) {}
  expect(TokenKind::Semicolon);
  emit(NodeKind::Inherit, begin);
}

void Parser::attr_path() {
  Mark begin = mark();
  do {
    if (!attribute()) missing("an attribute name");
  } while (accept(TokenKind::Dot));
  emit(NodeKind::AttrPath, begin);
}

bool Parser::attribute() {
  switch (peek()) {
    case TokenKind::Identifier:
    case TokenKind::Or: emit_token(NodeKind::Identifier); return true;
    case TokenKind::Quote: string_literal(NodeKind::String, TokenKind::Quote); return true;
    case TokenKind::Interpolate: interpolation(); return true;
    default: return false;
  }
}

void Parser::interpolation() {
  Mark begin = mark();
  advance();
  expression();
  expect(TokenKind::RightBrace);
  emit(NodeKind::Interpolation, begin);
}

void Parser::string_literal(NodeKind kind, TokenKind quote) {
  Mark begin = mark();
  advance();
  while (peek() != quote) {
    if (peek() == TokenKind::StringText) advance();
    else if (peek() == TokenKind::Interpolate) interpolation();
    else break;
  }
  if (peek() == quote) advance();
  else if (peek() == TokenKind::EndOfFile && error_token_ != token_) {
    error_token_ = token_;
    report(diagnostics_, Code::UnclosedString, token_range(begin.token));
  } else {
    unexpected("the end of the string");
  }
  emit(kind, begin);
}

// Tokens of an interpolated path touch; a gap means that the path ended. An interpolation that is not the path's own
// cannot follow, since an expression is never followed by `${` directly.
void Parser::path_literal() {
  Mark begin = mark();
  advance();
  while (token_ == consumed_) {
    if (peek() == TokenKind::Interpolate) interpolation();
    else if (peek() == TokenKind::PathText && tokens_[token_ - 1].kind == TokenKind::RightBrace) advance();
    else break;
  }
  emit(NodeKind::Path, begin);
}

// Elements are selections. What is none is skipped as an Error node, up to what may close a bracket around the list.
void Parser::list() {
  Mark begin = mark();
  if (!enter()) return;
  advance();
  while (peek() != TokenKind::RightBracket) {
    if (starts_operand()) {
      select();
      continue;
    }
    unexpected("a list element or ']'");
    bool outside = peek() == TokenKind::EndOfFile || peek() == TokenKind::Semicolon || peek() == TokenKind::In ||
                   peek() == TokenKind::RightBrace || peek() == TokenKind::RightParen;
    if (outside) break;
    emit_token(NodeKind::Error);
  }
  expect(TokenKind::RightBracket);
  emit(NodeKind::List, begin);
  leave();
}

void Parser::paren() {
  Mark begin = mark();
  advance();
  expression();
  expect(TokenKind::RightParen);
  emit(NodeKind::Paren, begin);
}

void Parser::attr_set() {
  Mark begin = mark();
  accept(TokenKind::Rec);
  expect(TokenKind::LeftBrace);
  bindings(TokenKind::RightBrace);
  expect(TokenKind::RightBrace);
  emit(NodeKind::AttrSet, begin);
}

void Parser::legacy_let() {
  Mark begin = mark();
  advance();
  advance();
  bindings(TokenKind::RightBrace);
  expect(TokenKind::RightBrace);
  emit(NodeKind::LegacyLet, begin);
}

void Parser::read() {
  expression();
  if (peek() != TokenKind::EndOfFile) unexpected("end of file");
  consumed_ = static_cast<std::uint32_t>(tokens_.size());
  emit(NodeKind::Root, {0, 0});
}

std::optional<Nodes> Parser::run_binding(std::uint32_t depth) {
  depth_ = depth;
  if (!binding() || peek() != TokenKind::EndOfFile) return std::nullopt;
  return preorder();
}

std::uint32_t Parser::read_bindings(std::uint32_t depth) {
  depth_ = depth;
  while (error_token_ == UINT32_MAX && peek() != TokenKind::EndOfFile) {
    if (peek() == TokenKind::Inherit) inherit();
    else if (!binding()) break;
  }
  bool closes = peek() == TokenKind::RightBrace || peek() == TokenKind::In || peek() == TokenKind::EndOfFile;
  if (!closes) unexpected("an attribute");
  return token_;
}

// From the last emitted node to the first, which is the preorder of the tree's mirror image: a node ends where its parent
// ends if it is the last child, and where its right sibling begins otherwise. Left of a leaf, that is where the outermost
// node begins whose first leaf it is.
Nodes Parser::preorder() const {
  std::uint32_t end = node_count();
  Nodes out(end);
  for (std::uint32_t i = end; i-- > 0;) {
    const Draft& node = nodes_[i];
    std::uint32_t size = node.leaf ? 1 : node.count;
    out[end - size] = {node.kind, size, node.first_token, node.end_token};
    end -= node.leaf ? 1 + node.count : 0;
  }
  return out;
}

ParseResult parse(std::string_view text, const ParseOptions& options) {
  bool too_large = text.size() >= UINT32_MAX;
  if (too_large) text = {};
  Reading reading;
  reading.text = text;
  reading.tokens = Lexer(text, reading.diagnostics).run(reading.significant);
  {
    Parser parser(text, reading.tokens, reading.significant, options, reading.diagnostics);
    if (is_repaired(text)) parser.stop_behind(0);
    parser.read();
    // Done with, and a large part of the memory of a large file.
    if (reading.diagnostics.empty()) reading.significant = Significant();
    reading.nodes = parser.preorder();
  }
  if (too_large) report(reading.diagnostics, Code::TooLarge, Range{0, 0});
  bool repairs = is_repaired(text) && std::ranges::any_of(reading.diagnostics, is_syntax_error);
  ParseResult result = repairs ? repair(options, std::move(reading))
                               : ParseResult{Tree(text, std::move(reading.tokens), std::move(reading.nodes)), std::move(reading.diagnostics)};
  if (options.check_names) check(result.tree, result.diagnostics);
  std::ranges::sort(result.diagnostics, {}, [](const Diagnostic& d) { return std::pair(d.range, std::string_view(d.code)); });
  return result;
}

}  // namespace evalctl::parser

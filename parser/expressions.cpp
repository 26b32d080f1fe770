// Expressions: functions and the like, operators by precedence, application, selection.
#include <array>

#include "parser/parser.h"

namespace evalctl::parser {
namespace {

enum class Associativity : std::uint8_t { Left, Right, None };

struct Operator {
  std::uint8_t precedence;  // 0: no operator
  Associativity associativity;
};

constexpr std::uint8_t kPipePrecedence = 1;
constexpr std::uint8_t kNotPrecedence = 8;
constexpr std::uint8_t kHasAttrPrecedence = 12;
constexpr std::uint8_t kNegatePrecedence = 13;

// Nix manual, "Operators", upside down: a larger number binds tighter.
constexpr Operator operator_row(TokenKind kind) {
  using enum Associativity;
  switch (kind) {
    case TokenKind::PipeLeft: return {kPipePrecedence, Right};
    case TokenKind::PipeRight: return {kPipePrecedence, Left};
    case TokenKind::Implies: return {2, Right};
    case TokenKind::OrOr: return {3, Left};
    case TokenKind::AndAnd: return {4, Left};
    case TokenKind::EqualEqual:
    case TokenKind::NotEqual: return {5, None};
    case TokenKind::Less:
    case TokenKind::LessEqual:
    case TokenKind::Greater:
    case TokenKind::GreaterEqual: return {6, None};
    case TokenKind::Update: return {7, Right};
    case TokenKind::Plus:
    case TokenKind::Minus: return {9, Left};
    case TokenKind::Star:
    case TokenKind::Slash: return {10, Left};
    case TokenKind::Concat: return {11, Right};
    case TokenKind::Question: return {kHasAttrPrecedence, None};
    default: return {0, Left};
  }
}

constexpr auto kOperators = [] {
  std::array<Operator, 256> table{};
  for (int kind = 0; kind <= static_cast<int>(TokenKind::Concat); ++kind) {
    table[kind] = operator_row(static_cast<TokenKind>(kind));
  }
  return table;
}();

Operator operator_of(TokenKind kind) { return kOperators[static_cast<std::uint8_t>(kind)]; }

}  // namespace

// Chains of functions, `else if`, `let`, `with` and `assert` wait in `tails_` and end together.
void Parser::expression() {
  if (!enter()) return;
  std::size_t base = tails_.size();
  while (tail_construct()) {}
  operators();
  while (tails_.size() > base) {
    Tail tail = tails_.back();
    tails_.pop_back();
    emit(tail.kind, tail.mark);
  }
  leave();
}

// Parses all but the last part of a construct that ends in an expression. False when none begins here.
bool Parser::tail_construct() {
  Mark begin = mark();
  NodeKind kind;
  switch (peek()) {
    case TokenKind::Identifier:
    case TokenKind::LeftBrace:
      if (!at_lambda()) return false;
      kind = NodeKind::Lambda;
      pattern();
      expect(TokenKind::Colon);
      break;
    case TokenKind::If:
      kind = NodeKind::If;
      advance();
      expression();
      expect(TokenKind::Then);
      expression();
      expect(TokenKind::Else);
      break;
    case TokenKind::Assert:
    case TokenKind::With:
      kind = peek() == TokenKind::With ? NodeKind::With : NodeKind::Assert;
      advance();
      expression();
      expect(TokenKind::Semicolon);
      break;
    case TokenKind::Let: {
      if (peek(1) == TokenKind::LeftBrace) return false;
      kind = NodeKind::Let;
      let_bindings();
      break;
    }
    default: return false;
  }
  tails_.push_back({begin, kind});
  return true;
}

bool Parser::at_lambda() const {
  if (peek() == TokenKind::LeftBrace) return at_pattern();
  TokenKind next = peek(1);
  return next == TokenKind::Colon || next == TokenKind::At;
}

// At `{`: whether it begins a pattern. Four tokens decide.
bool Parser::at_pattern() const {
  TokenKind first = peek(1);
  if (first == TokenKind::Ellipsis) return true;
  TokenKind second = peek(2);
  if (first == TokenKind::RightBrace) return second == TokenKind::Colon || second == TokenKind::At;
  if (first != TokenKind::Identifier) return false;
  if (second == TokenKind::Comma || second == TokenKind::Question) return true;
  if (second != TokenKind::RightBrace) return false;
  return peek(3) == TokenKind::Colon || peek(3) == TokenKind::At;
}

// Operators by precedence with an explicit stack, so that no chain of them uses the native one.
void Parser::operators() {
  std::size_t base = operators_.size();
  for (;;) {
    prefixes();
    Mark operand = mark();
    application();
    for (;;) {
      TokenKind token = peek();
      Operator op = operator_of(token);
      if (op.precedence == 0) {
        while (operators_.size() > base) pop_operator(operand);
        return;
      }
      reduce(operand, op.precedence, op.associativity == Associativity::Right, base);
      if (op.precedence == kPipePrecedence && !options_.pipe_operators) {
        report(diagnostics_, Code::PipeDisabled, token_range(token_));
      }
      advance();
      if (token == TokenKind::Question) {
        attr_path();
        emit(NodeKind::HasAttr, operand);
        continue;
      }
      operators_.push_back({operand, NodeKind::Binary, op.precedence, token});
      break;
    }
  }
}

void Parser::prefixes() {
  for (;; advance()) {
    if (peek() == TokenKind::Not) operators_.push_back({mark(), NodeKind::Not, kNotPrecedence, peek()});
    else if (peek() == TokenKind::Minus) operators_.push_back({mark(), NodeKind::Negate, kNegatePrecedence, peek()});
    else return;
  }
}

// Finishes the waiting operators that bind tighter than the one at hand. One of the same precedence is finished first
// too unless both associate to the right; those that do not associate are an error.
void Parser::reduce(Mark& operand, std::uint8_t precedence, bool right, std::size_t base) {
  while (operators_.size() > base && operators_.back().precedence > precedence) pop_operator(operand);
  while (operators_.size() > base && operators_.back().precedence == precedence) {
    const Pending& top = operators_.back();
    if (precedence == kPipePrecedence && top.token != peek()) {
      report(diagnostics_, Code::MixedPipes, token_range(token_));
    } else if (operator_of(top.token).associativity == Associativity::None) {
      report(diagnostics_, Code::NonAssociative, token_range(token_), text_of(peek()));
    } else if (right) {
      return;
    }
    pop_operator(operand);
  }
}

void Parser::pop_operator(Mark& operand) {
  Pending top = operators_.back();
  operators_.pop_back();
  operand = top.mark;
  emit(top.kind, operand);
}

void Parser::application() {
  Mark begin = mark();
  select();
  while (starts_operand()) {
    select();
    emit(NodeKind::Apply, begin);
  }
}

bool Parser::starts_operand() const {
  switch (peek()) {
    case TokenKind::Identifier:
    case TokenKind::Integer:
    case TokenKind::Float:
    case TokenKind::Path:
    case TokenKind::HomePath:
    case TokenKind::PathText:
    case TokenKind::SearchPath:
    case TokenKind::Uri:
    case TokenKind::Quote:
    case TokenKind::IndentedQuote:
    case TokenKind::Rec:
    case TokenKind::LeftBrace:
    case TokenKind::LeftBracket:
    case TokenKind::LeftParen: return true;
    case TokenKind::Let: {
      return peek(1) == TokenKind::LeftBrace;
    }
    default: return false;
  }
}

// simple (. path (or select)?)? | simple `or`. In the latter `or` is an argument, which binds tighter than any other.
void Parser::select() {
  Mark begin = mark();
  if (!simple()) return misplaced();
  if (peek() == TokenKind::Or) {
    emit_token(NodeKind::Identifier);
    return emit(NodeKind::Apply, begin);
  }
  if (peek() != TokenKind::Dot) return;
  advance();
  attr_path();
  if (peek() == TokenKind::Or) {
    advance();
    if (enter()) {
      select();
      leave();
    }
  }
  emit(NodeKind::Select, begin);
}

// No operand begins here. A function or `if` is understood all the same, with an error; else the operand is missing.
void Parser::misplaced() {
  switch (peek()) {
    case TokenKind::If:
    case TokenKind::Assert:
    case TokenKind::With:
    case TokenKind::Let:
      report(diagnostics_, Code::NeedsParentheses, token_range(token_));
      return expression();
    default: missing("an expression");
  }
}

bool Parser::simple() {
  switch (peek()) {
    case TokenKind::Identifier: emit_token(NodeKind::Identifier); return true;
    case TokenKind::Integer: number(NodeKind::Integer); return true;
    case TokenKind::Float: number(NodeKind::Float); return true;
    case TokenKind::Path:
    case TokenKind::HomePath: emit_token(NodeKind::Path); return true;
    case TokenKind::PathText: path_literal(); return true;
    case TokenKind::SearchPath: emit_token(NodeKind::SearchPath); return true;
    case TokenKind::Uri: emit_token(NodeKind::Uri); return true;
    case TokenKind::Quote: string_literal(NodeKind::String, TokenKind::Quote); return true;
    case TokenKind::IndentedQuote: string_literal(NodeKind::IndentedString, TokenKind::IndentedQuote); return true;
    case TokenKind::LeftParen: paren(); return true;
    case TokenKind::LeftBracket: list(); return true;
    case TokenKind::LeftBrace:
    case TokenKind::Rec: attr_set(); return true;
    case TokenKind::Let: {
      if (peek(1) != TokenKind::LeftBrace) return false;
      legacy_let();
      return true;
    }
    default: return false;
  }
}

}  // namespace evalctl::parser

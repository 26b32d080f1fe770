// Tokens to nodes: recursive descent for brackets, explicit stacks for everything that chains.
//
// Nodes are emitted children first; a node's `size` tells how many emitted nodes before it are its subtree. One linear
// pass turns this postorder into the preorder of Tree. Operators, prefix operators and the constructs whose last part
// is an expression (lambda, if, let, with, assert) wait on flat stacks, so only brackets use the native stack, and
// their depth is limited.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "parser/diagnostics.h"
#include "parser/parse.h"

namespace evalctl::parser {

class Parser {
 public:
  // `significant`: the indices of the tokens that are no trivia, as Lexer gives them.
  Parser(std::string_view text, const Tokens& tokens, const Significant& significant,
         const ParseOptions& options, std::vector<Diagnostic>& diagnostics);

  // Reads all of the file. `significant` is not needed behind this.
  void read();
  // The nodes in preorder, Root first.
  Nodes preorder() const;
  Nodes run() {
    read();
    return preorder();
  }

  // The same of a text that is one binding, `depth` brackets deep at most; the binding comes first. Nothing where there is more.
  std::optional<Nodes> run_binding(std::uint32_t depth);

  // Reads a text of bindings, with `depth` brackets around it at most, up to what is none. Returns the number of the token there.
  std::uint32_t read_bindings(std::uint32_t depth);

  // Takes the first unexpected token at or behind `offset` for the end of the file.
  Parser& stop_behind(std::size_t offset) {
    stop_ = offset;
    return *this;
  }

 private:
  // A node as it is emitted.
  struct Draft {
    NodeKind kind;
    bool leaf;
    // Of a leaf, the number of nodes it is the first leaf of, itself not counted; of another node, its size.
    std::uint32_t count;
    std::uint32_t first_token;
    std::uint32_t end_token;
  };
  // Where a node begins: the number of nodes emitted before it and its first token.
  struct Mark {
    std::uint32_t nodes;
    std::uint32_t token;
  };
  // An operator that waits for its right operand. `kind` is Binary, Not or Negate.
  struct Pending {
    Mark mark;
    NodeKind kind;
    std::uint8_t precedence;
    TokenKind token;
  };
  // A construct that waits for the expression that ends it.
  struct Tail {
    Mark mark;
    NodeKind kind;
  };

  TokenKind peek() const { return kind_; }
  // The kind of the significant token `ahead` (at most Lexer::kLookahead - 1) places after the current one.
  TokenKind peek(int ahead) const { return tokens_[significant_[cursor_ + ahead]].kind; }
  void advance() {
    if (kind_ == TokenKind::EndOfFile) return;
    consumed_ = token_ + 1;
    seek(cursor_ + 1);
  }
  bool accept(TokenKind kind) {
    if (kind_ != kind) return false;
    advance();
    return true;
  }
  void expect(TokenKind kind) {
    if (kind_ == kind) [[likely]] return advance();
    missing_token(kind);
  }
  void missing_token(TokenKind kind);
  void unexpected(std::string_view expected);
  bool enter();
  void leave() { --depth_; }
  void give_up();
  void skip_rest();

  void seek(std::size_t cursor) {
    cursor_ = cursor;
    token_ = significant_[cursor];
    kind_ = tokens_[token_].kind;
  }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(next_node_ - nodes_.data()); }
  Mark mark() const { return {node_count(), token_}; }
  void emit(NodeKind kind, Mark mark);
  void grow_nodes();
  void emit_token(NodeKind kind);
  void missing(std::string_view expected);
  Range token_range(std::uint32_t token) const { return {tokens_[token].offset, tokens_[token + 1].offset}; }
  std::string_view token_text(std::uint32_t token) const;

  // expressions.cpp
  void expression();
  bool tail_construct();
  bool at_lambda() const;
  bool at_pattern() const;
  void operators();
  void prefixes();
  void reduce(Mark& operand, std::uint8_t precedence, bool right, std::size_t base);
  void pop_operator(Mark& operand);
  void application();
  bool starts_operand() const;
  void select();
  bool simple();
  void misplaced();

  // parser.cpp
  void pattern();
  void formal();
  void let_bindings();
  void bindings(TokenKind close);
  bool binding();
  void inherit();
  void attr_path();
  bool attribute();
  void interpolation();
  void string_literal(NodeKind kind, TokenKind quote);
  void path_literal();
  void list();
  void paren();
  void attr_set();
  void legacy_let();
  void skip_to_binding(TokenKind close);
  void number(NodeKind kind);

  std::string_view text_;
  const Tokens& tokens_;
  const Significant& significant_;
  ParseOptions options_;
  std::vector<Diagnostic>& diagnostics_;
  // The current significant token: its place in significant_, its index, its kind; and the end of the last one consumed.
  std::size_t cursor_ = 0;
  std::uint32_t token_ = 0;
  TokenKind kind_ = TokenKind::EndOfFile;
  std::uint32_t consumed_ = 0;
  std::uint32_t depth_ = 0;
  // The token of the last syntax error; a second one at the same token says nothing new.
  std::uint32_t error_token_ = UINT32_MAX;
  std::size_t stop_ = SIZE_MAX;
  // The nodes emitted so far end at next_node_; behind it is room.
  base::UninitializedVector<Draft> nodes_;
  Draft* next_node_ = nullptr;
  Draft* node_limit_ = nullptr;
  std::vector<Pending> operators_;
  std::vector<Tail> tails_;
};

}  // namespace evalctl::parser

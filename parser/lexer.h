// Text to tokens. Every byte lies in exactly one token; trivia are tokens too.
//
// The lexer keeps a stack of modes: `{` and `${` enter code, `}` leaves it for the string or path around it. Where
// several tokens could begin, the longest wins, as in Nix's flex rules: `a/b` is a path, `a:b` a URI, `1.0/3` a path.
#pragma once
#include <string_view>
#include <vector>

#include "parser/parse.h"

namespace evalctl::parser {

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Diagnostic>& diagnostics);

  // All tokens, EndOfFile last. Cost O(n).
  std::vector<Token> run();

 private:
  enum class Mode : std::uint8_t { Code, String, Indented, Path };

  char at(std::size_t position) const { return position < size_ ? text_[position] : '\0'; }
  void push(TokenKind kind, std::size_t end) {
    tokens_.push_back({static_cast<std::uint32_t>(position_), kind});
    position_ = end;
  }
  Range range(std::size_t begin, std::size_t end) const;
  std::size_t skip(std::size_t from, int classes) const {
    while (from < size_ && is_class(from, classes)) ++from;
    return from;
  }
  bool is_class(std::size_t position, int classes) const;

  void code_token();
  void name();
  void number();
  void punctuation();
  void fixed(TokenKind kind) { push(kind, position_ + 1); }
  void fixed2(TokenKind kind) { push(kind, position_ + 2); }
  void line_comment();
  void block_comment();
  void close_brace();
  void string_text();
  void indented_text();
  std::size_t string_text_end(std::size_t from, bool& nul) const;
  std::size_t indented_text_end(std::size_t from, bool& nul) const;

  // lex_path.cpp
  std::size_t run_end(std::size_t from);
  bool path();
  bool home_path();
  bool search_path();
  bool uri();
  std::size_t segments_end(std::size_t slash) const;
  std::size_t piece_end(std::size_t from) const;
  void begin_path(TokenKind whole, std::size_t end);
  void path_text();

  std::string_view text_;
  std::size_t size_;
  std::size_t position_ = 0;
  std::vector<Token> tokens_;
  std::vector<Mode> modes_;
  std::vector<Diagnostic>& diagnostics_;
  // The last run of path characters found: [run_begin_, run_end_), with its last underscore. Keeps `a.b.c...` linear.
  std::size_t run_begin_ = 1;
  std::size_t run_end_ = 0;
  std::size_t last_underscore_ = 0;
};

}  // namespace evalctl::parser

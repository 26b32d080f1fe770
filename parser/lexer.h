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

  // All tokens, EndOfFile last. `significant` gets the indices of those that are no trivia, and kLookahead times that of
  // EndOfFile. Cost O(n).
  Tokens run(Significant& significant);

  static constexpr int kLookahead = 4;

 private:
  enum class Mode : std::uint8_t { Code, String, Indented, Path };

  char at(std::size_t position) const { return position < size_ ? text_[position] : '\0'; }
  // Where the next token begins, and where it and its index are written.
  struct Output {
    std::size_t position = 0;
    Token* token = nullptr;
    std::uint32_t* significant = nullptr;

    void push_trivia(TokenKind kind, std::size_t end) {
      *token++ = {static_cast<std::uint32_t>(position), kind};
      position = end;
    }
    void push(TokenKind kind, std::size_t end, const Token* first) {
      *significant++ = static_cast<std::uint32_t>(token - first);
      push_trivia(kind, end);
    }
  };

  void push_trivia(TokenKind kind, std::size_t end) {
    if (out_.token == token_limit_) grow();
    out_.push_trivia(kind, end);
  }
  void push(TokenKind kind, std::size_t end) {
    if (out_.token == token_limit_) grow();
    out_.push(kind, end, tokens_.data());
  }
  void grow();
  Range range(std::size_t begin, std::size_t end) const;
  std::size_t skip(std::size_t from, int classes) const;

  void code();
  void name(std::size_t end);
  TokenKind keyword(std::size_t begin, std::size_t end) const;
  void number();
  void punctuation();
  void mark_or_path();
  void fixed(TokenKind kind) { push(kind, out_.position + 1); }
  void fixed2(TokenKind kind) { push(kind, out_.position + 2); }
  void line_comment();
  void block_comment();
  void report_nul(std::size_t end);
  void close_brace();
  void invalid();
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
  Output out_;
  // Both as long as the room there is, until run() ends.
  Tokens tokens_;
  Significant significant_;
  // Short of the end of tokens_ by a few, which code() may write without asking.
  const Token* token_limit_ = nullptr;
  std::vector<Mode> modes_;
  std::vector<Diagnostic>& diagnostics_;
  // The last run of path characters found: [run_begin_, run_end_). Keeps `a.b.c...` linear.
  std::size_t run_begin_ = 1;
  std::size_t run_end_ = 0;
  // The end of the run whose last underscore is known, and the position behind that (0: none).
  std::size_t underscore_run_end_ = 0;
  std::size_t behind_underscore_ = 0;
};

}  // namespace evalctl::parser

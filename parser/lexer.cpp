#include "parser/lexer.h"

#include "parser/characters.h"
#include "parser/diagnostics.h"

namespace evalctl::parser {
namespace {

TokenKind keyword(std::string_view name) {
  switch (name.size()) {
    case 2:
      if (name == "if") return TokenKind::If;
      if (name == "in") return TokenKind::In;
      if (name == "or") return TokenKind::Or;
      break;
    case 3:
      if (name == "let") return TokenKind::Let;
      if (name == "rec") return TokenKind::Rec;
      break;
    case 4:
      if (name == "then") return TokenKind::Then;
      if (name == "else") return TokenKind::Else;
      if (name == "with") return TokenKind::With;
      break;
    case 6:
      if (name == "assert") return TokenKind::Assert;
      break;
    case 7:
      if (name == "inherit") return TokenKind::Inherit;
      break;
    default: break;
  }
  return TokenKind::Identifier;
}

}  // namespace

Lexer::Lexer(std::string_view text, std::vector<Diagnostic>& diagnostics)
    : text_(text), size_(text.size()), diagnostics_(diagnostics) {
  tokens_.reserve(size_ / 4 + 16);
}

Range Lexer::range(std::size_t begin, std::size_t end) const {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

bool Lexer::is_class(std::size_t position, int classes) const { return is(text_[position], classes); }

std::vector<Token> Lexer::run() {
  while (position_ < size_) {
    switch (modes_.empty() ? Mode::Code : modes_.back()) {
      case Mode::Code: code_token(); break;
      case Mode::String: string_text(); break;
      case Mode::Indented: indented_text(); break;
      case Mode::Path: path_text(); break;
    }
  }
  tokens_.push_back({static_cast<std::uint32_t>(size_), TokenKind::EndOfFile});
  return std::move(tokens_);
}

void Lexer::code_token() {
  char c = text_[position_];
  if (is(c, kSpace)) return push(TokenKind::Whitespace, skip(position_ + 1, kSpace));
  if (is(c, kLetter) || c == '_') return name();
  if (is(c, kDigit)) return number();
  punctuation();
}

void Lexer::name() {
  std::size_t end = skip(position_ + 1, kIdentifier);
  char next = at(end);
  // Only these can make something longer than an identifier of it.
  if ((next == '/' || next == '.' || next == '+') && (path() || uri())) return;
  if (next == ':' && uri()) return;
  push(keyword(text_.substr(position_, end - position_)), end);
}

// [0-9]+ | ([1-9][0-9]*\.[0-9]* | 0?\.[0-9]+)([Ee][+-]?[0-9]+)?, at a digit or at `.` and a digit.
void Lexer::number() {
  if (path()) return;
  std::size_t end = skip(position_, kDigit);
  bool leading_zero = text_[position_] == '0';
  bool fraction = at(end) == '.' && (leading_zero ? end == position_ + 1 && is(at(end + 1), kDigit)
                                                  : end > position_ || is(at(end + 1), kDigit));
  if (!fraction) return push(TokenKind::Integer, end);
  end = skip(end + 1, kDigit);
  if (at(end) == 'e' || at(end) == 'E') {
    std::size_t digits = end + 1 + (at(end + 1) == '+' || at(end + 1) == '-');
    if (is(at(digits), kDigit)) end = skip(digits, kDigit);
  }
  push(TokenKind::Float, end);
}

void Lexer::punctuation() {
  char next = at(position_ + 1);
  switch (text_[position_]) {
    case '{': modes_.push_back(Mode::Code); return fixed(TokenKind::LeftBrace);
    case '}': return close_brace();
    case '[': return fixed(TokenKind::LeftBracket);
    case ']': return fixed(TokenKind::RightBracket);
    case '(': return fixed(TokenKind::LeftParen);
    case ')': return fixed(TokenKind::RightParen);
    case ';': return fixed(TokenKind::Semicolon);
    case ':': return fixed(TokenKind::Colon);
    case ',': return fixed(TokenKind::Comma);
    case '@': return fixed(TokenKind::At);
    case '?': return fixed(TokenKind::Question);
    case '*': return fixed(TokenKind::Star);
    case '#': return line_comment();
    case '=': return next == '=' ? fixed2(TokenKind::EqualEqual) : fixed(TokenKind::Equal);
    case '!': return next == '=' ? fixed2(TokenKind::NotEqual) : fixed(TokenKind::Not);
    case '>': return next == '=' ? fixed2(TokenKind::GreaterEqual) : fixed(TokenKind::Greater);
    case '"': modes_.push_back(Mode::String); return fixed(TokenKind::Quote);
    case '<':
      if (search_path()) return;
      if (next == '=') return fixed2(TokenKind::LessEqual);
      return next == '|' ? fixed2(TokenKind::PipeLeft) : fixed(TokenKind::Less);
    case '.':
      if (path()) return;
      if (is(next, kDigit)) return number();
      if (next == '.' && at(position_ + 2) == '.') return push(TokenKind::Ellipsis, position_ + 3);
      return fixed(TokenKind::Dot);
    case '-':
      if (path()) return;
      return next == '>' ? fixed2(TokenKind::Implies) : fixed(TokenKind::Minus);
    case '+':
      if (path()) return;
      return next == '+' ? fixed2(TokenKind::Concat) : fixed(TokenKind::Plus);
    case '/':
      if (next == '*') return block_comment();
      if (path()) return;
      return next == '/' ? fixed2(TokenKind::Update) : fixed(TokenKind::Slash);
    case '~':
      if (home_path()) return;
      break;
    case '&':
      if (next == '&') return fixed2(TokenKind::AndAnd);
      break;
    case '|':
      if (next == '|') return fixed2(TokenKind::OrOr);
      if (next == '>') return fixed2(TokenKind::PipeRight);
      break;
    case '$':
      if (next != '{') break;
      modes_.push_back(Mode::Code);
      return fixed2(TokenKind::Interpolate);
    case '\'':
      if (next != '\'') break;
      modes_.push_back(Mode::Indented);
      return fixed2(TokenKind::IndentedQuote);
    default: break;
  }
  report(diagnostics_, Code::InvalidCharacter, range(position_, position_ + 1));
  fixed(TokenKind::Invalid);
}

// A lone carriage return ends a comment as well.
void Lexer::line_comment() {
  std::size_t end = position_ + 1;
  while (end < size_ && text_[end] != '\n' && text_[end] != '\r') ++end;
  push(TokenKind::LineComment, end);
}

void Lexer::block_comment() {
  std::size_t end = text_.find("*/", position_ + 2);
  if (end != std::string_view::npos) return push(TokenKind::BlockComment, end + 2);
  report(diagnostics_, Code::UnclosedComment, range(position_, position_ + 2));
  push(TokenKind::BlockComment, size_);
}

// Nix never pops the outermost mode: a stray `}` is a syntax error of the parser, not of the lexer.
void Lexer::close_brace() {
  if (!modes_.empty()) modes_.pop_back();
  fixed(TokenKind::RightBrace);
}

void Lexer::string_text() {
  bool nul = false;
  std::size_t end = string_text_end(position_, nul);
  if (nul) report(diagnostics_, Code::NulByte, range(position_, end));
  if (end > position_) push(TokenKind::StringText, end);
  if (position_ == size_) return;
  if (text_[position_] == '"') {
    modes_.pop_back();
    return fixed(TokenKind::Quote);
  }
  modes_.push_back(Mode::Code);
  fixed2(TokenKind::Interpolate);
}

// The end of the text from `from` on: at `"`, at `${`, or at the end of the file. `$` takes the next character with it
// unless that is `"`, `{` or a backslash, so `$${` is plain.
std::size_t Lexer::string_text_end(std::size_t from, bool& nul) const {
  std::size_t i = from;
  while (i < size_) {
    char c = text_[i];
    if (!is(c, kStringStop)) { ++i; continue; }
    if (c == '"') return i;
    if (c == '\\') {
      nul |= i + 1 < size_ && text_[i + 1] == '\0';
      i += 2;
    } else if (c == '$') {
      char next = at(i + 1);
      if (next == '{') return i;
      nul |= i + 1 < size_ && next == '\0';
      i += next == '"' || next == '\\' ? 1 : 2;
    } else {
      nul = true;
      ++i;
    }
  }
  return size_;
}

void Lexer::indented_text() {
  bool nul = false;
  std::size_t end = indented_text_end(position_, nul);
  if (nul) report(diagnostics_, Code::NulByte, range(position_, end));
  if (end > position_) push(TokenKind::StringText, end);
  if (position_ == size_) return;
  if (text_[position_] == '\'') {
    modes_.pop_back();
    return fixed2(TokenKind::IndentedQuote);
  }
  modes_.push_back(Mode::Code);
  fixed2(TokenKind::Interpolate);
}

// The end of the text from `from` on: at the closing quotes, at `${`, or at the end of the file.
std::size_t Lexer::indented_text_end(std::size_t from, bool& nul) const {
  std::size_t i = from;
  while (i < size_) {
    char c = text_[i];
    if (!is(c, kIndentedStop)) { ++i; continue; }
    char next = at(i + 1);
    if (c == '$') {
      if (next == '{') return i;
      nul |= i + 1 < size_ && next == '\0';
      i += next == '\'' ? 1 : 2;
    } else if (c == '\'') {
      if (next == '\'') {
        char third = at(i + 2);
        if (third == '\'' || third == '$') i += 3;
        else if (third == '\\' && i + 3 < size_) {
          nul |= text_[i + 3] == '\0';
          i += 4;
        } else return i;
      } else {
        nul |= i + 1 < size_ && next == '\0';
        i += next == '$' ? 1 : 2;
      }
    } else {
      nul = true;
      ++i;
    }
  }
  return size_;
}

}  // namespace evalctl::parser

#include "parser/lexer.h"

#include <array>
#include <bit>
#include <cstring>

#include "parser/characters.h"
#include "parser/diagnostics.h"
#include "parser/scan.h"

namespace evalctl::parser {
namespace {

constexpr std::string_view kTokenTexts[] = {
#define TOKEN(name, text) text,
#include "parser/syntax.def"
};

// Only these can make something longer than an identifier of a name.
constexpr bool may_continue_name(char c) { return c == '/' || c == '.' || c == '+' || c == ':'; }

constexpr std::size_t kSpareTokens = 8;

// How a token begins.
enum class Start : std::uint8_t { Other, Blank, Letter, Digit, Single };

struct First {
  Start start = Start::Other;
  // Of a Single, which is a token whatever follows.
  TokenKind kind = TokenKind::Invalid;
};

constexpr auto kFirsts = [] {
  std::array<First, 256> table{};
  for (int c = 0; c < 256; ++c) {
    if (kCharacters[c] & kSpace) table[c].start = Start::Blank;
    if ((kCharacters[c] & kLetter) || c == '_') table[c].start = Start::Letter;
    if (kCharacters[c] & kDigit) table[c].start = Start::Digit;
  }
  for (std::size_t kind = 0; kind < std::size(kTokenTexts); ++kind) {
    std::string_view text = kTokenTexts[kind];
    if (text.size() == 1 && std::string_view("[]();:,@?*").contains(text[0])) {
      table[static_cast<unsigned char>(text[0])] = {Start::Single, static_cast<TokenKind>(kind)};
    }
  }
  return table;
}();

// The keywords, found by a perfect hash of their bytes as one word, the first byte lowest.
constexpr std::uint64_t as_word(std::string_view text) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) word |= std::uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
  return word;
}

struct Keyword {
  std::uint64_t word = 0;
  TokenKind kind = TokenKind::Identifier;
};

constexpr int kKeywordBits = 5;

constexpr std::size_t keyword_slot(std::uint64_t word, std::uint64_t factor) { return word * factor >> (64 - kKeywordBits); }

// False when two keywords share a slot.
constexpr bool fill_keywords(std::array<Keyword, 1 << kKeywordBits>& table, std::uint64_t factor) {
  table = {};
  for (auto kind = static_cast<int>(TokenKind::If); kind <= static_cast<int>(TokenKind::Or); ++kind) {
    std::uint64_t word = as_word(kTokenTexts[kind]);
    Keyword& slot = table[keyword_slot(word, factor)];
    if (slot.word != 0) return false;
    slot = {word, static_cast<TokenKind>(kind)};
  }
  return true;
}

constexpr std::uint64_t kKeywordFactor = [] {
  std::array<Keyword, 1 << kKeywordBits> table;
  std::uint64_t factor = 0x9E3779B97F4A7C15u;
  while (!fill_keywords(table, factor)) factor = factor * 0x5851F42D4C957F2Du + 0x14057B7EF767814Fu;
  return factor;
}();

constexpr auto kKeywords = [] {
  std::array<Keyword, 1 << kKeywordBits> table;
  fill_keywords(table, kKeywordFactor);
  return table;
}();

}  // namespace

Lexer::Lexer(std::string_view text, std::vector<Diagnostic>& diagnostics)
    : text_(text), size_(text.size()), diagnostics_(diagnostics) {
  grow();
}

// Room for half as many tokens as the text has bytes is enough for nearly every file.
void Lexer::grow() {
  auto tokens = static_cast<std::size_t>(out_.token - tokens_.data());
  auto significant = static_cast<std::size_t>(out_.significant - significant_.data());
  std::size_t room = tokens_.empty() ? size_ / 2 + 64 : tokens_.size() * 2;
  tokens_.resize(room);
  significant_.resize(room);
  out_.token = tokens_.data() + tokens;
  out_.significant = significant_.data() + significant;
  token_limit_ = tokens_.data() + room - kSpareTokens;
}

Range Lexer::range(std::size_t begin, std::size_t end) const {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

std::size_t Lexer::skip(std::size_t from, int classes) const {
  while (from < size_ && is(text_[from], classes)) ++from;
  return from;
}

Tokens Lexer::run(Significant& significant) {
  while (out_.position < size_) {
    switch (modes_.empty() ? Mode::Code : modes_.back()) {
      case Mode::Code: code(); break;
      case Mode::String: string_text(); break;
      case Mode::Indented: indented_text(); break;
      case Mode::Path: path_text(); break;
    }
  }
  auto last = static_cast<std::uint32_t>(out_.token - tokens_.data());
  for (int i = 0; i < kLookahead; ++i) *out_.significant++ = last;
  out_.push_trivia(TokenKind::EndOfFile, size_);
  significant_.resize(static_cast<std::size_t>(out_.significant - significant_.data()));
  tokens_.resize(last + 1);
  significant = std::move(significant_);
  return std::move(tokens_);
}

// Tokens until one that may change the mode. Names, single marks and blanks, most of all tokens, are read here, with the
// place in registers.
void Lexer::code() {
  Output out = out_;
  while (out.position < size_ && out.token < token_limit_) {
    First first = kFirsts[static_cast<unsigned char>(text_[out.position])];
    if (first.start == Start::Letter) {
      std::size_t end = skip_while(text_, out.position + 1, continues_identifier);
      if (may_continue_name(at(end))) {
        out_ = out;
        return name(end);
      }
      out.push(keyword(out.position, end), end, tokens_.data());
    } else if (first.start == Start::Single) {
      out.push(first.kind, out.position + 1, tokens_.data());
    } else if (first.start != Start::Blank) {
      out_ = out;
      return first.start == Start::Digit ? number() : punctuation();
    }
    if (is(at(out.position), kSpace)) out.push_trivia(TokenKind::Whitespace, skip_while(text_, out.position + 1, is_blank));
  }
  out_ = out;
  if (out_.token >= token_limit_) grow();
}

// A name up to `end`, unless it begins something longer.
void Lexer::name(std::size_t end) {
  if (path() || uri()) return;
  push(keyword(out_.position, end), end);
}

// The kind of the name in the text from `begin` to `end`.
TokenKind Lexer::keyword(std::size_t begin, std::size_t end) const {
  std::size_t length = end - begin;
  if (length > 7) return TokenKind::Identifier;
  std::uint64_t word = 0;
  if (begin + 8 <= size_ && std::endian::native == std::endian::little) [[likely]] {
    std::memcpy(&word, text_.data() + begin, 8);
    word &= ~(~std::uint64_t{0} << 8 * length);
  } else {
    word = as_word(text_.substr(begin, length));
  }
  const Keyword& slot = kKeywords[keyword_slot(word, kKeywordFactor)];
  return slot.word == word ? slot.kind : TokenKind::Identifier;
}

// [0-9]+ | ([1-9][0-9]*\.[0-9]* | 0?\.[0-9]+)([Ee][+-]?[0-9]+)?, at a digit or at `.` and a digit.
void Lexer::number() {
  if (path()) return;
  std::size_t end = skip(out_.position, kDigit);
  bool leading_zero = text_[out_.position] == '0';
  bool fraction = at(end) == '.' && (leading_zero ? end == out_.position + 1 && is(at(end + 1), kDigit)
                                                  : end > out_.position || is(at(end + 1), kDigit));
  if (!fraction) return push(TokenKind::Integer, end);
  end = skip(end + 1, kDigit);
  if (at(end) == 'e' || at(end) == 'E') {
    std::size_t digits = end + 1 + (at(end + 1) == '+' || at(end + 1) == '-');
    if (is(at(digits), kDigit)) end = skip(digits, kDigit);
  }
  push(TokenKind::Float, end);
}

void Lexer::punctuation() {
  char next = at(out_.position + 1);
  switch (text_[out_.position]) {
    case '{': modes_.push_back(Mode::Code); return fixed(TokenKind::LeftBrace);
    case '}': return close_brace();
    case '#': return line_comment();
    case '=': return next == '=' ? fixed2(TokenKind::EqualEqual) : fixed(TokenKind::Equal);
    case '!': return next == '=' ? fixed2(TokenKind::NotEqual) : fixed(TokenKind::Not);
    case '>': return next == '=' ? fixed2(TokenKind::GreaterEqual) : fixed(TokenKind::Greater);
    case '"': modes_.push_back(Mode::String); return fixed(TokenKind::Quote);
    case '<':
    case '.':
    case '-':
    case '+':
    case '/': return mark_or_path();
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
  invalid();
}

// One token for a run of bytes that begin no token and are no text either, so that a file of another kind is one mistake.
void Lexer::invalid() {
  std::size_t end = out_.position + 1;
  auto is_foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x7F || (static_cast<unsigned char>(c) < ' ' && !is(c, kSpace)); };
  if (is_foreign(text_[out_.position])) {
    while (end < size_ && is_foreign(text_[end])) ++end;
  }
  report(diagnostics_, Code::InvalidCharacter, range(out_.position, end));
  push(TokenKind::Invalid, end);
}

// An operator or another mark that may begin a path instead.
void Lexer::mark_or_path() {
  char c = text_[out_.position];
  char next = at(out_.position + 1);
  if (c == '/' && next == '*') return block_comment();
  if (c == '<' ? search_path() : path()) return;
  switch (c) {
    case '<':
      if (next == '=') return fixed2(TokenKind::LessEqual);
      return next == '|' ? fixed2(TokenKind::PipeLeft) : fixed(TokenKind::Less);
    case '.':
      if (is(next, kDigit)) return number();
      if (next == '.' && at(out_.position + 2) == '.') return push(TokenKind::Ellipsis, out_.position + 3);
      return fixed(TokenKind::Dot);
    case '-': return next == '>' ? fixed2(TokenKind::Implies) : fixed(TokenKind::Minus);
    case '+': return next == '+' ? fixed2(TokenKind::Concat) : fixed(TokenKind::Plus);
    default: return next == '/' ? fixed2(TokenKind::Update) : fixed(TokenKind::Slash);
  }
}

// A lone carriage return ends a comment as well.
void Lexer::line_comment() {
  push_trivia(TokenKind::LineComment, skip_while(text_, out_.position + 1, is_line));
}

void Lexer::block_comment() {
  std::size_t end = text_.find("*/", out_.position + 2);
  if (end != std::string_view::npos) return push_trivia(TokenKind::BlockComment, end + 2);
  report(diagnostics_, Code::UnclosedComment, range(out_.position, out_.position + 2));
  push_trivia(TokenKind::BlockComment, size_);
}

// Nix never pops the outermost mode: a stray `}` is a syntax error of the parser, not of the lexer.
void Lexer::close_brace() {
  if (!modes_.empty()) modes_.pop_back();
  fixed(TokenKind::RightBrace);
}

void Lexer::report_nul(std::size_t end) {
  std::string shown;
  for (char c : text_.substr(out_.position, end - out_.position)) {
    if (c) shown += c;
    else shown += "␀";
  }
  report(diagnostics_, Code::NulByte, range(out_.position, end), shown);
}

void Lexer::string_text() {
  bool nul = false;
  std::size_t end = string_text_end(out_.position, nul);
  if (nul) report_nul(end);
  if (end > out_.position) push(TokenKind::StringText, end);
  if (out_.position == size_) return;
  if (text_[out_.position] == '"') {
    modes_.pop_back();
    return fixed(TokenKind::Quote);
  }
  modes_.push_back(Mode::Code);
  fixed2(TokenKind::Interpolate);
}

// The end of the text from `from` on: at `"`, at `${`, or at the end of the file. `$` takes the next character with it
// unless that is `"`, `{` or a backslash, so `$${` is plain.
std::size_t Lexer::string_text_end(std::size_t from, bool& nul) const {
  std::size_t i = skip_while(text_, from, is_plain);
  for (; i < size_; i = skip_while(text_, std::min(i, size_), is_plain)) {
    char c = text_[i];
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
  std::size_t end = indented_text_end(out_.position, nul);
  if (nul) report_nul(end);
  if (end > out_.position) push(TokenKind::StringText, end);
  if (out_.position == size_) return;
  if (text_[out_.position] == '\'') {
    modes_.pop_back();
    return fixed2(TokenKind::IndentedQuote);
  }
  modes_.push_back(Mode::Code);
  fixed2(TokenKind::Interpolate);
}

// The end of the text from `from` on: at the closing quotes, at `${`, or at the end of the file.
std::size_t Lexer::indented_text_end(std::size_t from, bool& nul) const {
  std::size_t i = skip_while(text_, from, is_plain_indented);
  for (; i < size_; i = skip_while(text_, std::min(i, size_), is_plain_indented)) {
    char c = text_[i];
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

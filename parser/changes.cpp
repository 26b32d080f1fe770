#include "parser/changes.h"

#include <algorithm>
#include <iterator>

namespace evalctl::parser {
namespace {

// What may be missing, the likeliest first. Blanks keep words and marks from growing together with their neighbours.
constexpr std::string_view kMissing[] = {";",   ")", "}", "]", " = ", " x ",  "\"",     "''",     " in ",
                                         " then ", " else ", ":", "{", "(",   "[",    " , ", ".", " inherit ", " with ",  " let "};

// How many tokens before the error may be the wrong one.
constexpr std::size_t kReach = 12;
// Tokens of a line that are looked at for a missing quote.
constexpr std::size_t kMostQuotePlaces = 12;

bool is_opening(TokenKind kind) {
  switch (kind) {
    case TokenKind::LeftBrace:
    case TokenKind::LeftParen:
    case TokenKind::LeftBracket:
    case TokenKind::Interpolate:
    case TokenKind::Let:
    case TokenKind::If: return true;
    default: return false;
  }
}

bool is_closing(TokenKind kind) {
  return kind == TokenKind::RightBrace || kind == TokenKind::RightParen || kind == TokenKind::RightBracket ||
         kind == TokenKind::In || kind == TokenKind::Else;
}

// Whether the text of a string begins or ends as what is between two strings does.
bool resembles_code(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \n\t");
  if (first == std::string_view::npos) return true;
  return std::string_view(";)]},+").contains(text[first]) || std::string_view("=[({,+").contains(text[text.find_last_not_of(" \n\t")]);
}

class Changes {
 public:
  explicit Changes(const Reading& reading) : reading_(reading), error_(reading.error_token) {}

  std::vector<Change> list() {
    std::size_t line = line_start();
    quotes();
    insert_each(error_);
    remove(error_);
    if (error_ > 0) remove(error_ - 1);
    if (line < error_) insert_each(line);
    replace_each(error_);
    for (std::size_t opener : openers()) {
      remove(opener);
      replace_each(opener);
    }
    for (std::size_t back = 1; back <= kReach && back <= error_; ++back) {
      if (back > 1) remove(error_ - back);
      replace_each(error_ - back);
      if (error_ - back != line) insert_each(error_ - back);
    }
    return std::move(out_);
  }

 private:
  bool same_line(std::size_t from, std::size_t to) const {
    return reading_.text.substr(from, to - from).find('\n') == std::string_view::npos;
  }

  // The first token of the line of the error.
  std::size_t line_start() const {
    std::size_t at = error_;
    while (at > 0 && same_line(reading_.end(at - 1), reading_.begin(at))) --at;
    return at;
  }

  // The tokens before the error that open what is still open there, the innermost first, two at most.
  std::vector<std::size_t> openers() const {
    std::vector<std::size_t> out;
    std::size_t closed = 0;
    for (std::size_t at = error_; at-- > 0 && out.size() < 2;) {
      TokenKind kind = reading_.kind(at);
      if (is_closing(kind)) ++closed;
      else if (is_opening(kind) && closed > 0) --closed;
      else if (is_opening(kind)) out.push_back(at);
    }
    return out;
  }

  void add(std::uint32_t begin, std::uint32_t end, std::string_view inserted, bool removes_quote = false) {
    out_.push_back({{begin, end, inserted}, culprit_, removes_quote});
  }

  bool is_quote(std::size_t at) const { return reading_.kind(at) == TokenKind::Quote || reading_.kind(at) == TokenKind::IndentedQuote; }

  // Directly behind the token before, so that what is missing at the end of a line is not put into the next.
  void insert_each(std::size_t at) {
    std::uint32_t place = at > 0 ? reading_.end(at - 1) : reading_.begin(at);
    for (std::string_view missing : kMissing) add(place, place, missing);
  }

  void replace_each(std::size_t at) {
    if (at >= reading_.count()) return;
    for (std::string_view missing : kMissing) add(reading_.begin(at), reading_.end(at), missing, is_quote(at));
  }

  // A string without interpolations goes as a whole, too.
  void remove(std::size_t at) {
    if (at >= reading_.count()) return;
    add(reading_.begin(at), reading_.end(at), "", is_quote(at));
    bool string = reading_.kind(at) == TokenKind::Quote && at + 2 < reading_.count() &&
                  reading_.kind(at + 1) == TokenKind::StringText && reading_.kind(at + 2) == TokenKind::Quote;
    if (string) add(reading_.begin(at), reading_.end(at + 2), "");
  }

  // A missing quote makes text of the code between all strings that follow, which reads well for a while. The strings
  // before the error that reach over lines are such, and the first of them stands where the quote is missing.
  void quotes() {
    std::optional<std::size_t> first = first_long_string();
    if (!first) return;
    culprit_ = Range{reading_.begin(*first), reading_.end(*first)};
    std::size_t at = *first;
    for (std::size_t n = 0; n < kMostQuotePlaces && at > 0 && same_line(reading_.begin(at - 1), reading_.begin(*first)); ++n) --at;
    end_of_line(reading_.end(*first));
    for (; at <= *first; ++at) {
      add(reading_.begin(at), reading_.begin(at), "\"");
      add(reading_.begin(at), reading_.end(at), "\"");
      add(reading_.end(at), reading_.end(at), "\"");
    }
    add(reading_.begin(*first), reading_.end(*first), "");
    culprit_.reset();
  }

  // Quotes before the marks at the end of the line. Where nothing else follows, it is no opening quote that stands there.
  void end_of_line(std::uint32_t from) {
    auto end = static_cast<std::uint32_t>(std::min(reading_.text.find('\n', from), reading_.text.size()));
    std::uint32_t marks = end;
    while (marks > from && std::string_view(" ;)]},").contains(reading_.text[marks - 1])) --marks;
    if (marks == from) return;
    for (std::uint32_t place = marks; place <= end; ++place) add(place, place, "\"");
  }

  // The opening quote of the first of the strings right before the error that have line ends in them.
  std::optional<std::size_t> first_long_string() const {
    std::optional<std::size_t> first;
    if (reading_.kind(error_) == TokenKind::Quote) first = error_;
    for (std::size_t at = error_; at-- > 1;) {
      if (reading_.kind(at) != TokenKind::StringText || reading_.kind(at - 1) != TokenKind::Quote) continue;
      std::string_view text = reading_.text.substr(reading_.begin(at), reading_.end(at) - reading_.begin(at));
      bool long_text = text.contains('\n');
      if (long_text && resembles_code(text)) first = at - 1;
      else if (!long_text && !resembles_code(text)) break;
    }
    return first;
  }

  const Reading& reading_;
  std::size_t error_;
  std::optional<Range> culprit_;
  std::vector<Change> out_;
};

}  // namespace

std::size_t Reading::token_at(std::size_t offset) const {
  auto before = [&](std::uint32_t token) { return tokens[token].offset < offset; };
  auto last = significant.begin() + static_cast<std::ptrdiff_t>(count());
  return static_cast<std::size_t>(std::partition_point(significant.begin(), last, before) - significant.begin());
}

std::vector<Change> changes(const Reading& reading) { return Changes(reading).list(); }

}  // namespace evalctl::parser

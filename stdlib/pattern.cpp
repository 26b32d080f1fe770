#include "stdlib/pattern.h"

#include <algorithm>
#include <utility>

namespace evalctl::stdlib {
namespace {

// As in the matcher of regex.cpp: some expressions on some texts would take forever.
constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 28;

struct NamedClass {
  std::string_view name;
  bool (*contains)(unsigned char c);
};

bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
bool is_alpha(unsigned char c) { return is_upper(c) || is_lower(c); }

// Those of the C locale.
constexpr NamedClass kClasses[] = {
    {"alnum", [](unsigned char c) { return is_alpha(c) || is_digit(c); }},
    {"alpha", is_alpha},
    {"blank", [](unsigned char c) { return c == ' ' || c == '\t'; }},
    {"digit", is_digit},
    {"lower", is_lower},
    {"punct", [](unsigned char c) { return c > ' ' && c < 0x7f && !is_alpha(c) && !is_digit(c); }},
    {"space", [](unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }},
    {"upper", is_upper},
    {"xdigit", [](unsigned char c) { return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }},
};

}  // namespace

// Reads an expression; every function is false for what is left to the library.
class Pattern::Compiler {
 public:
  Compiler(std::string_view text, Pattern& out) : text_(text), out_(out) {}

  bool run() {
    if (std::ranges::any_of(text_, [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '\0'; })) return false;
    begin_alternatives(0);
    while (at_ < text_.size())
      if (!item()) return false;
    if (open_.size() != 1 || !end_alternatives()) return false;
    for (const Item& item : out_.items_) out_.matches_empty_ &= item.kind != Item::Kind::Set || item.optional;
    // Each that may be there more or less often takes a level of the stack.
    constexpr auto kMostLevels = 100;
    auto takes_level = [](const Item& item) { return item.optional || item.repeated || item.kind == Item::Kind::Try; };
    return std::ranges::count_if(out_.items_, takes_level) <= kMostLevels;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  bool item() {
    char c = text_[at_++];
    switch (c) {
      case '(':
        if (peek() == ')') return false;
        return open();
      case ')': return close();
      case '|': return next_alternative();
      case '^': return anchor(Item::Kind::Begin);
      case '$': return anchor(Item::Kind::End);
      case '.': return add(Set().set().reset(0));
      case '[': return bracket();
      case '\\':
        if (!std::string_view(".[\\()*+?{|^$").contains(peek()) || !peek()) return false;
        return add_character(text_[at_++]);
      case '*': case '+': case '?': case '{': case '}': case ']': return false;
      default: return add_character(c);
    }
  }

  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.items_.size()); }

  void begin_alternative() { out_.items_.push_back({.kind = Item::Kind::Last, .first_group = out_.groups_}); }

  void begin_alternatives(std::uint32_t group) {
    open_.push_back({.number = group, .first = here(), .alternative = here()});
    begin_alternative();
  }

  bool is_alternative_empty() const { return open_.back().alternative + 1 == here(); }

  // What is done with an alternative goes on with the next item.
  bool end_alternatives() {
    if (is_alternative_empty() && here() > 1) return false;
    const Group& group = open_.back();
    for (std::uint32_t i = group.first; i != group.alternative; i = out_.items_[i].number) {
      out_.items_[i].last_group = out_.groups_;
      out_.items_[out_.items_[i].number - 1].number = here();
    }
    return true;
  }

  bool open() {
    out_.items_.push_back({.kind = Item::Kind::Open, .number = out_.groups_});
    begin_alternatives(out_.groups_++);
    return true;
  }

  bool close() {
    if (open_.size() == 1 || is_quantifier() || !end_alternatives()) return false;
    out_.items_.push_back({.kind = Item::Kind::Close, .number = open_.back().number});
    open_.pop_back();
    return true;
  }

  bool next_alternative() {
    if (is_alternative_empty()) return false;
    out_.has_alternatives_ = true;
    out_.items_.push_back({.kind = Item::Kind::Done});
    std::uint32_t& alternative = open_.back().alternative;
    out_.items_[alternative].kind = Item::Kind::Try;
    out_.items_[alternative].number = here();
    alternative = here();
    begin_alternative();
    return true;
  }

  bool anchor(Item::Kind kind) {
    out_.anchored_ = true;
    out_.items_.push_back({.kind = kind});
    return !is_quantifier();
  }

  bool is_quantifier() const { return peek() && std::string_view("*+?{").contains(peek()); }
  bool add_character(char c) { return add(Set().set(static_cast<unsigned char>(c))); }

  // The set, and how often.
  bool add(const Set& set) {
    Item item{.number = static_cast<std::uint32_t>(out_.sets_.size())};
    out_.sets_.push_back(set);
    if (take('*')) item.optional = item.repeated = true;
    else if (take('+')) item.repeated = true;
    else if (take('?')) item.optional = true;
    if (is_quantifier()) return false;
    out_.items_.push_back(item);
    return true;
  }

  // Behind "[". A hyphen stands for itself where it comes first or last.
  bool bracket() {
    Set set;
    bool complement = take('^');
    if (peek() == ']') return false;
    int last = -1;  // the character that may begin a range
    for (bool first = true; !take(']'); first = false) {
      if (at_ >= text_.size()) return false;
      char c = text_[at_++];
      if (c == '[' && (peek() == '.' || peek() == '=')) return false;
      if (c == '[' && peek() == ':') {
        if (!named_class(set)) return false;
        last = -1;
      } else if (c == '-' && !first && peek() != ']') {
        char end = peek();
        if (last < 0 || end < last || end == '[' || end == '-' || !end) return false;
        for (int each = last; each <= end; ++each) set.set(static_cast<std::size_t>(each));
        ++at_;
        last = -1;
      } else {
        set.set(static_cast<unsigned char>(c));
        last = c;
      }
    }
    return add(complement ? ~set : set);
  }

  // At the colon of "[:name:]".
  bool named_class(Set& set) {
    std::string_view rest = text_.substr(at_ + 1);
    for (const NamedClass& known : kClasses) {
      if (!rest.starts_with(known.name) || !rest.substr(known.name.size()).starts_with(":]")) continue;
      for (int c = 0; c < 0x80; ++c)
        if (known.contains(static_cast<unsigned char>(c))) set.set(static_cast<std::size_t>(c));
      at_ += known.name.size() + 3;
      return true;
    }
    return false;
  }

  std::string_view text_;
  Pattern& out_;
  std::size_t at_ = 0;
  struct Group {
    std::uint32_t number, first, alternative;  // the items that its first and its last alternative begin with
  };
  std::vector<Group> open_;  // the first is the whole expression
};

std::optional<Pattern> Pattern::compile(std::string_view expression) {
  std::optional<Pattern> pattern(std::in_place);
  if (!Compiler(expression, *pattern).run()) pattern.reset();
  return pattern;
}

// One search. Groups are written on every way that is tried, so that the way that succeeds has written them last.
struct Pattern::Run {
  const Pattern& pattern;
  std::string_view text;
  bool whole;  // all of the text has to match
  struct Span { std::size_t from, to; };
  static constexpr std::size_t kNowhere = std::string_view::npos;
  std::vector<Span> groups;
  std::size_t end = 0;
  std::uint64_t steps = 0;

  bool matches(std::size_t item, std::size_t at) {
    for (; item < pattern.items_.size(); ++item) {
      const Item& next = pattern.items_[item];
      switch (next.kind) {
        case Item::Kind::Set:
          if (next.optional || next.repeated) return matches_often(item, at);
          if (at == text.size() || !contains(next, at++)) return false;
          break;
        case Item::Kind::Open: groups[next.number].from = at; break;
        case Item::Kind::Close: groups[next.number].to = at; break;
        case Item::Kind::Try:
          forget_groups(next);
          if (++steps < kMostSteps && matches(item + 1, at)) return true;
          forget_groups(next);
          item = next.number - 1;
          break;
        case Item::Kind::Last: break;
        case Item::Kind::Done: item = next.number - 1; break;
        case Item::Kind::Begin:
          if (at != 0) return false;
          break;
        case Item::Kind::End:
          if (at != text.size()) return false;
          break;
      }
    }
    end = at;
    return !whole || at == text.size();
  }

  // What was tried before may have written those of alternatives that are not taken now.
  void forget_groups(const Item& alternative) {
    for (std::uint32_t i = alternative.first_group; i < alternative.last_group; ++i) groups[i].to = kNowhere;
  }

  bool contains(const Item& item, std::size_t at) const { return pattern.sets_[item.number].test(static_cast<unsigned char>(text[at])); }

  bool matches_often(std::size_t item, std::size_t at) {
    const Item& often = pattern.items_[item];
    std::size_t most = often.repeated ? text.size() : std::min(text.size(), at + 1), last = at;
    while (last < most && contains(often, last)) ++last;
    steps += last - at + 1;
    for (std::size_t least = at + (often.optional ? 0 : 1); last + 1 > least && steps < kMostSteps; --last) {
      if (matches(item + 1, last)) return true;
      ++steps;
      if (last == 0) break;
    }
    return false;
  }

  Outcome search(std::size_t at, Match& found) {
    groups.assign(pattern.groups_, {0, kNowhere});
    bool yes = matches(0, at);
    if (steps >= kMostSteps) return Outcome::TooManySteps;
    if (!yes) return Outcome::No;
    found.whole = text.substr(at, end - at);
    found.groups.clear();
    for (auto [from, to] : groups) found.groups.push_back(to == kNowhere ? std::string_view() : text.substr(from, to - from));
    return Outcome::Yes;
  }
};

Pattern::Outcome Pattern::match(std::string_view text, Match& found) const { return Run{*this, text, true, {}}.search(0, found); }

Pattern::Outcome Pattern::search(std::string_view text, std::size_t at, Match& found) const {
  Run run{*this, text, false, {}};
  for (; at < text.size(); ++at)
    if (Outcome outcome = run.search(at, found); outcome != Outcome::No) return outcome;
  return Outcome::No;
}

}  // namespace evalctl::stdlib

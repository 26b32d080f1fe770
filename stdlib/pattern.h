// Matching of those regular expressions that try one thing after the other: characters and sets of characters, each perhaps
// repeated, anchors, groups around them, and alternatives. Nearly all expressions of packages are such, and the rest are rare.
//
// It accepts and finds exactly what libstdc++ does with the same POSIX extended expression: as much as possible for the first
// repeated set, then for the next one, and so on; alternatives from left to right. A search has to take the longest
// alternative instead, and is left to the library.
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace evalctl::stdlib {

class Pattern {
 public:
  // Nothing for an expression of another form (bounds, repeated groups, empty alternatives), and for what is no valid expression.
  static std::optional<Pattern> compile(std::string_view expression);

  enum class Outcome : std::uint8_t { No, Yes, TooManySteps };
  struct Match {
    std::string_view whole;
    std::vector<std::string_view> groups;  // without data where a group takes no part: that of another alternative
  };
  // Whether all of `text` matches.
  Outcome match(std::string_view text, Match& found) const;
  // The first place of `text`, from `at` on, that matches. Only where can_search().
  Outcome search(std::string_view text, std::size_t at, Match& found) const;
  bool can_search() const { return !anchored_ && !matches_empty_ && !has_alternatives_; }

 private:
  using Set = std::bitset<256>;
  // Of a group, its begin or end; of an alternative with others behind it, likewise; begin or end of the text; otherwise a set of
  // characters, how often. An alternative with none behind it begins with Last.
  struct Item {
    enum class Kind : std::uint8_t { Set, Open, Close, Try, Last, Done, Begin, End } kind = Kind::Set;
    bool optional = false, repeated = false;
    // Of the group, or of the set; the item that the next alternative begins with, or the one behind all alternatives.
    std::uint32_t number = 0;
    // Of an alternative: the groups in it and in those behind it.
    std::uint32_t first_group = 0, last_group = 0;
  };
  class Compiler;
  struct Run;
  std::vector<Item> items_;
  std::vector<Set> sets_;
  std::uint32_t groups_ = 0;
  bool anchored_ = false, matches_empty_ = true, has_alternatives_ = false;
};

}  // namespace evalctl::stdlib

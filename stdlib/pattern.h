// Matching of those regular expressions that try one thing after the other: characters and sets of characters, each perhaps
// repeated, and groups around them. Nearly all expressions of packages are such, and most of the rest are rare.
//
// It accepts and finds exactly what libstdc++ does with the same POSIX extended expression: as much as possible for the first
// repeated set, then for the next one, and so on.
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace evalctl::stdlib {

class Pattern {
 public:
  // Nothing for an expression of another form (alternatives, bounds, repeated groups, anchors inside), and for what is no
  // valid expression.
  static std::optional<Pattern> compile(std::string_view expression);

  enum class Outcome : std::uint8_t { No, Yes, TooManySteps };
  struct Match {
    std::string_view whole;
    std::vector<std::string_view> groups;
  };
  // Whether all of `text` matches.
  Outcome match(std::string_view text, Match& found) const;
  // The first place of `text`, from `at` on, that matches. Not to be asked where the pattern is anchored or matches nothing.
  Outcome search(std::string_view text, std::size_t at, Match& found) const;
  // Whether search() may be used.
  bool can_search() const { return !anchored_ && !matches_empty_; }

 private:
  using Set = std::bitset<256>;
  // Of a group, its begin or end; otherwise a set of characters, how often.
  struct Item {
    enum class Kind : std::uint8_t { Set, Open, Close } kind = Kind::Set;
    bool optional = false, repeated = false;
    std::uint32_t number = 0;  // of the group, or of the set
  };
  class Compiler;
  struct Run;
  std::vector<Item> items_;
  std::vector<Set> sets_;
  std::uint32_t groups_ = 0;
  bool anchored_ = false, matches_empty_ = true;
};

}  // namespace evalctl::stdlib

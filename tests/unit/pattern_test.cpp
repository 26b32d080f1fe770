#include "stdlib/pattern.h"

#include <catch2/catch.hpp>

#include <random>
#include <regex>
#include <string>

using evalctl::stdlib::Pattern;

namespace {

// Random expressions and texts of few characters, so that they often match.
class Source {
 public:
  std::string expression() {
    std::string out;
    int open = 0;
    for (int n = below(6); n-- >= 0;) {
      if (below(5) == 0) {
        out += '(';
        ++open;
      }
      if (below(4) == 0) out += '|';
      if (below(8) == 0) out += pick({"^", "$"});
      out += pick({"a", "b", "-", "\\.", ".", "[ab]", "[^a]", "[a-c-]", "[-a]", "[[:alpha:]-]", "[^[:digit:].]", "[[:space:]1]", "x|y", "a{2}", "(ab|a)", "(a|ab*|.b)", "(b|a+)"});
      out += pick({"", "", "*", "+", "?"});
      if (open && below(3) == 0) {
        out += ')';
        --open;
      }
    }
    while (open-- > 0) out += ')';
    return out;
  }

  std::string text() {
    std::string out;
    for (int n = below(12); n-- > 0;) out += pick({"a", "a", "b", "c", "-", ".", "1", " ", "\xff"});
    return out;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  const char* pick(std::initializer_list<const char*> choices) { return choices.begin()[below(static_cast<int>(choices.size()))]; }
  std::mt19937 random_{7};
};

std::string shown(const Pattern::Match& match) {
  std::string out(match.whole);
  for (std::string_view group : match.groups) (out += '\n') += group.data() ? group : "(none)";
  return out;
}

std::string shown(const std::smatch& match) {
  std::string out;
  for (std::size_t i = 0; i < match.size(); ++i) (out += i ? "\n" : "") += match[i].matched ? match[i].str() : "(none)";
  return out;
}

}  // namespace

TEST_CASE("simple expressions match as those of the library") {
  Source source;
  int simple = 0, matched = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string expression = source.expression(), text = source.text();
    auto pattern = Pattern::compile(expression);
    if (!pattern) continue;
    ++simple;
    INFO(expression << " on '" << text << "'");
    std::regex regex(expression, std::regex::extended);
    std::smatch expected;
    Pattern::Match found;
    bool whole = std::regex_match(text, expected, regex);
    REQUIRE((pattern->match(text, found) == Pattern::Outcome::Yes) == whole);
    matched += whole;
    if (whole) REQUIRE(shown(found) == shown(expected));
    if (!pattern->can_search()) continue;
    bool some = std::regex_search(text, expected, regex);
    REQUIRE((pattern->search(text, 0, found) == Pattern::Outcome::Yes) == some);
    if (some) REQUIRE(shown(found) == shown(expected));
    if (some) REQUIRE(found.whole.data() - text.data() == expected.position(0));
  }
  CHECK(simple > 5000);
  CHECK(matched > 500);
}

TEST_CASE("sets of characters are those of the library") {
  for (const char* set : {"[[:alnum:]]", "[[:alpha:]]", "[[:blank:]]", "[[:digit:]]", "[[:lower:]]", "[[:punct:]]", "[[:space:]]", "[[:upper:]]",
                          "[[:xdigit:]]", "[^[:alnum:]]", "[+-.]", "[--/]", "[\\n]", "[a-]", ".", "\\$", "x", "[^/]"}) {
    auto pattern = Pattern::compile(set);
    REQUIRE(pattern);
    std::regex regex(set, std::regex::extended);
    for (int c = 1; c < 256; ++c) {
      std::string text(1, static_cast<char>(c));
      Pattern::Match found;
      INFO(set << " on byte " << c);
      CHECK((pattern->match(text, found) == Pattern::Outcome::Yes) == std::regex_match(text, regex));
    }
  }
}

TEST_CASE("other expressions are left to the library") {
  for (const char* other : {"|", "a|", "(a|)", "(|a)", "(a||b)", "(a|b)*", "^*", "(ab)*", "a{2}", "a**", "*a", "(", ")", "[", "[]", "[]a]", "[z-a]", "[[.a.]]", "[[:none:]]", "\\d", "()",
                            "ü", "\\"}) {
    INFO(other);
    CHECK_FALSE(Pattern::compile(other));
  }
}

TEST_CASE("the first alternative that leads to a match is taken") {
  auto pattern = Pattern::compile("(a|ab|[a-c]+)(c|bcd?|.*)");
  REQUIRE(pattern);
  CHECK_FALSE(pattern->can_search());
  Pattern::Match found;
  CHECK(pattern->match("abc", found) == Pattern::Outcome::Yes);
  CHECK(found.groups.at(0) == "a");
  CHECK(found.groups.at(1) == "bc");
  CHECK(pattern->match("abx", found) == Pattern::Outcome::Yes);
  CHECK(found.groups.at(1) == "bx");
}

TEST_CASE("groups of alternatives that are not taken are none") {
  auto pattern = Pattern::compile("^/a($|/(b|c/d)($|/.*)|/(e))");
  REQUIRE(pattern);
  Pattern::Match found;
  CHECK(pattern->match("/a/c/d/x", found) == Pattern::Outcome::Yes);
  CHECK(shown(found) == "/a/c/d/x\n/c/d/x\nc/d\n/x\n(none)");
  CHECK(pattern->match("/a", found) == Pattern::Outcome::Yes);
  CHECK(shown(found) == "/a\n\n(none)\n(none)\n(none)");
  CHECK(pattern->match("/a/e", found) == Pattern::Outcome::Yes);
  CHECK(shown(found) == "/a/e\n/e\n(none)\n(none)\ne");
  CHECK(pattern->match("/a/bx", found) == Pattern::Outcome::No);
}

TEST_CASE("anchors at both ends are those of the whole text") {
  auto pattern = Pattern::compile("^(a*)b$");
  REQUIRE(pattern);
  CHECK_FALSE(pattern->can_search());
  Pattern::Match found;
  CHECK(pattern->match("aab", found) == Pattern::Outcome::Yes);
  CHECK(found.groups.at(0) == "aa");
  CHECK(pattern->match("aabb", found) == Pattern::Outcome::No);
}

TEST_CASE("a search that takes forever gives up") {
  auto pattern = Pattern::compile("a*a*a*a*a*a*a*a*b");
  REQUIRE(pattern);
  Pattern::Match found;
  CHECK(pattern->match(std::string(2000, 'a'), found) == Pattern::Outcome::TooManySteps);
}

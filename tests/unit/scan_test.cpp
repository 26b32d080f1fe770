#include "parser/scan.h"

#include <catch2/catch.hpp>
#include <string>

#include "parser/characters.h"

using namespace evalctl::parser;

namespace {

// Whether a class of Bytes holds for exactly the bytes that `expected` names.
template <class Class, class Expected>
void check_class(Class belongs, Expected expected) {
  for (int c = 0; c < 256; ++c) {
    std::string text(1, static_cast<char>(c));
    INFO("byte " << c);
    CHECK((skip_while(text + "\0", 0, belongs) >= 1) == expected(static_cast<char>(c)));
  }
}

}  // namespace

TEST_CASE("classes of bytes") {
  auto alphanumeric = [](char c) { return is(c, kLetter | kDigit); };
  check_class(is_blank, [](char c) { return is(c, kSpace); });
  check_class(continues_identifier, [&](char c) { return alphanumeric(c) || c == '_' || c == '-' || c == '\''; });
  check_class(continues_path, [](char c) { return is(c, kPathChar); });
  check_class(is_line, [](char c) { return c != '\n' && c != '\r'; });
  check_class(is_plain, [](char c) { return c != '"' && c != '\\' && c != '$' && c != '\0'; });
  check_class(is_plain_indented, [](char c) { return c != '\'' && c != '$' && c != '\0'; });
}

TEST_CASE("runs end where they should at every length and place") {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t length = 0; length < 50; ++length) {
      std::string text = std::string(before, '.') + std::string(length, ' ');
      CHECK(skip_while(text, before, is_blank) == before + length);
      text += "x  and more text behind it";
      CHECK(skip_while(text, before, is_blank) == before + length);
    }
  }
}

TEST_CASE("a zero byte is part of a comment, also at the end") {
  std::string text("a\0b\0", 4);
  CHECK(skip_while(text, 0, is_line) == 4);
}

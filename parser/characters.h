// What each byte may be part of, as one table of bit sets.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace evalctl::parser {

enum CharacterClass : std::uint8_t {
  kSpace = 1,        // blank, tab, line feed, carriage return
  kLetter = 2,       // a-z A-Z
  kDigit = 4,
  kPathChar = 8,    // may stand in a segment of a path
  kUriChar = 16,     // may stand after the colon of a URI
};

constexpr std::array<std::uint8_t, 256> make_character_table() {
  std::array<std::uint8_t, 256> table{};
  auto add = [&](std::string_view characters, int bits) {
    for (char c : characters) table[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(bits);
  };
  add(" \t\n\r", kSpace);
  for (int c = 0; c < 26; ++c) {
    table['a' + c] |= kLetter | kPathChar | kUriChar;
    table['A' + c] |= kLetter | kPathChar | kUriChar;
  }
  for (int c = '0'; c <= '9'; ++c) table[c] |= kDigit | kPathChar | kUriChar;
  add("._-+", kPathChar);
  add("%/?:@&=+$,-_.!~*'", kUriChar);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kCharacters = make_character_table();

inline bool is(char c, int classes) { return (kCharacters[static_cast<unsigned char>(c)] & classes) != 0; }

}  // namespace evalctl::parser

// What each byte may be part of, as one table of bit sets.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace evalctl::parser {

enum CharacterClass : std::uint8_t {
  kSpace = 1,        // blank, tab, line feed, carriage return
  kIdentifier = 2,   // may continue an identifier
  kLetter = 4,       // a-z A-Z
  kDigit = 8,
  kPathChar = 16,    // may stand in a segment of a path
  kUriChar = 32,     // may stand after the colon of a URI
  kStringStop = 64,  // ends a run of plain characters of a "..." string
  kIndentedStop = 128,
};

constexpr std::array<std::uint8_t, 256> make_character_table() {
  std::array<std::uint8_t, 256> table{};
  auto add = [&](std::string_view characters, int bits) {
    for (char c : characters) table[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(bits);
  };
  add(" \t\n\r", kSpace);
  for (int c = 0; c < 26; ++c) {
    table['a' + c] |= kIdentifier | kLetter | kPathChar | kUriChar;
    table['A' + c] |= kIdentifier | kLetter | kPathChar | kUriChar;
  }
  for (int c = '0'; c <= '9'; ++c) table[c] |= kIdentifier | kDigit | kPathChar | kUriChar;
  add("_'-", kIdentifier);
  add("._-+", kPathChar);
  add("%/?:@&=+$,-_.!~*'", kUriChar);
  add(std::string_view("\"\\$\0", 4), kStringStop);
  add(std::string_view("'$\0", 3), kIndentedStop);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kCharacters = make_character_table();

inline bool is(char c, int classes) { return (kCharacters[static_cast<unsigned char>(c)] & classes) != 0; }

}  // namespace evalctl::parser

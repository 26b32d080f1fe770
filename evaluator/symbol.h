// Interned names. A Symbol is an index into one table of the process; equal names have equal symbols.
#pragma once
#include <compare>
#include <cstdint>
#include <string_view>

namespace evalctl::evaluator {

struct Symbol {
  std::uint32_t id = 0;
  auto operator<=>(const Symbol&) const = default;
};

// Who makes more ends the process as if there were no memory left.
constexpr std::uint32_t kMostSymbols = 1u << 26;
// Thread-safe. The text of a symbol lives as long as the process.
Symbol intern(std::string_view text);
std::string_view text_of(Symbol symbol);
// How many symbols have their numbers from first_names.def: 1 ... that.
extern const std::uint32_t kFirstNames;
// Symbols are numbered 1 ... symbol_count().
std::uint32_t symbol_count();
// Orders by text, bytewise: the order that users see.
inline bool text_less(Symbol a, Symbol b) { return a != b && text_of(a) < text_of(b); }

}  // namespace evalctl::evaluator

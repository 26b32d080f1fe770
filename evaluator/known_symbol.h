// Symbols of texts that may be no names, or whose hashes are known.
#pragma once
#include <string_view>

#include "evaluator/symbol.h"

namespace evalctl::evaluator {

// The symbol of a text that some name has already; otherwise the one whose id is 0. Thread-safe.
Symbol find_symbol(std::string_view text);

// The same in every process of this build.
std::uint32_t symbol_hash(std::string_view text);
// intern() of a text with that symbol_hash. Thread-safe.
Symbol intern_hashed(std::string_view text, std::uint32_t hash);

// Fetches what intern_hashed of such a hash will look at first.
void prefetch_symbol(std::uint32_t hash);

}  // namespace evalctl::evaluator

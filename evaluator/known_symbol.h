// Symbols of texts that may be no names.
#pragma once
#include <string_view>

#include "evaluator/symbol.h"

namespace evalctl::evaluator {

// The symbol of a text that some name has already; otherwise the one whose id is 0. Thread-safe.
Symbol find_symbol(std::string_view text);

}  // namespace evalctl::evaluator

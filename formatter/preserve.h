// The check that formatting kept the program: run before anything is written.
#pragma once
#include <optional>
#include <string>

#include "parser/parse.h"

namespace evalctl::formatter {

// What differs between a program and its formatted form, as a sentence; nothing when they are the same.
//
// The same are: the shape of the trees; each significant token, but for a comma before the `}` of parameters; the value
// of each string, however it is quoted and indented; and what the comments say, wherever they stand.
// Cost O(n).
std::optional<std::string> find_difference(const parser::Tree& before, const parser::Tree& after);

}  // namespace evalctl::formatter

// What toml++ must not be given.
#pragma once
#include <string_view>

#include "base/result.h"

namespace evalctl::base {

// An error for a text with a character beyond ASCII outside of strings and comments: no TOML text has one, and toml++ goes
// astray on some of them. Whoever parses TOML asks this first.
Result<void> check_toml(std::string_view text);

}  // namespace evalctl::base

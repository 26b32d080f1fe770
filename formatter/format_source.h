// The formatting of a text as the rest of the module uses it.
#pragma once
#include "formatter/format.h"

namespace evalctl::formatter {

// The tree, with pipe operators, and the diagnostics that keep a file from being formatted: faults of meaning, such as an
// attribute defined twice, are left out.
parser::ParseResult parse_source(std::string_view text);

// format() with all lines `shift` columns further right, or left where it is negative; never beyond the first column.
Formatted format_source(std::string_view text, const Options& options, std::int32_t shift);

}  // namespace evalctl::formatter

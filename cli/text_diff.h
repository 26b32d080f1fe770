// What differs between two texts, for people.
#pragma once
#include <string>
#include <string_view>

namespace evalctl::cli {

// Lines that were removed ("- ") and added ("+ "), each after `indent`; where a text has one line, its words instead.
std::string text_diff(std::string_view before, std::string_view after, std::string_view indent);

}  // namespace evalctl::cli

// What a text must be to become a string of the language, or to leave it.
#pragma once
#include <string_view>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

// False after an error for a text with NUL bytes, which no string can hold. `where` stands before the message.
bool check_no_nul(evaluator::Vm& vm, std::string_view text, std::string_view where = "");

}  // namespace evalctl::stdlib

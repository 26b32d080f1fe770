// Values as `nix-instantiate --eval` prints them.
#pragma once
#include <string>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

// Appends `v`. `deep`: everything inside is evaluated; otherwise what is not evaluated yet is shown as <CODE>. False on
// failure.
bool print_value(evaluator::Vm& vm, evaluator::Value v, std::string& out, bool deep);

}  // namespace evalctl::stdlib

// What Nix itself writes in Nix, and how derivations come to be.
#pragma once
#include <string_view>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

// The function `derivation`, evaluated from the embedded prelude. No value on failure.
evaluator::Value derivation_function(evaluator::Vm& vm);

// The text of an embedded file ("fetchurl.nix"); empty when there is none of that name.
std::string_view embedded_file(std::string_view name);

}  // namespace evalctl::stdlib

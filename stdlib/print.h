// Values as `nix-instantiate --eval` prints them.
#pragma once
#include <string>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

struct PrintOptions {
  // Everything inside is evaluated; otherwise what is not evaluated yet is shown as <CODE>.
  bool deep = false;
  // A derivation is «derivation /nix/store/….drv», as `nix eval` prints it, and nothing else in it is evaluated.
  bool derivations_by_path = false;
};

// Appends `v`. False on failure.
bool print_value(evaluator::Vm& vm, evaluator::Value v, std::string& out, const PrintOptions& options);

}  // namespace evalctl::stdlib

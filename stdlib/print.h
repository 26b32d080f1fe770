// Values as `nix-instantiate --eval` prints them.
#pragma once
#include <string>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

struct PrintOptions {
  // Everything inside is evaluated; otherwise what is not evaluated yet is shown as <CODE>.
  bool deep = false;
  // As `nix eval` prints them, a derivation is «derivation /nix/store/….drv», and nothing else in it is evaluated, and a function
  // «lambda name @ file:1:2».
  bool by_name = false;
  // What fails inside of a list or a set is shown in its place, as `nix eval` does, and nothing fails.
  bool errors_inside = false;
};

// Appends `v`. False on failure.
bool print_value(evaluator::Vm& vm, evaluator::Value v, std::string& out, const PrintOptions& options);

}  // namespace evalctl::stdlib

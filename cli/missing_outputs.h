// What a flake does not provide: the place in its text that comes nearest, and what to ask for instead.
#pragma once
#include <string>
#include <vector>

#include "evaluator/vm.h"

namespace evalctl::cli {

struct WantedOutput {
  // As it stands on the command line: "./folder", and what follows its `#`.
  std::string flake, fragment;
  // The attribute paths that were tried, and the system among their names.
  std::vector<std::vector<std::string>> tried;
  std::string system;
};

// Sets the pending error: "flake … does not provide attribute …". `root` are the flake's outputs. Evaluates sets of
// outputs, for their names only.
void fail_missing_output(evaluator::Vm& vm, const std::string& message, evaluator::Value root, const WantedOutput& wanted);

// What to write for a word that names no flake; nothing where that is not known.
std::string advice_for_address(const std::string& word);

}  // namespace evalctl::cli

// The derivations that a value holds, as nix-instantiate finds them.
#pragma once
#include <string>
#include <vector>

#include "cli/session.h"

namespace evalctl::cli {

struct FoundDerivation {
  std::string drv_path;
  std::string output_name;
};

// Calls `root` if it wants arguments; takes it when it is a derivation, else what its attributes or elements hold. Sets
// inside are entered only when they have `recurseForDerivations = true`. False on failure (vm.error is set).
bool find_derivations(Session& session, evaluator::Value root, std::vector<FoundDerivation>& found);

}  // namespace evalctl::cli

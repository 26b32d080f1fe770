// What commands make of what they find in a flake: configurations stand for what is built of them.
#pragma once
#include <string>

#include "cli/installables.h"
#include "cli/output.h"

namespace evalctl::cli {

// `nixosConfigurations.X` -> its system, `darwinConfigurations.X` and `homeConfigurations.X` alike; all else is itself.
evaluator::Value built_of(evaluator::Vm& vm, const Selected& selected);
// One of the images of a NixOS configuration, and the names of all.
evaluator::Value image_of(evaluator::Vm& vm, const Selected& selected, const std::string& variant);
evaluator::Value image_names(evaluator::Vm& vm, const Selected& selected);

bool is_derivation(evaluator::Vm& vm, evaluator::Value forced);
// Its drvPath and a line end; as JSON also name, system and outputs.
bool show_derivation(evaluator::Vm& vm, evaluator::Value derivation, bool json, std::string& out);

}  // namespace evalctl::cli

// Registries: what `flake:nixpkgs` stands for.
#pragma once
#include "stdlib/flakes/reference.h"

namespace evalctl::stdlib {

// Which of them are asked: the user's command line and the global one (inputs of flakes), or all.
enum class Registries { None, Limited, All };

struct ResolvedInput {
  Input input;
  // The folder that the registry's entry names; "" without one.
  std::string folder;
};

// The direct input that an indirect one leads to; others are returned as they are.
base::Result<ResolvedInput> resolve_input(World& world, const Input& input, Registries which);

}  // namespace evalctl::stdlib

// Building: evaluation ends with derivations, and the Nix of this machine makes their outputs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/session.h"

namespace evalctl::cli {

// The program `name` of the real Nix in PATH; "" where there is none but links to this program.
std::string real_program(const std::string& name);

// Chooses the store of a command that builds: that of --store, or else this machine's, also where no daemon runs. To be
// called before Session::run.
void choose_store_for_building(Session& session);

// Runs `nix-store --realise` on "PATH.drv" or "PATH.drv!output", after everything is written to the store, and returns what it
// prints: a path a line. No value on failure (vm.error is set).
std::optional<std::vector<std::string>> realise(Session& session, const std::vector<std::string>& wanted, const std::vector<std::string>& options);

}  // namespace evalctl::cli

// The commands of `evalctl flake` and `nix flake`: what they share, and each of them.
#pragma once
#include <string>
#include <vector>

#include "cli/flake_options.h"
#include "cli/session.h"
#include "stdlib/flakes/flake.h"

namespace evalctl::cli {

struct FlakeCommand {
  Session& session;
  FlakeOptions options;
  // The flake: of --flake or the first word.
  std::string reference = ".";
  std::vector<std::string> words;
  bool json = false, all_systems = false, legacy = false, build = true, keep_going = false;
  // Of --template; without one, a first flake.nix.
  std::string template_reference;
};

// All run inside Session::run and return false on failure, with vm.error set or after messages. The first two have no use for
// the flake's `nixConfig`, as with Nix.
bool show_flake_metadata(FlakeCommand& command);
bool show_flake_outputs(FlakeCommand& command);
bool check_flake(FlakeCommand& command);
bool init_flake(FlakeCommand& command, const std::string& folder);

// Locks the flake of the command line. False on failure (vm.error is set).
bool lock_flake(FlakeCommand& command, stdlib::LockedFlake& locked);
// The outputs of a locked flake: no value on failure.
evaluator::Value flake_outputs(Session& session, const stdlib::LockedFlake& locked);

}  // namespace evalctl::cli

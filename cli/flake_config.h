// `nixConfig` of a flake that a command is about: settings that its text asks for. Whether they are taken is said by the
// setting accept-flake-config, by what was answered earlier (nix/trusted-settings.json in the folder for data), or now.
#pragma once
#include "cli/session.h"
#include "stdlib/flakes/flake.h"

namespace evalctl::cli {

void apply_flake_config(Session& session, const stdlib::FlakeConfig& config);

}  // namespace evalctl::cli

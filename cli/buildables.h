// What is to be built of the installables of a command line.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "cli/installables.h"
#include "cli/session.h"

namespace evalctl::cli {

struct Buildable {
  // A derivation with the outputs that are wanted, sorted; or another store path, which is only asked for.
  std::string path;
  std::vector<std::string> outputs;
  // Where the outputs will be; "" where only a build tells. Complete after build().
  std::map<std::string, std::string> output_paths;

  // "PATH.drv!out,dev"
  std::string to_string() const;
};

// The derivations that the words select, with their outputs: those after `^`, else what `meta.outputsToInstall` names, else
// `out`. Inside Session::run; false on failure (vm.error is set).
bool buildables_of(Session& session, const InstallableOptions& options, std::vector<Buildable>& found);
// Hands them to the real nix-store with further options. False on failure (vm.error is set).
bool build(Session& session, std::vector<Buildable>& buildables, const std::vector<std::string>& options);
// What nix-build does with derivations: builds the output of each, links to it ("" for no links), and prints where it is.
bool build_found(Session& session, const std::vector<FoundDerivation>& found, std::vector<std::string> options, const std::string& link, bool dry_run);
// Makes `link` point to `path`, and keeps that from being collected. False on failure (vm.error is set).
bool make_root(Session& session, const std::string& link, const std::string& path);

}  // namespace evalctl::cli

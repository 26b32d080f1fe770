// Flakes: flake.nix read, its inputs locked, its outputs evaluated.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "evaluator/vm.h"
#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/lock_file.h"
#include "stdlib/flakes/registry.h"

namespace evalctl::stdlib {

struct FlakeInput {
  std::optional<FlakeReference> reference;
  bool is_flake = true;
  // From the root of the lock file.
  std::optional<InputPath> follows;
  // What `inputs` says about the inputs of this input.
  std::map<std::string, FlakeInput> overrides;
};
using FlakeInputs = std::map<std::string, FlakeInput>;
// `nixConfig`: settings by their names, as nix.conf has them.
using FlakeConfig = std::map<std::string, std::string>;

struct Flake {
  FlakeReference original, resolved, locked;
  // The folder with the flake.nix, in the store.
  std::string folder;
  std::optional<std::string> description;
  FlakeInputs inputs;
  // `inputs.self`: how the flake itself is to be fetched.
  InputAttributes self_attributes;
  FlakeConfig config;
  // What is evaluated differs from what the revision has, as its lock file would have to change.
  bool dirty = false;
};

struct LockOptions {
  bool update = true;
  bool write = true;
  bool recreate = false;
  bool use_registries = true;
  bool allow_unlocked = true;
  // Accept inputs in lock files that only a NAR hash determines.
  bool allow_dirty_locks = false;
  // Commit a lock file that was written, to the Git repository it is in.
  bool commit = false;
  // A lock file that cannot be written as it has an unlocked input is an error.
  bool fail_on_unlocked = false;
  std::map<InputPath, FlakeReference> overrides;
  std::set<InputPath> updates;
  // Read the lock file from elsewhere, and write it elsewhere.
  std::optional<std::string> reference_file, output_file;
  // Applies the flake's own settings before its inputs are locked; where there is none they count for nothing.
  std::function<void(const FlakeConfig&)> apply_config;
};

struct LockedFlake {
  Flake flake;
  LockFile lock_file;
  // Nodes whose trees were fetched to lock them: their folders in the store.
  std::map<std::shared_ptr<LockNode>, std::string> folders;
};

// Errors of evaluation stay pending in the machine; then the result's message does not count.
base::Result<Flake> get_flake(evaluator::Vm& vm, const FlakeReference& reference, Registries registries, const InputPath& path);
// Reads the flake.nix in `folder`.
base::Result<Flake> read_flake(evaluator::Vm& vm, const FlakeReference& original, const FlakeReference& resolved, const FlakeReference& locked,
                               const std::string& root, const InputPath& path);
base::Result<LockedFlake> lock_flake(evaluator::Vm& vm, const FlakeReference& reference, const LockOptions& options);
// { outputs; inputs; sourceInfo; ... }: the value of a flake. No value on failure.
evaluator::Value call_flake(evaluator::Vm& vm, const LockedFlake& locked);

}  // namespace evalctl::stdlib

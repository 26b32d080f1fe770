// flake.lock: the graph of a flake's inputs, each with the reference that was asked for and the one it was locked to.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stdlib/flakes/reference.h"

namespace evalctl::stdlib {

// Names of inputs from the root: {"nixops", "nixpkgs"}.
using InputPath = std::vector<std::string>;

struct LockNode;
// The node of an input, or the path of the input that it follows.
using LockEdge = std::variant<std::shared_ptr<LockNode>, InputPath>;

struct Lock {
  FlakeReference locked, original;
  bool is_flake = true;
  // The flake that a relative `path:` input is relative to.
  std::optional<InputPath> parent;
};

struct LockNode {
  std::map<std::string, LockEdge> inputs;
  // None for the root.
  std::optional<Lock> lock;
};

struct LockFile {
  std::shared_ptr<LockNode> root = std::make_shared<LockNode>();

  // Reads versions 5 to 7. `name` is for messages. `allow_unlocked`: also entries that only a NAR hash determines.
  static base::Result<LockFile> parse(const std::string& text, const std::string& name);
  // Version 7, as Nix writes it, without the final line end. `keys` receives the name of each node.
  std::string to_string(std::map<const LockNode*, std::string>* keys = nullptr) const;
  // The node of an input; null when there is none. An error for follows that go in a circle.
  base::Result<std::shared_ptr<LockNode>> find(const InputPath& path) const;
  std::map<InputPath, LockEdge> all_inputs() const;
  // An error when an input follows one that does not exist.
  base::Result<void> check_follows() const;
  // An input whose contents the lock does not determine.
  std::optional<FlakeReference> unlocked_input(bool allow_dirty) const;
};

// What changed, a line or three for each input.
std::string lock_difference(const LockFile& before, const LockFile& after);

base::Result<InputPath> parse_input_path(std::string_view text);
std::string to_string(const InputPath& path);

}  // namespace evalctl::stdlib

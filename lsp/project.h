// What a file belongs to: the folder of its project, the nixpkgs it is evaluated with, and the files that the project is
// evaluated by. Found by looking at the disk; nothing is evaluated.
#pragma once
#include <string>
#include <vector>

#include "lsp/snapshot.h"

namespace evalctl::lsp {

struct Project {
  std::string root;
  // Empty when none was found. A flake's is found by evaluating it.
  std::string nixpkgs;
  // The folder with flake.nix, or empty.
  std::string flake;
  std::vector<std::string> entries;
  // A configuration for NixOS that no entry may know of.
  std::string system_module;
  std::string system;
  std::uint64_t memory_bytes = 0;
  std::uint64_t milliseconds = 0;
  // The project is nixpkgs itself.
  bool is_nixpkgs = false;
  bool operator==(const Project&) const = default;
};

// `evalctl.toml`, in the project's folder or above, has the same settings as the editor's, and precedence over them.
Project find_project(const Settings& settings, const std::string& file);
// Reads the evalctl.toml in `folder` over `settings`; false when there is none.
bool read_configuration(const std::string& folder, Settings& settings);
// A folder laid out as nixpkgs is.
bool is_nixpkgs(const std::string& folder);

}  // namespace evalctl::lsp

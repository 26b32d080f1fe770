// Flake references: an input and the folder in it that has the flake.nix.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "stdlib/flakes/input.h"

namespace evalctl::stdlib {

struct FlakeReference {
  Input input;
  // Below the root of the tree; "" for the root.
  std::string folder;

  static base::Result<FlakeReference> from_attributes(InputAttributes attributes);
  InputAttributes to_attributes() const;
  std::string to_string() const;
  // With the query parameter `dir` of old lock files taken out of the URL.
  FlakeReference canonical() const;
  bool operator==(const FlakeReference&) const = default;
};

struct ReferenceOptions {
  // What relative paths are relative to; without it, they are errors.
  std::optional<std::string> base_folder;
  // Look for the flake.nix, and for the Git repository around it, in parent folders.
  bool search_upwards = true;
  // The input is a flake, not just a tree.
  bool is_flake = true;
  // Relative paths stay as they are: inputs of a flake.nix.
  bool keep_relative = false;
};

struct ReferenceAndFragment {
  FlakeReference reference;
  std::string fragment;
};

base::Result<ReferenceAndFragment> parse_reference_with_fragment(const std::string& text, const ReferenceOptions& options);
// The same for texts that must not have a fragment.
base::Result<FlakeReference> parse_reference(const std::string& text, const ReferenceOptions& options);

}  // namespace evalctl::stdlib

// Inputs that are built by derivations: outputs of a .drv that is itself an output of another ("dynamic-derivations").
//
// Such an input is named by the .drv that is known, and the outputs that lead to the one that is not:
//
//   /nix/store/…-p.drv!out        the derivation that output `out` of p.drv is
//   /nix/store/…-p.drv!out!out    the one that output `out` of that is
//
// No store path has a `!` in it, and all letters of names sort behind it: the inputs from one .drv stand together.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "store/aterm.h"

namespace evalctl::store {

// So many outputs may lead to a derivation: whoever writes or reads it goes as deep.
constexpr std::ptrdiff_t kMostDynamicOutputs = 100;
inline std::ptrdiff_t dynamic_outputs_of(std::string_view input) { return std::ranges::count(input, '!'); }

inline bool is_dynamic(std::string_view input) { return input.contains('!'); }
// The .drv that is known.
inline std::string_view known_drv(std::string_view input) { return input.substr(0, input.find('!')); }
inline std::string dynamic_input(std::string_view input, std::string_view output) { return std::string(input) + '!' + std::string(output); }

inline bool has_dynamic(const NamedInputs& inputs) {
  return std::ranges::any_of(inputs, [](const auto& input) { return is_dynamic(input.first); });
}
// How a .drv with or without such inputs begins.
inline std::string_view aterm_opening(bool dynamic) { return dynamic ? "DrvWithVersion(\"xp-dyn-drv\"," : "Derive("; }

}  // namespace evalctl::store

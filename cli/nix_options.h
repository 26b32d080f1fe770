// The settings of nix.conf as options: `--NAME VALUE`, and for those that are on or off `--NAME` and `--no-NAME`.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace evalctl::cli {

// Adds them all; those of them that `options` has already keep their meaning. `set` is called with a name and a value.
void add_nix_settings(std::vector<Option>& options, std::function<void(const std::string& name, const std::string& value)> set);

}  // namespace evalctl::cli

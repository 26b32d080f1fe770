// What differs between two versions of a source.
#pragma once
#include <string>
#include <string_view>

#include "stdlib/world.h"

namespace evalctl::cli {

// The lines that differ, of a file or of the files of a folder, each after `indent`. Both are store paths; of what is neither in the
// store nor was read by this process (World::keep_sources), nothing is said.
std::string source_diff(stdlib::World& world, const std::string& before, const std::string& after, std::string_view indent);

}  // namespace evalctl::cli

// evalctl.toml, as far as it bears on formatting:
//
//   [format]
//   width = 100
//   indent = 2
//   strict = false
//   exclude = ["generated/", "*.lock.nix"]   # patterns as in .gitignore, relative to the file's folder
#pragma once
#include <string_view>

#include "base/result.h"
#include "formatter/editor_config.h"
#include "formatter/path_pattern.h"

namespace evalctl::formatter {

struct ProjectFile {
  Overrides overrides;
  IgnorePatterns exclude;
};

// Tables other than [format] are others' matter; an unknown key in it is an error.
base::Result<ProjectFile> parse_project_file(std::string_view text);

}  // namespace evalctl::formatter

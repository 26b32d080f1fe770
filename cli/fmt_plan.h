// What `evalctl fmt` and `nixfmt` are asked to do.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formatter/editor_config.h"
#include "formatter/format.h"
#include "formatter/path_pattern.h"

namespace evalctl::cli {

// Lines and columns count from 1, columns in bytes; the end is not part of the range.
struct TextRange { std::uint32_t first_line, first_column, last_line, last_column; };

struct FormatPlan {
  // What the command line sets; it goes before all files of settings.
  formatter::Overrides overrides;
  // Look for evalctl.toml, .editorconfig and .gitignore.
  bool use_settings = true;
  bool use_ignore_files = true;
  formatter::IgnorePatterns exclude;
  // Write nothing to files.
  bool check = false;
  bool diff = false;
  bool json = false;
  bool quiet = false;
  bool staged = false;
  bool mergetool = false;
  // Speak as nixfmt does, with its exit codes.
  bool as_nixfmt = false;
  std::optional<TextRange> range;
  std::string stdin_path;
  std::vector<std::string> paths;
  unsigned threads = 0;

  bool writes_files() const { return !check && !diff; }
};

// The format of a file whose settings say `found`.
formatter::Options options_for(const FormatPlan& plan, formatter::Options found);

// What formatting one file came to: texts for standard output and standard error.
struct FormatOutcome {
  enum class Status : std::uint8_t { Unchanged, Changed, Failed };
  Status status = Status::Unchanged;
  std::string path;
  std::string output;
  std::string errors;
};

// The commands: the exit status is 0, 1 where --check or --diff found something, 2 where something failed.
int format_paths(const FormatPlan& plan);
int format_staged(const FormatPlan& plan);
int run_mergetool(const FormatPlan& plan);

}  // namespace evalctl::cli

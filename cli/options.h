// Command-line options: a command is a table of them.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::cli {

struct Option {
  // "-A|--attr": all spellings.
  std::string_view names;
  // How many words follow, and what is done with them; null: nothing.
  int values;
  std::function<void(std::span<const std::string>)> apply;
  // Stands for all settings of nix.conf that are no options by themselves: `apply` is given a name and a value.
  bool is_settings = false;
};

Option flag(std::string_view names, bool& target, bool value = true);
Option text(std::string_view names, std::string& target);
Option texts(std::string_view names, std::vector<std::string>& target);
// Each setting of nix.conf as an option; see nix_options.h.
Option nix_settings(std::function<void(const std::string& name, const std::string& value)> set);
// Accepted for compatibility, without effect.
Option ignored(std::string_view names, int values = 0);

// The exit status of this process for a wrong command line: 2, or under the names of Nix's commands 1, as there.
extern int misuse_status;

// Applies `options` to `arguments`; what is no option goes to `positional`. `--name=value` and `-Ipath` are understood.
// Returns false after a message on standard error when something is wrong. `--help` and `-h`, where `options` does not have
// them, print help and end the process.
bool parse_options(std::span<const std::string> arguments, const std::vector<Option>& options, std::vector<std::string>& positional);

}  // namespace evalctl::cli

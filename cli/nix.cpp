// `nix`: its commands that evaluate, under their own names. All others are left to the real one.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/help.h"

namespace evalctl::cli {
namespace {

struct NixCommand {
  // One word or two.
  std::string_view first, second;
  int (*run)(Words words);
};

constexpr NixCommand kCommands[] = {
    {"eval", "", run_nix_eval},
    {"flake", "lock", run_nix_flake},
    {"flake", "update", run_nix_flake},
    {"flake", "metadata", run_nix_flake},
    {"flake", "info", run_nix_flake},
    {"flake", "show", run_nix_flake},
    {"flake", "check", run_nix_flake},
    {"flake", "init", run_nix_flake},
    {"flake", "new", run_nix_flake},
    {"derivation", "show", run_derivation},
    {"show-derivation", "", run_show_derivation},
    {"config", "show", run_nix_config_show},
    {"show-config", "", run_nix_config_show},
    {"path-info", "", run_nix_path_info},
    {"build", "", run_nix_build},
    {"develop", "", run_nix_develop},
};

// How many words follow an option that stands before the command.
std::size_t values_of(std::string_view option) {
  constexpr std::string_view kOne[] = {"--extra-experimental-features", "--experimental-features", "--log-format", "--store", "-I", "--include",
                                       "-j", "--max-jobs", "--cores", "--system", "--eval-store"};
  if (option == "--option" || option == "--arg" || option == "--argstr") return 2;
  return std::ranges::find(kOne, option) != std::end(kOne) ? 1 : 0;
}

}  // namespace

int run_nix(Words words) {
  // What stands before the command holds for it.
  std::size_t begin = 0;
  while (begin < words.size() && words[begin].starts_with('-')) begin += 1 + values_of(words[begin]);
  begin = std::min(begin, words.size());
  std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(begin), words.end());
  for (const NixCommand& command : kCommands) {
    if (rest.empty() || rest[0] != command.first) continue;
    if (!command.second.empty() && (rest.size() < 2 || rest[1] != command.second)) continue;
    // `flake` and `derivation` take their second words themselves.
    bool second_is_own = command.run == run_nix_flake || command.run == run_derivation;
    rest.erase(rest.begin(), rest.begin() + (command.second.empty() || second_is_own ? 1 : 2));
    std::ptrdiff_t place = second_is_own ? 1 : 0;
    rest.insert(rest.begin() + place, words.begin(), words.begin() + static_cast<std::ptrdiff_t>(begin));
    set_command(command.second.empty() ? fmt::format("nix {}", command.first) : fmt::format("nix {} {}", command.first, command.second),
                "[INSTALLABLE...]", "what Nix's command of this name does");
    return command.run(rest);
  }
  return run_real_nix(words);
}

}  // namespace evalctl::cli

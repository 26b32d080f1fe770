// evalctl: a command by the name it is called with (nix-instantiate) or by its first word.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/streams.h"
#include "stdlib/native_tier.h"

namespace {

using namespace evalctl;

struct Command {
  std::string_view name;
  // What follows it.
  std::string_view words;
  int (*run)(cli::Words);
  std::string_view summary;
  // Reads names in the folder it is called in, and is nothing where that was deleted.
  bool needs_folder = true;
  // See cli/options.h.
  int misuse_status = 2;
};

constexpr Command kCommands[] = {
    {"eval", "[INSTALLABLE...]", cli::run_eval, "print the values of installables, files or expressions; of machines and packages, the derivation"},
    {"flake", "", cli::run_flake, "lock, update, show, check and make flakes"},
    {"instantiate", "[INSTALLABLE...]", cli::run_instantiate, "write derivations to the store and print their paths"},
    {"graph", "[INSTALLABLE...]", cli::run_graph, "write the graph of derivations as JSON, DOT, SVG or export stream"},
    {"derivation", "show [INSTALLABLE...]", cli::run_derivation, "derivation show: derivations as JSON"},
    {"show-derivation", "[INSTALLABLE...]", cli::run_show_derivation, "the same in the form that Nix wrote under this name"},
    {"diff", "GRAPH GRAPH", cli::run_diff, "say what differs between two graphs of derivations, and why"},
    {"why", "GRAPH NAME", cli::run_why, "show by which inputs one derivation needs another"},
    {"nix", "", cli::run_nix, "what nix does, as far as it evaluates; the rest is left to the real one", true, 1},
    {"nix-build", "[FILE...]", cli::run_classic_build, "what nix-build does: evaluated here, built by the real nix-store", true, 1},
    {"nix-instantiate", "[FILE...]", cli::run_nix_instantiate, "what nix-instantiate does, with its options", true, 1},
    {"jobs", "[INSTALLABLE]", cli::run_jobs, "print every derivation of a set as a line of JSON"},
    {"nix-eval-jobs", "[EXPRESSION]", cli::run_nix_eval_jobs, "what nix-eval-jobs does, with its options", true, 1},
    {"explain", "CODE|--catalogue", cli::run_explain, "explain the code of an error, such as E021", false},
    {"dump", "STAGE FILE", cli::run_dump, "show what a stage makes of a file: tokens, tree, scopes, ir, code"},
    {"cache", "info|clear|warm [INSTALLABLE...]", cli::run_cache, "machine code kept between runs: info, clear, warm INSTALLABLE"},
    {"lsp", "", cli::run_lsp, "the language server, on standard input and output", false},
    {"fmt", "PATH...", cli::run_fmt, "format Nix files", false},
    {"nixfmt", "[FILE...]", cli::run_nixfmt, "the same with the options of nixfmt", false},
};

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

void print_usage(std::FILE* file) {
  fmt::print(file, "usage: evalctl COMMAND [OPTION...]\n\n");
  for (const Command& command : kCommands) fmt::print(file, "  {:<16} {}\n", command.name, command.summary);
}

// Ends the process. A compiler at work in the background would not survive the destructors of its library.
int finish(int status) {
  status = cli::flush_output(status);
  if (stdlib::NativeTier::finish()) return status;
  std::_Exit(status);
}

bool has_working_folder() {
  char* folder = getcwd(nullptr, 0);
  std::free(folder);
  return folder != nullptr;
}

bool asks_for_help(cli::Words words) { return !words.empty() && (words[0] == "--help" || words[0] == "-h"); }

// Who calls Nix's commands reads the version to learn what they understand; nixfmt has one of its own.
bool asks_for_version(const Command& command, cli::Words words) {
  return !words.empty() && words[0] == "--version" && command.name != "nixfmt";
}

int run(const Command& command, cli::Words words) {
  if (asks_for_version(command, words)) {
    if (command.name.starts_with("nix")) fmt::print("{} (Nix) 2.34.0\n", command.name);
    else fmt::print("evalctl 0.1.0\n");
    return cli::flush_output(0);
  }
  cli::set_command(std::string(command.name), command.words, command.summary);
  cli::misuse_status = command.misuse_status;
  // Those with options of their own tell them.
  constexpr std::string_view kWithoutOptions[] = {"derivation", "explain", "dump", "cache", "lsp"};
  if (asks_for_help(words) && std::ranges::find(kWithoutOptions, command.name) != std::end(kWithoutOptions)) {
    cli::print_help({});
    return cli::flush_output(0);
  }
  if (command.needs_folder && !has_working_folder()) {
    fmt::print(stderr, "error: cannot find the working folder: {}\n", std::strerror(errno));
    return 1;
  }
  int status = command.run(words);
  return finish(status == 2 ? command.misuse_status : status);
}

int unknown_command(const std::string& name) {
  fmt::print(stderr, "error: '{}' is no command of evalctl\n", name);
  std::vector<std::string_view> known;
  for (const Command& command : kCommands) known.push_back(command.name);
  if (auto near = base::near_names(name, known); !near.empty()) fmt::print(stderr, "did you mean '{}'?\n", near[0]);
  else print_usage(stderr);
  return 2;
}

// `evalctl help COMMAND...` is `evalctl COMMAND... --help`.
int help(cli::Words words) {
  if (words.empty()) {
    print_usage(stdout);
    return cli::flush_output(0);
  }
  const Command* command = find_command(words[0]);
  if (!command) return unknown_command(words[0]);
  std::vector<std::string> asked(words.begin() + 1, words.end());
  asked.emplace_back("--help");
  return run(*command, asked);
}

}  // namespace

#if __has_feature(address_sanitizer)
// Sessions are left to the end of the process on purpose.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  cli::prepare_streams();
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string_view self = argc > 0 ? argv[0] : "evalctl";
  self.remove_prefix(self.rfind('/') + 1);
  if (const Command* command = find_command(self)) return run(*command, words);
  if (words.empty()) {
    print_usage(stderr);
    return 2;
  }
  cli::Words rest = cli::Words(words).subspan(1);
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return help(rest);
  if (words[0] == "--version") {
    fmt::print("evalctl 0.1.0\n");
    return cli::flush_output(0);
  }
  const Command* command = find_command(words[0]);
  return command ? run(*command, rest) : unknown_command(words[0]);
}

// `evalctl derivation show`: derivations as JSON, in the form of `nix derivation show`.
#include <fmt/core.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/graph_file.h"
#include "cli/installables.h"
#include "store/store_path.h"

namespace evalctl::cli {
namespace {

// A store path that is no derivation stands for the derivation it is an output of.
bool find_deriver(Session& session, std::string& word) {
  if (!word.starts_with(store::kStoreDir)) return true;
  std::string path = word.substr(0, word.find_first_of("^!"));
  if (path.ends_with(".drv") || !store::is_store_path(path)) return true;
  auto derivers = session.world.derivers_of(path);
  if (!derivers) return session.vm.fail(derivers.error()), false;
  if (derivers->empty()) return session.vm.fail_other("'{}' does not have a known deriver", path), false;
  word = derivers->front();
  return true;
}

int show(Words words, std::string_view json_version) {
  Session& session = *new Session;
  session.nix_errors = true;
  InstallableOptions& installables = *new InstallableOptions;
  GraphOutput& output = *new GraphOutput;
  bool recursive = false;
  output.json_version = json_version;
  std::vector<Option> table = {
      flag("-r|--recursive", recursive),
      text("--json-version", output.json_version),
      ignored("--pretty|--no-pretty"),
  };
  installables.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional)) return 2;
  if (!installables.take_words(session, std::move(positional))) return 2;
  output.file = "-";
  output.format_name = "json";
  output.roots_only = !recursive;
  session.world.read_only = session.store.empty() && !stdlib::World::has_machine_store();
  if (!output.prepare(session)) return 2;
  return session.run([&] {
    for (std::string& word : installables.words) {
      if (!find_deriver(session, word)) return 1;
    }
    std::vector<std::string> paths;
    return drv_paths_of(session, installables, paths) && output.write(session, paths) ? 0 : 1;
  });
}

}  // namespace

int run_derivation(Words words) {
  if (!words.empty() && words[0] == "show") return show(words.subspan(1), "4");
  fmt::print(stderr, "usage: evalctl derivation show [--recursive] INSTALLABLE...\n");
  return 2;
}

int run_show_derivation(Words words) { return show(words, "1"); }

}  // namespace evalctl::cli

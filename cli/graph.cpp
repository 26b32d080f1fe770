// `evalctl graph` and `evalctl instantiate`: the derivations behind a value, shown or written to the store.
#include <fmt/core.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/graph_file.h"
#include "cli/installables.h"

namespace evalctl::cli {

int run_graph(Words words) {
  Session& session = *new Session;
  InstallableOptions installables;
  GraphOutput output;
  std::vector<Option> table = {
      text("-o|--output", output.file),
      text("--format", output.format_name),
      flag("--roots-only", output.roots_only),
      flag("--read-only|--readonly-mode", session.world.read_only),
  };
  installables.add_to(table, session);
  output.add_to(table);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional) || !installables.take_words(session, std::move(positional))) return 2;
  if (output.file.empty()) output.file = "-";
  if (output.format_name.empty() && output.file == "-") output.format_name = "json";
  if (!output.prepare(session)) return 2;
  session.shares_calls = true;
  return session.run([&] {
    if (installables.words.size() == 1 && is_graph_file(installables.words[0])) {
      Installables none(session, installables);
      store::Graph graph;
      return read_graph(session, none, installables.words[0], graph) && output.write(session, graph) ? 0 : 1;
    }
    std::vector<std::string> paths;
    return drv_paths_of(session, installables, paths) && output.write(session, paths) ? 0 : 1;
  });
}

int run_instantiate(Words words) {
  Session& session = *new Session;
  InstallableOptions installables;
  GraphOutput output;
  std::vector<Option> table;
  installables.add_to(table, session);
  output.add_to(table);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional) || !installables.take_words(session, std::move(positional))) return 2;
  session.world.read_only = false;
  std::string chosen = session.store;
  if (!output.prepare(session)) return 2;
  // Unlike a graph, derivations that are asked for stay: the store of the machine it is, or an error.
  session.store = chosen;
  session.shares_calls = true;
  return session.run([&] {
    std::vector<std::string> paths;
    if (!drv_paths_of(session, installables, paths)) return 1;
    if (auto written = session.world.store->flush(); !written) {
      session.vm.fail(written.error());
      return 1;
    }
    for (const std::string& path : paths) fmt::print("{}\n", path);
    return output.file.empty() || output.write(session, paths) ? 0 : 1;
  });
}

}  // namespace evalctl::cli

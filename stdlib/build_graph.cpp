#include "stdlib/build_graph.h"

#include <algorithm>

#include "stdlib/world.h"
#include "store/hash_modulo.h"

namespace evalctl::stdlib {

store::GraphReader graph_reader(World& world) {
  return {
      .text = [&world](const std::string& path) -> base::Result<std::string> {
        auto known = world.hashes->find(path);
        if (!known) return std::unexpected(known.error());
        if (!(*known)->text.empty()) return (*known)->text;
        return world.read_file(path);
      },
      .references = [&world](const std::string& source) { return world.references_of(source); },
  };
}

base::Result<BuildGraph> build_graph_of(World& world, const std::string& drv_path) {
  auto graph = store::load_graph({drv_path}, graph_reader(world));
  if (!graph) return std::unexpected(graph.error());
  BuildGraph out;
  for (const store::GraphNode& node : graph->nodes) {
    auto is_fixed = [](const auto& output) { return output.second.is_fixed(); };
    if (!node.is_derivation) ++out.sources;
    else if (++out.derivations, std::ranges::any_of(node.derivation.outputs, is_fixed)) ++out.downloads;
  }
  out.drawing = store::graph_svg(*graph, {});
  return out;
}

}  // namespace evalctl::stdlib

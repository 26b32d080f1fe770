// The graph of derivations and sources behind some derivations, and its forms for other tools.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/backend.h"
#include "store/derivation.h"

namespace evalctl::store {

struct GraphNode {
  std::string path;  // full store path
  bool is_derivation = false;
  Derivation derivation;  // empty for a source
  std::string text;       // ATerm; empty for a source
  std::vector<std::uint32_t> inputs;  // by path, without duplicates
};

// Nodes stand after their inputs. Acyclic, as store paths are made of what they refer to.
struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<std::uint32_t> roots;
  std::unordered_map<std::string, std::uint32_t> index;  // by path

  // The derivations among the nodes.
  std::size_t derivation_count() const;
  // Who needs each node.
  std::vector<std::vector<std::uint32_t>> users() const;
};

// Where the contents of a graph come from.
struct GraphReader {
  std::function<base::Result<std::string>(const std::string& drv_path)> text;
  // What a source refers to.
  std::function<std::vector<std::string>(const std::string& source)> references;
};

// The roots, which are .drv files, with all they need. Cost: reads each .drv once.
base::Result<Graph> load_graph(const std::vector<std::string>& roots, const GraphReader& reader);

// "/nix/store/<hash>-hello-2.12.drv" -> "hello-2.12"
std::string_view name_of_object(std::string_view path);
// "hello-2.12" -> "hello": a version begins at a dash before a digit.
std::string_view without_version(std::string_view name);

// Who alone needs what: the nearest node that all ways from the roots to a node pass.
struct Dominators {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::vector<std::uint32_t> parent;  // kNone: there is no such node
  std::vector<std::uint32_t> size;    // derivations that are needed by way of the node only, itself included
  // The outermost such node above `node`, or itself, below `top` (a node or kNone).
  std::uint32_t below(std::uint32_t top, std::uint32_t node) const;
};
// Cost: linear in the edges, times the depth of the answer.
Dominators dominators_of(const Graph& graph);

// What of a graph is drawn.
struct GraphView {
  // Nodes at most so many steps from a root; without it, as many steps as keep the drawing readable, and of the next those that
  // bring the most with them.
  std::optional<std::size_t> depth;
  // Only what leads to nodes whose name contains this, and what these need.
  std::string focus;
  bool sources = false;
};
// For each node whether it is drawn. `readable`: how many nodes are readable.
std::vector<bool> select_nodes(const Graph& graph, const GraphView& view, std::size_t readable);

// The forms of `nix derivation show`: 4 is the newest; 1 is what Nix up to 2.17 wrote, 2 that of the releases after.
enum class JsonVersion : std::uint8_t { One = 1, Two = 2, Three = 3, Four = 4 };
// All derivations of the graph, or its roots only.
std::string graph_json(const Graph& graph, JsonVersion version, bool roots_only);
// The graph in the language of Graphviz.
std::string graph_dot(const Graph& graph, const GraphView& view);
// A drawing: roots at the left, each node to the right of all that need it.
std::string graph_svg(const Graph& graph, const GraphView& view);
// The stream that `nix-store --import` reads. Sources are taken from `store`, which must have them.
base::Result<void> graph_export(const Graph& graph, Backend& store, const NarSink& sink);

}  // namespace evalctl::store

// Graphs of derivations, from evaluation and in files.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/installables.h"
#include "cli/options.h"
#include "cli/session.h"
#include "store/graph.h"

namespace evalctl::cli {

enum class GraphFormat : std::uint8_t { Json, Dot, Svg, Export };

// By name ("json", "dot", "svg", "drv-export") or by the end of a file's name.
std::optional<GraphFormat> graph_format(std::string_view name);

// Where and how a graph is written: --graph FILE of several commands, and `evalctl graph`.
struct GraphOutput {
  std::string file;  // "" for none, "-" for standard output
  std::string format_name, depth, json_version = "4";
  store::GraphView view;
  GraphFormat format = GraphFormat::Json;
  bool roots_only = false;

  // --graph, and how it is drawn.
  void add_to(std::vector<Option>& options);
  // To be called before Session::run: checks the options, and sees to it that what will be written is kept. False after a
  // message.
  bool prepare(Session& session);
  // Writes the graph of the derivations, inside Session::run. False on failure (vm.error is set).
  bool write(Session& session, const std::vector<std::string>& drv_paths);
  bool write(Session& session, const store::Graph& graph);
  ~GraphOutput();

 private:
  std::string temporary_store_;
};

// The graph of derivations that were evaluated, or are in the store.
base::Result<store::Graph> graph_of(Session& session, const std::vector<std::string>& drv_paths);
// The graph in a file that `evalctl graph` or `nix derivation show --recursive` wrote as JSON. Roots are the derivations that
// no other one needs.
base::Result<store::Graph> read_graph_file(const std::string& file);
inline bool is_graph_file(std::string_view word) { return word.ends_with(".json"); }
// The graph that a word of the command line names: in a file, or of an installable. False on failure (vm.error is set).
bool read_graph(Session& session, Installables& installables, const std::string& word, store::Graph& graph);

}  // namespace evalctl::cli

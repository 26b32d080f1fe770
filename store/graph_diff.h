// What differs between two graphs of derivations, and why.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/graph.h"

namespace evalctl::store {

// Something of one derivation that differs by itself: not only by the paths of inputs that differ.
struct FieldChange {
  enum class Kind : std::uint8_t { System, Builder, Argument, Variable, Source, Input, Output } kind;
  // Of a variable, an argument (its number) or an output; of a source or input without its hash.
  std::string name;
  // Empty where there is none. Paths of the store are without their hashes, except those of sources and inputs.
  std::string before, after;
};

struct DerivationChange {
  std::uint32_t before = 0, after = 0;  // nodes of the two graphs
  std::vector<FieldChange> own;
  // Inputs that are changed in turn: nodes of the two graphs.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> inputs;
};

struct GraphDiff {
  std::vector<std::uint32_t> removed;     // nodes of the first graph: derivations without a counterpart
  std::vector<std::uint32_t> added;       // of the second
  std::vector<DerivationChange> changed;  // those that others need come after these
};

// Compares from the roots down, which are paired in order. Inputs are paired by name, then by name without version.
GraphDiff diff_graphs(const Graph& before, const Graph& after);

// All ways from `from` down to a node for which `is_target` holds, the shortest first, at most `limit`.
std::vector<std::vector<std::uint32_t>> chains(const Graph& graph, std::uint32_t from, const std::vector<bool>& is_target, std::size_t limit);

// Where the derivation `user` mentions `input`: "args", names of variables, "builder".
std::vector<std::string> mentions(const GraphNode& user, const GraphNode& input);

}  // namespace evalctl::store

// Where the nodes of a graph stand in a drawing.
//
//   column 0   1   2     A node stands to the right of all that need it. What is needed by one input of the root alone stands
//   ┌────────────────┐   together with it in a lane of its own; what several need, in the last lanes.
//   │ etc ─ nginx    │
//   ├────────────────┤
//   │     shared     │
//   └────────────────┘
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/graph.h"

namespace evalctl::store {

struct GraphLayout {
  struct Lane {
    std::string title;                             // "" where no frame is drawn
    std::vector<std::vector<std::uint32_t>> cells;  // nodes by column, from the top
    std::size_t rows = 0;                          // of the fullest column
  };
  std::vector<bool> drawn;                                     // by node
  std::vector<std::size_t> column;                             // by node
  std::size_t columns = 0;
  std::vector<Lane> lanes;                                     // the first has the roots
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  // user and input; those left out that others imply
};

// Cost: about the square of the number of drawn nodes.
GraphLayout lay_out(const Graph& graph, const GraphView& view, std::size_t readable);

}  // namespace evalctl::store

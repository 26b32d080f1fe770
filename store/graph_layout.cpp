#include "store/graph_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace evalctl::store {
namespace {

class Layouter {
 public:
  Layouter(const Graph& graph, const GraphView& view, std::size_t readable)
      : graph_(graph), count_(static_cast<std::uint32_t>(graph.nodes.size())), dominators_(dominators_of(graph)) {
    layout_.drawn = select_nodes(graph, view, readable);
  }

  GraphLayout run() {
    find_edges();
    assign_columns();
    assign_lanes();
    order();
    return std::move(layout_);
  }

 private:
  bool is_root(std::uint32_t node) const { return std::find(graph_.roots.begin(), graph_.roots.end(), node) != graph_.roots.end(); }

  // An edge is left out when a longer way along drawn nodes says the same.
  void find_edges() {
    std::vector<std::uint32_t> drawn;  // inputs before users
    std::vector<std::size_t> place(count_);
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (!layout_.drawn[i]) continue;
      place[i] = drawn.size();
      drawn.push_back(i);
    }
    // By place: what is reached in one step or more.
    std::vector<std::vector<bool>> reached(drawn.size(), std::vector<bool>(drawn.size()));
    for (std::size_t at = 0; at < drawn.size(); ++at) {
      std::vector<std::uint32_t> inputs;
      for (std::uint32_t input : graph_.nodes[drawn[at]].inputs) {
        if (layout_.drawn[input]) inputs.push_back(input);
      }
      // Only what stands later in the order can lead to something else.
      std::sort(inputs.rbegin(), inputs.rend());
      for (std::uint32_t input : inputs) {
        if (reached[at][place[input]]) continue;
        layout_.edges.push_back({drawn[at], input});
        reached[at][place[input]] = true;
        for (std::size_t i = 0; i < place[input]; ++i) {
          if (reached[place[input]][i]) reached[at][i] = true;
        }
      }
    }
  }

  // Each node one to the right of the last of those that need it.
  void assign_columns() {
    layout_.column.assign(count_, 0);
    users_.resize(count_);
    inputs_.resize(count_);
    for (auto [user, input] : layout_.edges) {
      users_[input].push_back(user);
      inputs_[user].push_back(input);
    }
    for (std::uint32_t i = count_; i-- > 0;) {
      for (std::uint32_t user : users_[i]) layout_.column[i] = std::max(layout_.column[i], layout_.column[user] + 1);
      if (layout_.drawn[i]) layout_.columns = std::max(layout_.columns, layout_.column[i] + 1);
    }
  }

  // The node whose lane `node` stands in; kNone for the roots.
  std::uint32_t head_of(std::uint32_t node) const {
    if (is_root(node)) return Dominators::kNone;
    std::uint32_t top = graph_.roots.size() == 1 ? graph_.roots[0] : Dominators::kNone;
    return dominators_.below(top, node);
  }

  void assign_lanes() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> groups;
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (layout_.drawn[i]) groups[head_of(i)].push_back(i);
    }
    std::vector<std::uint32_t> alone, shared;
    lane("", groups[Dominators::kNone]);
    groups.erase(Dominators::kNone);
    std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>> large;
    for (auto& [head, nodes] : groups) {
      bool is_shared = users_[head].size() > 1 || (!users_[head].empty() && !is_root(users_[head][0]));
      if (nodes.size() > 1) large.emplace_back(head, std::move(nodes));
      else (is_shared ? shared : alone).push_back(nodes[0]);
    }
    std::sort(large.begin(), large.end(), [&](const auto& a, const auto& b) {
      return std::pair(dominators_.size[a.first], b.first) > std::pair(dominators_.size[b.first], a.first);
    });
    for (const auto& [head, nodes] : large) {
      lane(fmt::format("{}: {} derivations for it alone", name_of_object(graph_.nodes[head].path), dominators_.size[head] - 1), nodes);
    }
    if (!alone.empty()) lane(layout_.lanes.size() > 1 || !shared.empty() ? "other inputs" : "", alone);
    if (!shared.empty()) lane("needed in several places", shared);
  }

  void lane(std::string title, const std::vector<std::uint32_t>& nodes) {
    GraphLayout::Lane made{std::move(title), std::vector<std::vector<std::uint32_t>>(layout_.columns), 0};
    for (std::uint32_t node : nodes) made.cells[layout_.column[node]].push_back(node);
    for (const auto& cell : made.cells) made.rows = std::max(made.rows, cell.size());
    layout_.lanes.push_back(std::move(made));
  }

  // Sorts each cell by the mean place of neighbours, to and fro, so that few lines cross.
  void order() {
    place_.assign(count_, 0);
    number();
    for (int round = 0; round < 8; ++round) {
      for (std::size_t column = 1; column < layout_.columns; ++column) sort_column(column, users_);
      for (std::size_t column = layout_.columns; column-- > 0;) sort_column(column, inputs_);
    }
  }

  // Rows, counted from the top of the drawing; cells are in the middle of their lanes.
  void number() {
    double top = 0;
    for (const GraphLayout::Lane& lane : layout_.lanes) {
      for (const auto& cell : lane.cells) number(cell, top, lane.rows);
      top += static_cast<double>(lane.rows) + 1;
    }
  }
  void number(const std::vector<std::uint32_t>& cell, double top, std::size_t rows) {
    double at = top + (static_cast<double>(rows) - static_cast<double>(cell.size())) / 2;
    for (std::uint32_t node : cell) place_[node] = at++;
  }

  void sort_column(std::size_t column, const std::vector<std::vector<std::uint32_t>>& neighbours) {
    double top = 0;
    for (GraphLayout::Lane& lane : layout_.lanes) {
      auto& cell = lane.cells[column];
      std::map<std::uint32_t, double> mean;
      for (std::uint32_t node : cell) {
        double sum = 0;
        for (std::uint32_t other : neighbours[node]) sum += place_[other];
        mean[node] = neighbours[node].empty() ? place_[node] : sum / static_cast<double>(neighbours[node].size());
      }
      std::sort(cell.begin(), cell.end(), [&](auto a, auto b) { return std::pair(mean[a], a) < std::pair(mean[b], b); });
      number(cell, top, lane.rows);
      top += static_cast<double>(lane.rows) + 1;
    }
  }

  const Graph& graph_;
  std::uint32_t count_;
  Dominators dominators_;
  GraphLayout layout_;
  std::vector<std::vector<std::uint32_t>> users_, inputs_;  // along the edges that are drawn
  std::vector<double> place_;
};

}  // namespace

GraphLayout lay_out(const Graph& graph, const GraphView& view, std::size_t readable) { return Layouter(graph, view, readable).run(); }

}  // namespace evalctl::store

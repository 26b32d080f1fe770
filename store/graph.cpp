#include "store/graph.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "store/dynamic_inputs.h"
#include "store/store_path.h"

namespace evalctl::store {
namespace {

// Visits depth first without recursion, as graphs may be deep.
class Loader {
 public:
  Loader(const GraphReader& reader, Graph& graph) : reader_(reader), graph_(graph) {}

  base::Result<void> load(const std::string& root) {
    if (graph_.index.contains(root)) return {};
    if (auto begun = begin(root); !begun) return begun;
    while (!open_.empty()) {
      Open& top = open_.back();
      if (top.next == top.inputs.size()) {
        close();
        continue;
      }
      const std::string& input = top.inputs[top.next++];
      if (graph_.index.contains(input)) continue;
      if (on_the_way_.contains(input)) return base::fail(fmt::format("the derivation '{}' needs itself", input));
      if (auto begun = begin(input); !begun) return begun;
    }
    return {};
  }

 private:
  struct Open {
    GraphNode node;
    std::vector<std::string> inputs;
    std::size_t next = 0;
  };

  base::Result<void> begin(const std::string& path) {
    Open open;
    open.node.path = path;
    open.node.is_derivation = path.ends_with(".drv");
    std::set<std::string> inputs;
    if (open.node.is_derivation) {
      auto text = reader_.text(path);
      if (!text) return std::unexpected(text.error());
      auto parsed = parse_aterm(*text);
      if (!parsed) return base::fail(fmt::format("{}: {}", path, parsed.error().message));
      inputs = parsed->input_srcs;
      for (const auto& [input, outputs] : parsed->input_drvs) inputs.emplace(known_drv(input));
      open.node.derivation = std::move(*parsed);
      open.node.text = std::move(*text);
    } else {
      for (std::string& reference : reader_.references(path)) {
        if (reference != path) inputs.insert(std::move(reference));
      }
    }
    open.inputs.assign(inputs.begin(), inputs.end());
    on_the_way_.insert(path);
    open_.push_back(std::move(open));
    return {};
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    on_the_way_.erase(done.node.path);
    for (const std::string& input : done.inputs) done.node.inputs.push_back(graph_.index.at(input));
    graph_.index[done.node.path] = static_cast<std::uint32_t>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(done.node));
  }

  const GraphReader& reader_;
  Graph& graph_;
  std::vector<Open> open_;
  std::set<std::string> on_the_way_;
};

// Steps from the nearest of `starts`; not reached: the largest number.
std::vector<std::size_t> distances(const std::vector<std::vector<std::uint32_t>>& edges, const std::vector<std::uint32_t>& starts) {
  std::vector<std::size_t> result(edges.size(), SIZE_MAX);
  std::vector<std::uint32_t> queue;
  for (std::uint32_t start : starts) {
    if (result[start] != 0) queue.push_back(start);
    result[start] = 0;
  }
  for (std::size_t at = 0; at < queue.size(); ++at) {
    for (std::uint32_t next : edges[queue[at]]) {
      if (result[next] != SIZE_MAX) continue;
      result[next] = result[queue[at]] + 1;
      queue.push_back(next);
    }
  }
  return result;
}

std::vector<std::vector<std::uint32_t>> inputs_of(const Graph& graph) {
  std::vector<std::vector<std::uint32_t>> edges;
  edges.reserve(graph.nodes.size());
  for (const GraphNode& node : graph.nodes) edges.push_back(node.inputs);
  return edges;
}

}  // namespace

std::size_t Graph::derivation_count() const {
  return static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [](const GraphNode& node) { return node.is_derivation; }));
}

std::vector<std::vector<std::uint32_t>> Graph::users() const {
  std::vector<std::vector<std::uint32_t>> result(nodes.size());
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    for (std::uint32_t input : nodes[i].inputs) result[input].push_back(i);
  }
  return result;
}

base::Result<Graph> load_graph(const std::vector<std::string>& roots, const GraphReader& reader) {
  Graph graph;
  Loader loader(reader, graph);
  for (const std::string& root : roots) {
    if (!root.ends_with(".drv")) return base::fail(fmt::format("'{}' is no derivation", root));
    if (auto loaded = loader.load(root); !loaded) return std::unexpected(loaded.error());
    std::uint32_t node = graph.index.at(root);
    if (std::find(graph.roots.begin(), graph.roots.end(), node) == graph.roots.end()) graph.roots.push_back(node);
  }
  return graph;
}

std::string_view name_of_object(std::string_view path) {
  std::string_view object = path.substr(path.rfind('/') + 1);
  if (object.size() > 33 && object[32] == '-') object.remove_prefix(33);
  if (object.ends_with(".drv")) object.remove_suffix(4);
  return object;
}

std::string_view without_version(std::string_view name) {
  for (std::size_t dash = name.find('-'); dash != name.npos; dash = name.find('-', dash + 1)) {
    if (dash + 1 < name.size() && name[dash + 1] >= '0' && name[dash + 1] <= '9') return name.substr(0, dash);
  }
  return name;
}

Dominators dominators_of(const Graph& graph) {
  auto count = static_cast<std::uint32_t>(graph.nodes.size());
  // Users have larger numbers than what they need; `count` stands for what needs the roots.
  std::vector<std::uint32_t> parent(count, Dominators::kNone);
  auto join = [&](std::uint32_t node, std::uint32_t user) {
    std::uint32_t other = parent[node] == Dominators::kNone ? user : parent[node];
    while (other != user) {
      std::uint32_t& lower = other < user ? other : user;
      lower = parent[lower];
    }
    parent[node] = user;
  };
  for (std::uint32_t root : graph.roots) parent[root] = count;
  for (std::uint32_t i = count; i-- > 0;) {
    if (parent[i] == Dominators::kNone) continue;
    for (std::uint32_t input : graph.nodes[i].inputs) join(input, i);
  }
  Dominators result{std::move(parent), std::vector<std::uint32_t>(count, 0)};
  for (std::uint32_t i = 0; i < count; ++i) {
    if (graph.nodes[i].is_derivation) ++result.size[i];
    if (result.parent[i] < count) result.size[result.parent[i]] += result.size[i];
    else result.parent[i] = Dominators::kNone;
  }
  return result;
}

std::uint32_t Dominators::below(std::uint32_t top, std::uint32_t node) const {
  while (parent[node] != top && parent[node] != kNone) node = parent[node];
  return node;
}

std::vector<bool> select_nodes(const Graph& graph, const GraphView& view, std::size_t readable) {
  std::size_t count = graph.nodes.size();
  auto inputs = inputs_of(graph);
  std::vector<std::size_t> steps;
  std::vector<bool> allowed(count, true);
  if (view.focus.empty()) {
    steps = distances(inputs, graph.roots);
  } else {
    std::vector<std::uint32_t> focused;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (name_of_object(graph.nodes[i].path).contains(view.focus)) focused.push_back(i);
    }
    // Steps away from the focus, in both directions.
    auto below = distances(inputs, focused), above = distances(graph.users(), focused);
    steps.resize(count);
    for (std::size_t i = 0; i < count; ++i) steps[i] = std::min(below[i], above[i]);
  }
  for (std::size_t i = 0; i < count; ++i) allowed[i] = steps[i] != SIZE_MAX && (graph.nodes[i].is_derivation || view.sources);
  std::size_t depth = view.depth.value_or(0);
  if (!view.depth) {
    std::vector<std::size_t> at_depth(count + 1, 0);
    for (std::size_t i = 0; i < count; ++i) {
      if (allowed[i]) ++at_depth[steps[i]];
    }
    std::size_t total = at_depth[0];
    while (depth < count && total + at_depth[depth + 1] <= readable) total += at_depth[++depth];
    depth = std::max<std::size_t>(depth, 1);
  }
  std::vector<bool> drawn(count);
  std::vector<std::uint32_t> next;
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    drawn[i] = allowed[i] && steps[i] <= depth;
    total += drawn[i];
    if (allowed[i] && !view.depth && steps[i] == depth + 1) next.push_back(i);
  }
  if (next.empty() || total >= readable) return drawn;
  Dominators dominators = dominators_of(graph);
  std::sort(next.begin(), next.end(), [&](auto a, auto b) { return std::pair(dominators.size[a], b) > std::pair(dominators.size[b], a); });
  next.resize(std::min(next.size(), readable - total));
  for (std::uint32_t node : next) drawn[node] = true;
  return drawn;
}

}  // namespace evalctl::store

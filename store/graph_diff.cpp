#include "store/graph_diff.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "store/store_path.h"

namespace evalctl::store {
namespace {

bool is_digit32(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z' && c != 'e' && c != 'o' && c != 't' && c != 'u'); }

bool all_digits32(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit32); }

// `text` with the hashes of store paths and placeholders replaced, so that only what a person wrote is compared.
std::string without_hashes(std::string_view text) {
  constexpr std::size_t kHash = 32, kPlaceholder = 52;
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text.find('/', at)) != text.npos; ++at) {
    std::string_view rest = text.substr(at + 1);
    std::size_t hash = 0, skipped = 1;
    if (text.substr(at).starts_with(kStoreDir) && rest.size() > kStoreDir.size() + kHash) {
      skipped = kStoreDir.size() + 1;
      if (text[at + skipped - 1] == '/' && all_digits32(text.substr(at + skipped, kHash)) && text[at + skipped + kHash] == '-') hash = kHash;
    } else if (rest.size() >= kPlaceholder && all_digits32(rest.substr(0, kPlaceholder))) {
      hash = kPlaceholder;
    }
    if (hash == 0) continue;
    out += text.substr(from, at + skipped - from);
    out += "…";
    from = at + skipped + hash;
    at = from - 1;
  }
  return out += text.substr(from);
}

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

class Differ {
 public:
  Differ(const Graph& before, const Graph& after) : before_(before), after_(after) {}

  GraphDiff run() {
    std::vector<std::uint32_t> left = before_.roots, right = after_.roots;
    if (left.size() == right.size()) {
      for (std::size_t i = 0; i < left.size(); ++i) visit(left[i], right[i]);
    } else {
      for (auto [a, b] : pair_up(left, right)) visit(a, b);
    }
    while (!queue_.empty()) {
      auto [a, b] = queue_.front();
      queue_.pop_front();
      compare(a, b);
    }
    unmatched();
    return std::move(result_);
  }

 private:
  void visit(std::uint32_t a, std::uint32_t b) {
    if (before_.nodes[a].path == after_.nodes[b].path || !seen_.insert({a, b}).second) return;
    queue_.push_back({a, b});
    matched_before_.insert(a);
    matched_after_.insert(b);
  }

  // Pairs nodes and removes them from the lists; what is the same on both sides is removed too.
  Pairs pair_up(std::vector<std::uint32_t>& left, std::vector<std::uint32_t>& right) const {
    std::erase_if(left, [&](auto a) {
      auto same = std::find_if(right.begin(), right.end(), [&](auto b) { return after_.nodes[b].path == before_.nodes[a].path; });
      if (same == right.end()) return false;
      right.erase(same);
      return true;
    });
    Pairs pairs;
    for (auto key : {+[](std::string_view name) { return name; }, +[](std::string_view name) { return without_version(name); }}) {
      std::erase_if(left, [&](auto a) {
        auto match = std::find_if(right.begin(), right.end(), [&](auto b) {
          return key(name_of_object(after_.nodes[b].path)) == key(name_of_object(before_.nodes[a].path));
        });
        if (match == right.end()) return false;
        pairs.push_back({a, *match});
        right.erase(match);
        return true;
      });
    }
    return pairs;
  }

  static std::vector<std::uint32_t> inputs(const Graph& graph, std::uint32_t node, bool derivations) {
    std::vector<std::uint32_t> result;
    for (std::uint32_t input : graph.nodes[node].inputs) {
      if (graph.nodes[input].is_derivation == derivations) result.push_back(input);
    }
    return result;
  }

  void compare(std::uint32_t a, std::uint32_t b) {
    DerivationChange change{a, b, {}, {}};
    const Derivation &left = before_.nodes[a].derivation, &right = after_.nodes[b].derivation;
    auto field = [&](FieldChange::Kind kind, std::string name, std::string_view x, std::string_view y) {
      std::string plain_x = without_hashes(x), plain_y = without_hashes(y);
      if (plain_x != plain_y) change.own.push_back({kind, std::move(name), std::move(plain_x), std::move(plain_y)});
    };
    field(FieldChange::Kind::System, "", left.system, right.system);
    field(FieldChange::Kind::Builder, "", left.builder, right.builder);
    for (std::size_t i = 0; i < std::max(left.args.size(), right.args.size()); ++i) {
      field(FieldChange::Kind::Argument, fmt::format("{}", i + 1), i < left.args.size() ? left.args[i] : "", i < right.args.size() ? right.args[i] : "");
    }
    std::set<std::string> names;
    for (const auto& [name, value] : left.env) names.insert(name);
    for (const auto& [name, value] : right.env) names.insert(name);
    for (const std::string& name : names) {
      auto x = left.env.find(name), y = right.env.find(name);
      field(FieldChange::Kind::Variable, name, x == left.env.end() ? "" : x->second, y == right.env.end() ? "" : y->second);
    }
    compare_outputs(left, right, change);
    compare_inputs(a, b, change);
    result_.changed.push_back(std::move(change));
  }

  static void compare_outputs(const Derivation& left, const Derivation& right, DerivationChange& change) {
    std::map<std::string, std::pair<std::string, std::string>> outputs;
    auto describe = [](const DerivationOutput& output) {
      return output.method_and_algorithm.empty() ? "by its inputs" : fmt::format("{} {}", output.method_and_algorithm, output.hash);
    };
    for (const auto& [name, output] : left.outputs) outputs[name].first = describe(output);
    for (const auto& [name, output] : right.outputs) outputs[name].second = describe(output);
    for (const auto& [name, both] : outputs) {
      if (both.first != both.second) change.own.push_back({FieldChange::Kind::Output, name, both.first, both.second});
    }
  }

  void compare_inputs(std::uint32_t a, std::uint32_t b, DerivationChange& change) {
    auto left = inputs(before_, a, true), right = inputs(after_, b, true);
    change.inputs = pair_up(left, right);
    for (auto [x, y] : change.inputs) visit(x, y);
    lone(left, right, FieldChange::Kind::Input, change);
    left = inputs(before_, a, false), right = inputs(after_, b, false);
    for (auto [x, y] : pair_up(left, right)) {
      const std::string &from = before_.nodes[x].path, &to = after_.nodes[y].path;
      change.own.push_back({FieldChange::Kind::Source, std::string(name_of_object(to)), from, to});
    }
    lone(left, right, FieldChange::Kind::Source, change);
  }

  void lone(const std::vector<std::uint32_t>& left, const std::vector<std::uint32_t>& right, FieldChange::Kind kind, DerivationChange& change) const {
    for (auto x : left) change.own.push_back({kind, std::string(name_of_object(before_.nodes[x].path)), before_.nodes[x].path, ""});
    for (auto y : right) change.own.push_back({kind, std::string(name_of_object(after_.nodes[y].path)), "", after_.nodes[y].path});
  }

  void unmatched() {
    for (std::uint32_t i = 0; i < before_.nodes.size(); ++i) {
      const GraphNode& node = before_.nodes[i];
      if (node.is_derivation && !after_.index.contains(node.path) && !matched_before_.contains(i)) result_.removed.push_back(i);
    }
    for (std::uint32_t i = 0; i < after_.nodes.size(); ++i) {
      const GraphNode& node = after_.nodes[i];
      if (node.is_derivation && !before_.index.contains(node.path) && !matched_after_.contains(i)) result_.added.push_back(i);
    }
  }

  const Graph &before_, &after_;
  GraphDiff result_;
  std::deque<std::pair<std::uint32_t, std::uint32_t>> queue_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen_;
  std::set<std::uint32_t> matched_before_, matched_after_;
};

}  // namespace

GraphDiff diff_graphs(const Graph& before, const Graph& after) { return Differ(before, after).run(); }

std::vector<std::vector<std::uint32_t>> chains(const Graph& graph, std::uint32_t from, const std::vector<bool>& is_target, std::size_t limit) {
  // Nodes stand after their inputs, so one pass tells who reaches a target.
  std::vector<bool> reaches(graph.nodes.size());
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    reaches[i] = is_target[i];
    for (std::uint32_t input : graph.nodes[i].inputs) reaches[i] = reaches[i] || reaches[input];
  }
  std::vector<std::vector<std::uint32_t>> found;
  if (!reaches[from]) return found;
  // By breadth, so the shortest come first; only ways that lead to a target are followed.
  constexpr std::size_t kMostWays = 1 << 17;
  std::vector<bool> visited(graph.nodes.size());
  std::deque<std::vector<std::uint32_t>> queue{{from}};
  while (!queue.empty() && found.size() < limit) {
    std::vector<std::uint32_t> way = std::move(queue.front());
    queue.pop_front();
    if (is_target[way.back()] && way.size() > 1) {
      found.push_back(std::move(way));
      continue;
    }
    for (std::uint32_t input : graph.nodes[way.back()].inputs) {
      if (!reaches[input] || queue.size() >= kMostWays) continue;
      // For one way it is enough to come to each node once.
      if (limit == 1 && visited[input]) continue;
      visited[input] = true;
      queue.push_back(way);
      queue.back().push_back(input);
    }
  }
  return found;
}

std::vector<std::string> mentions(const GraphNode& user, const GraphNode& input) {
  std::vector<std::string> texts{input.path};
  if (auto asked = user.derivation.input_drvs.find(input.path); asked != user.derivation.input_drvs.end()) {
    for (const std::string& name : asked->second) {
      auto output = input.derivation.outputs.find(name);
      bool known = output != input.derivation.outputs.end() && !output->second.path.empty();
      texts.push_back(known ? output->second.path : output_placeholder(input.path, name));
    }
  }
  auto occurs = [&](const std::string& text) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& wanted) { return text.contains(wanted); });
  };
  std::vector<std::string> result;
  if (occurs(user.derivation.builder)) result.push_back("builder");
  if (std::any_of(user.derivation.args.begin(), user.derivation.args.end(), occurs)) result.push_back("args");
  for (const auto& [name, value] : user.derivation.env) {
    if (name != "builder" && occurs(value)) result.push_back(name == "__json" ? "structured attributes" : name);
  }
  return result;
}

}  // namespace evalctl::store

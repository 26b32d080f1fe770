// `evalctl diff A B` and `evalctl why A B`: questions about graphs of derivations.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "cli/commands.h"
#include "cli/graph_file.h"
#include "cli/installables.h"
#include "cli/output.h"
#include "cli/source_diff.h"
#include "cli/text_diff.h"
#include "store/graph_diff.h"

namespace evalctl::cli {
namespace {

using store::FieldChange;
using store::Graph;

std::string describe(Session& session, const FieldChange& change) {
  switch (change.kind) {
    case FieldChange::Kind::System: return fmt::format("  system: {} → {}\n", change.before, change.after);
    case FieldChange::Kind::Builder: return fmt::format("  builder: {} → {}\n", change.before, change.after);
    case FieldChange::Kind::Argument: return fmt::format("  argument {}:\n{}", change.name, text_diff(change.before, change.after, "    "));
    case FieldChange::Kind::Variable: return fmt::format("  {}:\n{}", change.name, text_diff(change.before, change.after, "    "));
    case FieldChange::Kind::Output: return fmt::format("  output {}: {} → {}\n", change.name, change.before.empty() ? "none" : change.before,
                                                       change.after.empty() ? "none" : change.after);
    case FieldChange::Kind::Source:
    case FieldChange::Kind::Input: break;
  }
  std::string_view what = change.kind == FieldChange::Kind::Source ? "source" : "input";
  if (change.before.empty()) return fmt::format("  + {} {}\n", what, change.after);
  if (change.after.empty()) return fmt::format("  - {} {}\n", what, change.before);
  std::string contents = source_diff(session.world, change.before, change.after, "    ");
  if (contents.empty()) contents = fmt::format("    - {}\n    + {}\n", change.before, change.after);
  return fmt::format("  {} {} has other contents:\n{}", what, change.name, contents);
}

std::size_t own_changes(const store::GraphDiff& diff) {
  return static_cast<std::size_t>(std::ranges::count_if(diff.changed, [](const auto& change) { return !change.own.empty(); }));
}

// "nixos-system → etc → nginx.conf": how a root comes to need the node.
std::string shortest_way(const Graph& graph, std::uint32_t node) {
  std::vector<bool> target(graph.nodes.size());
  target[node] = true;
  for (std::uint32_t root : graph.roots) {
    auto found = store::chains(graph, root, target, 1);
    std::string out;
    for (std::uint32_t step : found.empty() ? std::vector<std::uint32_t>{} : found[0]) {
      out += fmt::format("{}{}", out.empty() ? "" : " → ", store::name_of_object(graph.nodes[step].path));
    }
    if (!out.empty()) return out;
  }
  return "";
}

void print_diff(Session& session, const Graph& before, const Graph& after, const store::GraphDiff& diff, bool all) {
  for (const store::DerivationChange& change : diff.changed) {
    if (change.own.empty() && !all) continue;
    std::string_view from = store::name_of_object(before.nodes[change.before].path), to = store::name_of_object(after.nodes[change.after].path);
    fmt::print("{}{}{}\n", from, from == to ? "" : " → ", from == to ? "" : to);
    if (std::string way = shortest_way(after, change.after); !way.empty()) fmt::print("  in {}\n", way);
    fmt::print("  {}\n  {}\n", before.nodes[change.before].path, after.nodes[change.after].path);
    for (const FieldChange& field : change.own) fmt::print("{}", describe(session, field));
    for (auto [x, y] : change.inputs) {
      if (all) fmt::print("  changed input {}\n", store::name_of_object(after.nodes[y].path));
    }
    fmt::print("\n");
  }
  auto list = [](std::string_view title, const Graph& graph, const std::vector<std::uint32_t>& nodes) {
    if (nodes.empty()) return;
    fmt::print("{}:\n", title);
    for (std::uint32_t node : nodes) fmt::print("  {}\n", graph.nodes[node].path);
    fmt::print("\n");
  };
  list("removed", before, diff.removed);
  list("added", after, diff.added);
  std::size_t own = own_changes(diff);
  fmt::print("{} derivations before, {} after: {} added, {} removed, {} changed by themselves, {} by their inputs only\n",
             before.derivation_count(), after.derivation_count(), diff.added.size(), diff.removed.size(), own, diff.changed.size() - own);
}

std::string_view name_of(FieldChange::Kind kind) {
  switch (kind) {
    case FieldChange::Kind::System: return "system";
    case FieldChange::Kind::Builder: return "builder";
    case FieldChange::Kind::Argument: return "argument";
    case FieldChange::Kind::Variable: return "variable";
    case FieldChange::Kind::Source: return "source";
    case FieldChange::Kind::Input: return "input";
    case FieldChange::Kind::Output: return "output";
  }
  return "";
}

std::string json_change(const Graph& before, const Graph& after, const store::DerivationChange& change) {
  std::string own, inputs;
  for (const FieldChange& field : change.own) {
    own += fmt::format("{}{{\"kind\":{},\"name\":{},\"before\":{},\"after\":{}}}", own.empty() ? "" : ",", json_string(name_of(field.kind)),
                       json_string(field.name), json_string(field.before), json_string(field.after));
  }
  for (auto [x, y] : change.inputs) inputs += (inputs.empty() ? "" : ",") + json_string(after.nodes[y].path);
  return fmt::format("{{\"before\":{},\"after\":{},\"changes\":[{}],\"changedInputs\":[{}]}}", json_string(before.nodes[change.before].path),
                     json_string(after.nodes[change.after].path), own, inputs);
}

void print_json(const Graph& before, const Graph& after, const store::GraphDiff& diff) {
  auto paths = [](const Graph& graph, const std::vector<std::uint32_t>& nodes) {
    std::string out;
    for (std::uint32_t node : nodes) out += (out.empty() ? "" : ",") + json_string(graph.nodes[node].path);
    return out;
  };
  std::string changed;
  for (const auto& change : diff.changed) changed += (changed.empty() ? "" : ",") + json_change(before, after, change);
  fmt::print("{{\"added\":[{}],\"removed\":[{}],\"changed\":[{}]}}\n", paths(after, diff.added), paths(before, diff.removed), changed);
}

// The nodes that `word` names within `graph`: a path, a name with or without version, or else an installable.
bool find_targets(Session& session, Installables& installables, const std::string& word, const Graph& graph,
                  std::vector<bool>& targets) {
  targets.assign(graph.nodes.size(), false);
  bool any = false;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    std::string_view name = store::name_of_object(graph.nodes[i].path);
    targets[i] = graph.nodes[i].path == word || name == word || store::without_version(name) == word;
    any = any || targets[i];
  }
  if (any) return true;
  std::vector<FoundDerivation> found;
  if (!derivations_of(installables, session, word, found)) return false;
  for (const FoundDerivation& one : found) {
    if (auto node = graph.index.find(one.drv_path); node != graph.index.end()) targets[node->second] = true;
  }
  return true;
}

void print_chain(const Graph& graph, const std::vector<std::uint32_t>& chain) {
  fmt::print("{}\n", graph.nodes[chain.front()].path);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    std::string where;
    for (const std::string& name : store::mentions(graph.nodes[chain[i - 1]], graph.nodes[chain[i]])) where += (where.empty() ? "" : ", ") + name;
    fmt::print("{:{}}└─ {}{}\n", "", 3 * (i - 1), graph.nodes[chain[i]].path, where.empty() ? "" : fmt::format("  ({})", where));
  }
}

// Nothing is written to a store in any case; other commands have the option.
Option read_only_option() { return ignored("--read-only|--readonly-mode"); }

bool two_words(std::string_view command, const std::vector<std::string>& words) {
  if (words.size() == 2) return true;
  fmt::print(stderr, "usage: evalctl {} [--file FILE | --expr EXPR] A B\n", command);
  return false;
}

}  // namespace

int run_diff(Words words) {
  Session& session = *new Session;
  InstallableOptions options;
  bool all = false, json = false;
  std::vector<Option> table = {flag("--all", all), flag("--json", json), read_only_option()};
  options.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional) || !two_words("diff", positional) || !options.take_words(session, positional)) return 2;
  session.world.hashes->keep_texts = session.world.keep_sources = true;
  return session.run([&] {
    Installables installables(session, options);
    Graph before, after;
    if (!read_graph(session, installables, positional[0], before) || !read_graph(session, installables, positional[1], after)) return 1;
    store::GraphDiff diff = store::diff_graphs(before, after);
    if (json) print_json(before, after, diff);
    else print_diff(session, before, after, diff, all);
    return 0;
  });
}

int run_why(Words words) {
  Session& session = *new Session;
  InstallableOptions options;
  bool all = false;
  std::vector<Option> table = {flag("--all", all), read_only_option()};
  options.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional) || !two_words("why", positional) || !options.take_words(session, {positional[0]})) return 2;
  session.world.hashes->keep_texts = true;
  return session.run([&] {
    Installables installables(session, options);
    Graph graph;
    std::vector<bool> targets;
    if (!read_graph(session, installables, positional[0], graph) || !find_targets(session, installables, positional[1], graph, targets)) return 1;
    constexpr std::size_t kMostChains = 100;
    std::size_t printed = 0;
    for (std::uint32_t root : graph.roots) {
      for (const auto& chain : store::chains(graph, root, targets, all ? kMostChains : 1)) {
        if (printed++) fmt::print("\n");
        print_chain(graph, chain);
      }
    }
    if (printed == 0) {
      session.vm.fail_other("'{}' does not need '{}'", positional[0], positional[1]);
      return 1;
    }
    return 0;
  });
}

}  // namespace evalctl::cli

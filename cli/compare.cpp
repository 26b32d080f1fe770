// `evalctl diff A B` and `evalctl why A B`: questions about graphs of derivations.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "cli/commands.h"
#include "cli/graph_file.h"
#include "cli/installables.h"
#include "cli/text_diff.h"
#include "store/graph_diff.h"

namespace evalctl::cli {
namespace {

using store::FieldChange;
using store::Graph;

std::string describe(const FieldChange& change) {
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
  return fmt::format("  {} {} has other contents:\n    - {}\n    + {}\n", what, change.name, change.before, change.after);
}

void print_diff(const Graph& before, const Graph& after, const store::GraphDiff& diff, bool all) {
  std::size_t own = 0;
  for (const store::DerivationChange& change : diff.changed) {
    own += !change.own.empty();
    if (change.own.empty() && !all) continue;
    std::string_view from = store::name_of_object(before.nodes[change.before].path), to = store::name_of_object(after.nodes[change.after].path);
    fmt::print("{}{}{}\n  {}\n  {}\n", from, from == to ? "" : " → ", from == to ? "" : to, before.nodes[change.before].path,
               after.nodes[change.after].path);
    for (const FieldChange& field : change.own) fmt::print("{}", describe(field));
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
  fmt::print("{} derivations before, {} after: {} added, {} removed, {} changed by themselves, {} by their inputs only\n",
             before.derivation_count(), after.derivation_count(), diff.added.size(), diff.removed.size(), own, diff.changed.size() - own);
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

bool two_words(std::string_view command, const std::vector<std::string>& words) {
  if (words.size() == 2) return true;
  fmt::print(stderr, "usage: evalctl {} [--file FILE | --expr EXPR] A B\n", command);
  return false;
}

}  // namespace

int run_diff(Words words) {
  Session& session = *new Session;
  InstallableOptions options;
  bool all = false;
  std::vector<Option> table = {flag("--all", all)};
  options.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional) || !two_words("diff", positional) || !options.take_words(session, positional)) return 2;
  session.world.hashes->keep_texts = true;
  return session.run([&] {
    Installables installables(session, options);
    Graph before, after;
    if (!read_graph(session, installables, positional[0], before) || !read_graph(session, installables, positional[1], after)) return 1;
    print_diff(before, after, store::diff_graphs(before, after), all);
    return 0;
  });
}

int run_why(Words words) {
  Session& session = *new Session;
  InstallableOptions options;
  bool all = false;
  std::vector<Option> table = {flag("--all", all)};
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

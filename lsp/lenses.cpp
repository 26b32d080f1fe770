// Evaluating on demand: lenses above the attributes of a file's value, and the commands behind them; versions of packages.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "lsp/evaluated_help.h"
#include "lsp/modules.h"
#include "lsp/option_index.h"
#include "lsp/value_paths.h"

namespace evalctl::lsp {
namespace {

NodeId last_child(const Tree& tree, NodeId node) {
  NodeId last = node;
  for (NodeId one : tree.children(node)) last = one;
  return last;
}

// The set that is the file's value, where the text says so.
NodeId value_set(const Tree& tree) {
  NodeId node = tree.size(tree.root()) > 1 ? NodeId{1} : tree.root();
  for (;;) {
    NodeKind kind = tree.kind(node);
    bool through = kind == NodeKind::Let || kind == NodeKind::With || kind == NodeKind::Assert || kind == NodeKind::Paren || kind == NodeKind::Lambda;
    if (!through || tree.size(node) <= 1) return node;
    node = last_child(tree, node);
  }
}

}  // namespace

std::vector<Lens> lenses(const Snapshot& snapshot, const DocumentPtr& document) {
  std::vector<Lens> out;
  Evaluation* evaluation = snapshot.evaluation();
  const Analysis& analysis = document->analysis();
  if (!evaluation || is_module(analysis) || !analysis.parsed.diagnostics.empty()) return out;
  const Tree& tree = analysis.tree;
  NodeId set = value_set(tree);
  if (set == tree.root()) return out;
  Range top{tree.range(set).begin, tree.range(set).begin + 1};
  out.push_back({top, "evaluate", std::string(kEvaluateCommand), {}});
  if (tree.kind(set) != NodeKind::AttrSet) {
    // A call that makes one package.
    if (tree.kind(set) == NodeKind::Apply) out.push_back({top, "build graph", std::string(kGraphCommand), {}});
    return out;
  }
  for (NodeId binding : tree.children(set)) {
    if (tree.kind(binding) != NodeKind::Binding) continue;
    std::vector<std::string> names;
    for (NodeId attribute : tree.children({binding.index + 1})) {
      auto name = parser::static_name(tree, attribute);
      if (!name) {
        names.clear();
        break;
      }
      names.push_back(std::move(*name));
    }
    NodeId value = last_child(tree, binding);
    if (names.empty() || tree.kind(value) == NodeKind::Lambda) continue;
    Range range = tree.range({binding.index + 1});
    out.push_back({range, "evaluate", std::string(kEvaluateCommand), names});
    bool literal = tree.kind(value) == NodeKind::String || tree.kind(value) == NodeKind::Integer || tree.kind(value) == NodeKind::List;
    if (literal) continue;
    out.push_back({range, "drvPath", std::string(kDrvPathCommand), names});
    out.push_back({range, "build graph", std::string(kGraphCommand), names});
  }
  return out;
}

namespace {

// Draws what building the value takes into a file that an editor or a browser shows.
CommandResult draw_graph(Evaluation& evaluation, const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel) {
  auto plan = evaluation.build_plan(snapshot, path, cancel);
  if (!plan) return {"evaluation gave no answer", ""};
  if (!plan->error.empty()) return {"error: " + plan->error, ""};
  CommandResult out{fmt::format("{}: {} derivations, {} of them downloads, {} files of source", plan->name, plan->derivations,
                                plan->downloads, plan->sources), ""};
  std::string folder = base::cache_folder();
  if (folder.empty()) return out;
  folder += "/graphs";
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::string file = folder + "/" + plan->name + ".svg";
  if (base::write_file_atomically(file, plan->drawing)) out.drawing = file;
  return out;
}

}  // namespace

CommandResult evaluate_command(const Snapshot& snapshot, std::string_view command, const ValuePath& path, const Cancel& cancel) {
  Evaluation* evaluation = snapshot.evaluation();
  if (evaluation && command == kGraphCommand) return draw_graph(*evaluation, snapshot, path, cancel);
  auto info = evaluation ? evaluation->describe(snapshot, path, cancel) : std::nullopt;
  if (!info) return {"evaluation gave no answer", ""};
  if (!info->error.empty()) return {"error: " + info->error, ""};
  bool derivation = info->type == "derivation";
  if (command == kDrvPathCommand) return {derivation ? info->drv_path : fmt::format("it is no derivation but a {}", info->type), ""};
  return {derivation ? fmt::format("«derivation {}»", info->drv_path) : info->shown, ""};
}

std::vector<InlayHint> package_hints(const Snapshot& snapshot, const DocumentPtr& document, Range range, const Cancel& cancel) {
  std::vector<InlayHint> out;
  Evaluation* evaluation = snapshot.evaluation();
  if (!evaluation) return out;
  constexpr std::size_t kMost = 100;
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  std::size_t asked = 0;
  for (std::uint32_t index = 0; index < tree.node_count() && asked < kMost && !cancel; ++index) {
    NodeId list{index};
    Range whole = tree.range(list);
    // In lists packages are named for themselves.
    if (tree.kind(list) != NodeKind::List || whole.end < range.begin || whole.begin > range.end) continue;
    for (NodeId item : tree.children(list)) {
      Range at = tree.range(item);
      if (at.end < range.begin || at.begin > range.end || (tree.kind(item) != NodeKind::Identifier && tree.kind(item) != NodeKind::Select)) continue;
      auto value = ValuePaths(snapshot).of({document, item});
      if (!value || value->base != Base::Packages || value->names.empty() || ++asked > kMost) continue;
      auto info = evaluation->describe(snapshot, *value, cancel);
      if (info && info->type == "derivation" && !info->version.empty()) out.push_back({at.end, info->version, info->description});
    }
  }
  return out;
}

}  // namespace evalctl::lsp

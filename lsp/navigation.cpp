// Definition, references, highlights.
#include <algorithm>

#include "lsp/features.h"
#include "lsp/occurrences.h"

namespace evalctl::lsp {
namespace {

// A definition with what it binds: the binding, the argument with its default, or the name alone.
Range whole_of(const Place& place) {
  const Analysis& analysis = place.file->analysis();
  NodeId node = analysis.parent(place.node);
  if (analysis.tree.kind(node) == NodeKind::AttrPath) node = analysis.parent(node);
  NodeKind kind = analysis.tree.kind(node);
  bool whole = kind == NodeKind::Binding || kind == NodeKind::Formal || kind == NodeKind::PatternBind;
  return analysis.tree.range(whole ? node : place.node);
}

// A path literal leads to the file it names.
bool path_definition(const Document& document, NodeId node, Definition& out) {
  const Tree& tree = document.analysis().tree;
  if (tree.kind(node) != NodeKind::Path && tree.kind(node) != NodeKind::SearchPath) return false;
  auto path = path_of_literal(document, node);
  if (!path) return true;
  out.origin = tree.range(node);
  out.targets.push_back({{import_target(*path), {0, 0}}, {0, 0}});
  return true;
}

}  // namespace

Definition definition(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  const Analysis& analysis = document->analysis();
  Definition out{{offset, offset}, {}};
  if (path_definition(*document, analysis.node_at(offset), out)) {
    std::erase_if(out.targets, [&](const auto& target) { return !snapshot.document(target.name.path); });
    return out;
  }
  NodeId name = name_at(analysis, offset);
  if (name == analysis.tree.root()) return out;
  out.origin = analysis.tree.range(name);
  for (const Place& place : targets_of(snapshot, {document, name})) {
    out.targets.push_back({{place.file->path, place.tree().range(place.node)}, whole_of(place)});
  }
  return out;
}

std::vector<Location> references(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset,
                                 bool with_declaration, const Cancel& cancel) {
  const Analysis& analysis = document->analysis();
  NodeId name = name_at(analysis, offset);
  std::vector<Location> out;
  if (name == analysis.tree.root()) return out;
  Tracer tracer(snapshot);
  for (const Place& symbol : symbols_at(tracer, {document, name})) {
    for (const Occurrence& occurrence : occurrences(snapshot, symbol, true, cancel)) {
      if (!with_declaration && occurrence.is_definition) continue;
      out.push_back({occurrence.place.file->path, occurrence.place.tree().range(occurrence.place.node)});
    }
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<Highlight> highlights(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  const Analysis& analysis = document->analysis();
  NodeId name = name_at(analysis, offset);
  std::vector<Highlight> out;
  if (name == analysis.tree.root()) return out;
  const parser::Reference& reference = analysis.scopes[name.index];
  if (reference.referent == parser::Referent::Global) {
    // A builtin has no definition in a file; its uses are all names that mean it.
    for (std::uint32_t node = 0; node < analysis.scopes.size(); ++node) {
      bool same = analysis.scopes[node].referent == parser::Referent::Global && analysis.tree.text({node}) == analysis.tree.text(name);
      if (same) out.push_back({analysis.tree.range({node}), false});
    }
    return out;
  }
  Tracer tracer(snapshot);
  for (const Place& symbol : symbols_at(tracer, {document, name})) {
    bool here = symbol.file == document;
    for (const Occurrence& occurrence : occurrences(snapshot, symbol, !here, cancel)) {
      if (occurrence.place.file != document) continue;
      out.push_back({analysis.tree.range(occurrence.place.node), occurrence.is_definition});
    }
  }
  return out;
}

}  // namespace evalctl::lsp

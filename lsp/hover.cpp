// What a name is: documentation of a builtin, or the definition with its comment.
#include <fmt/format.h>

#include "lsp/builtins.h"
#include "lsp/doc_comment.h"
#include "lsp/features.h"
#include "lsp/occurrences.h"

namespace evalctl::lsp {
namespace {

// The beginning of a value as it is written, for a glance.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kMostLines = 8, kMostBytes = 600;
  std::size_t end = 0, lines = 0;
  while (end < text.size() && end < kMostBytes && lines < kMostLines) lines += text[end++] == '\n';
  std::string out(text.substr(0, end));
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80 && end < text.size()) out.pop_back();
  return end < text.size() ? out + (out.ends_with('\n') ? "…" : " …") : out;
}

std::string code(std::string_view text) { return fmt::format("```nix\n{}\n```", text); }

// The builtin that the name at `node` is, if its name is not taken by another definition.
const BuiltinName* builtin_at(const Analysis& analysis, NodeId node) {
  const Tree& tree = analysis.tree;
  if (analysis.scopes[node.index].referent == parser::Referent::Global) return find_global(tree.text(node));
  NodeId path = analysis.parent(node);
  if (tree.kind(path) != NodeKind::AttrPath || path.index + 1 != node.index) return nullptr;
  NodeId select = analysis.parent(path), target{select.index + 1};
  bool of_builtins = tree.kind(select) == NodeKind::Select && tree.text(target) == "builtins" &&
                     analysis.scopes[target.index].referent == parser::Referent::Global;
  return of_builtins ? find_builtin(tree.text(node)) : nullptr;
}

std::string describe(const Place& place) {
  const Analysis& analysis = place.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId parent = analysis.parent(place.node);
  std::string_view name = tree.text(place.node);
  switch (tree.kind(parent)) {
    case NodeKind::AttrPath: {
      NodeId value{parent.index + tree.size(parent)};
      bool last = place.node.index + tree.size(place.node) == value.index;
      return last ? code(fmt::format("{} = {}", name, excerpt(tree.text(value)))) : code(fmt::format("{}.…", name));
    }
    case NodeKind::Inherit: return code(excerpt(tree.text(parent)));
    case NodeKind::Formal: return code(excerpt(tree.text(parent))) + "\nargument of a function";
    case NodeKind::PatternBind: return code(fmt::format("{}@{{ ... }}", name)) + "\nall arguments of a function";
    case NodeKind::Lambda: return code(fmt::format("{}: …", name)) + "\nparameter of a function";
    default: return code(name);
  }
}

std::optional<Hover> hover_path(const Document& document, NodeId node) {
  auto path = path_of_literal(document, node);
  if (!path) return std::nullopt;
  return Hover{document.analysis().tree.range(node), fmt::format("`{}`", *path)};
}

}  // namespace

std::optional<Hover> hover(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  NodeId at = analysis.node_at(offset);
  if (tree.kind(at) == NodeKind::Path || tree.kind(at) == NodeKind::SearchPath) return hover_path(*document, at);
  NodeId node = name_at(analysis, offset);
  if (node == tree.root()) return std::nullopt;
  if (const BuiltinName* builtin = builtin_at(analysis, node)) return Hover{tree.range(node), documentation(*builtin)};
  std::vector<Place> targets = targets_of(snapshot, {document, node});
  if (targets.empty()) {
    const parser::Reference& reference = analysis.scopes[node.index];
    if (reference.referent != parser::Referent::With) return std::nullopt;
    std::string_view scope = tree.text({reference.definition.index + 1});
    return Hover{tree.range(node), fmt::format("`{}` comes from `with {}`", tree.text(node), excerpt(scope))};
  }
  std::string markdown = describe(targets[0]);
  if (std::string doc = doc_comment(targets[0]); !doc.empty()) markdown += "\n\n" + doc;
  if (targets[0].file != document) {
    std::uint32_t line = targets[0].file->text.line_of(targets[0].tree().range(targets[0].node).begin) + 1;
    markdown += fmt::format("\n\n`{}:{}`", targets[0].file->path, line);
  }
  return Hover{tree.range(node), markdown};
}

}  // namespace evalctl::lsp

// The outline of a document: the names it binds, nested as its sets are.
#include <algorithm>

#include "base/files.h"
#include "lsp/features.h"
#include "lsp/fuzzy.h"

namespace evalctl::lsp {
namespace {

SymbolKind kind_of(const Tree& tree, NodeId value) {
  while (tree.kind(value) == NodeKind::Paren && tree.size(value) > 1) value = {value.index + 1};
  switch (tree.kind(value)) {
    case NodeKind::Lambda: return SymbolKind::Function;
    case NodeKind::AttrSet:
    case NodeKind::LegacyLet: return SymbolKind::Object;
    case NodeKind::List: return SymbolKind::Array;
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Path:
    case NodeKind::SearchPath:
    case NodeKind::Uri: return SymbolKind::String;
    case NodeKind::Integer:
    case NodeKind::Float: return SymbolKind::Number;
    case NodeKind::Identifier: {
      std::string_view name = tree.text(value);
      if (name == "true" || name == "false") return SymbolKind::Boolean;
      return name == "null" ? SymbolKind::Null : SymbolKind::Variable;
    }
    default: return SymbolKind::Property;
  }
}

std::string short_text(const Tree& tree, NodeId value) {
  constexpr std::size_t kLongest = 60;
  std::string_view text = tree.text(value);
  bool literal = tree.kind(value) == NodeKind::String || tree.kind(value) == NodeKind::Integer || tree.kind(value) == NodeKind::Path;
  return literal && text.size() <= kLongest && !text.contains('\n') ? std::string(text) : "";
}

// Symbols with the end of the subtree of nodes that their children lie in.
class Outline {
 public:
  explicit Outline(const Tree& tree) : tree_(tree) {}

  std::vector<Symbol> run() {
    open_.push_back({tree_.node_count(), {}});
    for (std::uint32_t index = 0; index < tree_.node_count(); ++index) {
      while (open_.size() > 1 && index >= open_.back().end) close();
      NodeId node{index};
      if (tree_.kind(node) == NodeKind::Binding) binding(node);
      else if (tree_.kind(node) == NodeKind::Inherit) inherit(node);
    }
    while (open_.size() > 1) close();
    return std::move(open_[0].symbol.children);
  }

 private:
  // Expressions nest as deep as they like; symbols deeper than this are not shown.
  static constexpr std::size_t kDeepest = 64;
  struct Open { std::uint32_t end; Symbol symbol; };

  void close() {
    Symbol done = std::move(open_.back().symbol);
    open_.pop_back();
    open_.back().symbol.children.push_back(std::move(done));
  }

  void binding(NodeId node) {
    NodeId path{node.index + 1}, value{path.index + tree_.size(path)};
    NodeId last = path;
    // A name that is missing stands where the next token does, outside of the binding perhaps.
    for (NodeId attribute : tree_.children(path))
      if (tree_.range(attribute).begin != tree_.range(attribute).end) last = attribute;
    Range range = tree_.range(node), name = tree_.range(last);
    std::string text(tree_.text(path));
    if (text.empty() || open_.size() > kDeepest) return;
    open_.push_back({node.index + tree_.size(node),
                     {std::move(text), short_text(tree_, value), kind_of(tree_, value), range, name, {}}});
  }

  void inherit(NodeId node) {
    for (NodeId child : tree_.children(node)) {
      if (tree_.kind(child) == NodeKind::InheritFrom) continue;
      Range range = tree_.range(child);
      if (range.begin == range.end) continue;
      open_.back().symbol.children.push_back({std::string(tree_.text(child)), "inherit", SymbolKind::Variable, range, range, {}});
    }
  }

  const Tree& tree_;
  std::vector<Open> open_;
};

void flatten(const std::vector<Symbol>& symbols, const std::string& container, const std::string& path, std::string_view query,
             std::vector<std::pair<int, WorkspaceSymbol>>& out) {
  for (const Symbol& symbol : symbols) {
    if (auto score = fuzzy_score(query, symbol.name)) {
      out.push_back({*score, {symbol.name, container, symbol.kind, {path, symbol.name_range}}});
    }
    flatten(symbol.children, symbol.name, path, query, out);
  }
}

}  // namespace

std::vector<Symbol> document_symbols(const Document& document) { return Outline(document.analysis().tree).run(); }

std::vector<WorkspaceSymbol> workspace_symbols(const Snapshot& snapshot, std::string_view query, const Cancel& cancel) {
  constexpr std::size_t kMostFiles = 5000, kMostSymbols = 500;
  std::vector<std::pair<int, WorkspaceSymbol>> found;
  for (const std::string& path : snapshot.files(kMostFiles, cancel)) {
    if (cancel) break;
    DocumentPtr document = snapshot.document(path);
    if (document) flatten(document_symbols(*document), "", path, query, found);
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return std::tie(b.first, a.second.name, a.second.location) < std::tie(a.first, b.second.name, b.second.location);
  });
  std::vector<WorkspaceSymbol> out;
  for (auto& [score, symbol] : found) {
    if (out.size() == kMostSymbols) break;
    out.push_back(std::move(symbol));
  }
  return out;
}

}  // namespace evalctl::lsp

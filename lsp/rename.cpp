// Renaming, such that the program means the same: `inherit` is taken apart, and a new name that would capture or be
// captured is refused.
#include <fmt/format.h>

#include <algorithm>

#include "lsp/builtins.h"
#include "lsp/features.h"
#include "lsp/occurrences.h"

namespace evalctl::lsp {
namespace {

constexpr std::string_view kKeywords[] = {"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"};

bool is_name(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto more = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '\''; };
  return !name.empty() && letter(name[0]) && std::ranges::all_of(name, more) &&
         std::ranges::find(kKeywords, name) == std::end(kKeywords);
}

// The node inside of which the symbol can be referred to by its plain name.
NodeId scope_of(const Place& symbol) {
  const Analysis& analysis = symbol.file->analysis();
  NodeId node = analysis.parent(symbol.node);
  auto is_scope = [&](NodeId candidate) {
    NodeKind kind = analysis.tree.kind(candidate);
    return kind == NodeKind::Lambda || kind == NodeKind::Let || kind == NodeKind::LegacyLet || kind == NodeKind::AttrSet ||
           candidate.index == 0;
  };
  while (!is_scope(node)) node = analysis.parent(node);
  return node;
}

class Renaming {
 public:
  Renaming(const Snapshot& snapshot, Place symbol, std::string name)
      : snapshot_(snapshot), symbol_(std::move(symbol)), name_(std::move(name)) {}

  std::expected<WorkspaceEdits, std::string> run(const Cancel& cancel) {
    if (auto reason = conflict()) return std::unexpected(*reason);
    std::vector<Occurrence> all = occurrences(snapshot_, symbol_, true, cancel);
    if (is_named_by_unknown(all)) return std::unexpected(fmt::format("callers of this file give '{}' by its name, and none of them is known", old_name()));
    for (const Occurrence& occurrence : all) {
      const Analysis& analysis = occurrence.place.file->analysis();
      bool inherited = analysis.tree.kind(occurrence.place.parent()) == NodeKind::Inherit;
      if (inherited) in_inherit(occurrence.place);
      else edit(occurrence.place, analysis.tree.range(occurrence.place.node), name_);
    }
    // Edits of one `inherit` are made together.
    for (const auto& [key, names] : inherits_) rewrite_inherit({key.first, {key.second}}, names);
    for (auto& [path, edits] : edits_) {
      std::ranges::sort(edits, {}, &Edit::range);
    }
    return std::move(edits_);
  }

 private:
  // What each renamed name of an `inherit` becomes: `new = old` or `old = new`.
  struct Replacement { NodeId name; std::string left, right; };

  std::string old_name() const { return std::string(symbol_.tree().text(symbol_.node)); }

  // An argument of the function that a file is, as `callPackage` and module systems call it, of which no call is seen.
  bool is_named_by_unknown(const std::vector<Occurrence>& all) const {
    const Analysis& analysis = symbol_.file->analysis();
    const Tree& tree = analysis.tree;
    NodeId formal = analysis.parent(symbol_.node);
    if (tree.kind(formal) != NodeKind::Formal || symbol_.node.index != formal.index + 1) return false;
    NodeId function = analysis.parent(analysis.parent(formal));
    for (NodeId at = function; at.index != 0; at = analysis.parent(at)) {
      NodeId parent = analysis.parent(at);
      NodeKind kind = tree.kind(parent);
      bool through = kind == NodeKind::Root || kind == NodeKind::Paren || kind == NodeKind::Let || kind == NodeKind::With ||
                     kind == NodeKind::Assert || kind == NodeKind::Lambda;
      // What is bound or given inside of the file is called there.
      if (!through || at.index + tree.size(at) != parent.index + tree.size(parent)) return false;
    }
    return std::ranges::none_of(all, [&](const Occurrence& one) {
      std::uint32_t node = one.place.node.index;
      return one.place.file != symbol_.file || node < function.index || node >= function.index + tree.size(function);
    });
  }

  void edit(const Place& place, Range range, std::string text) { edits_[place.file->path].push_back({range, std::move(text)}); }

  // Any use of the new name inside the scope of the symbol, or a binding of it there, makes it ambiguous.
  std::optional<std::string> conflict() const {
    const Analysis& analysis = symbol_.file->analysis();
    const Tree& tree = analysis.tree;
    NodeId scope = scope_of(symbol_);
    bool plain_set = tree.kind(scope) == NodeKind::AttrSet && !tree.is_recursive(scope);
    std::uint32_t end = scope.index + tree.size(scope);
    for (std::uint32_t index = scope.index; index < end; ++index) {
      NodeId node{index};
      if (parser::static_name(tree, node) != name_) continue;
      if (binds_beside(analysis, node, scope)) return fmt::format("'{}' is bound already", name_);
      bool reference = analysis.scopes[index].referent != parser::Referent::NotAReference;
      if (!plain_set && (reference || binds_variable(analysis, node))) {
        return fmt::format("'{}' is used inside the scope of the name already", name_);
      }
    }
    return std::nullopt;
  }

  bool binds_beside(const Analysis& analysis, NodeId node, NodeId scope) const {
    const Tree& tree = analysis.tree;
    NodeId parent = analysis.parent(node);
    if (tree.kind(parent) == NodeKind::AttrPath) {
      NodeId binding = analysis.parent(parent);
      if (tree.kind(binding) != NodeKind::Binding || analysis.parent(binding) != scope) return false;
      return index_in_path(analysis, node) == index_in_path(analysis, symbol_.node);
    }
    return tree.kind(parent) == NodeKind::Inherit && analysis.parent(parent) == scope;
  }

  bool binds_variable(const Analysis& analysis, NodeId node) const {
    const Tree& tree = analysis.tree;
    NodeId parent = analysis.parent(node);
    switch (tree.kind(parent)) {
      case NodeKind::Lambda:
      case NodeKind::Formal:
      case NodeKind::PatternBind: return parent.index + 1 == node.index;
      case NodeKind::Inherit:
      case NodeKind::AttrPath: {
        if (tree.kind(parent) == NodeKind::AttrPath && tree.kind(analysis.parent(parent)) != NodeKind::Binding) return false;
        NodeId set = set_of_attribute(analysis, node);
        return tree.kind(set) != NodeKind::AttrSet || tree.is_recursive(set);
      }
      default: return false;
    }
  }

  void in_inherit(const Place& place) {
    std::string old(parser::static_name(place.tree(), place.node).value_or(""));
    NodeId inherit = place.parent();
    NodeId from{inherit.index + 1};
    bool has_from = place.tree().kind(from) == NodeKind::InheritFrom;
    std::string source = has_from ? std::string(place.tree().text(from)) + "." : "";
    // The symbol itself is the new name; otherwise it is what the new name is taken from.
    bool is_new_name = place == symbol_;
    inherits_[{place.file, inherit.index}].push_back(
        {place.node, is_new_name ? name_ : old, source + (is_new_name ? old : name_)});
  }

  void rewrite_inherit(const Place& inherit, const std::vector<Replacement>& names) {
    const Tree& tree = inherit.tree();
    std::size_t count = 0;
    for (NodeId child : tree.children(inherit.node)) count += tree.kind(child) != NodeKind::InheritFrom;
    std::string bindings;
    for (const Replacement& name : names) {
      bindings += fmt::format("{}{} = {};", bindings.empty() ? "" : " ", name.left, name.right);
    }
    Range range = tree.range(inherit.node);
    if (count == names.size()) return edit(inherit, range, bindings);
    for (const Replacement& name : names) {
      Edit removal = remove_node(tree, name.name);
      edit(inherit, removal.range, "");
    }
    edit(inherit, {range.end, range.end}, " " + bindings);
  }

  const Snapshot& snapshot_;
  Place symbol_;
  std::string name_;
  WorkspaceEdits edits_;
  struct ByPath {
    using Key = std::pair<DocumentPtr, std::uint32_t>;
    bool operator()(const Key& a, const Key& b) const {
      return std::tie(a.first->path, a.second) < std::tie(b.first->path, b.second);
    }
  };
  std::map<ByPath::Key, std::vector<Replacement>, ByPath> inherits_;
};

}  // namespace

std::optional<Range> renamable(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  const Analysis& analysis = document->analysis();
  NodeId name = name_at(analysis, offset);
  if (name == analysis.tree.root()) return std::nullopt;
  Tracer tracer(snapshot);
  if (symbols_at(tracer, {document, name}).size() != 1) return std::nullopt;
  return analysis.tree.range(name);
}

std::expected<WorkspaceEdits, std::string> rename(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset,
                                                  const std::string& name, const Cancel& cancel) {
  const Analysis& analysis = document->analysis();
  NodeId node = name_at(analysis, offset);
  if (node == analysis.tree.root()) return std::unexpected("there is no name here");
  if (!is_name(name)) return std::unexpected(fmt::format("'{}' is no name", name));
  Tracer tracer(snapshot);
  std::vector<Place> symbols = symbols_at(tracer, {document, node});
  if (symbols.empty()) return std::unexpected("the definition of the name is not known");
  if (symbols.size() > 1) return std::unexpected("the name has several definitions");
  if (parser::static_name(symbols[0].tree(), symbols[0].node) == name) return WorkspaceEdits{};
  return Renaming(snapshot, symbols[0], name).run(cancel);
}

std::vector<Range> linked_ranges(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  NodeId name = name_at(analysis, offset);
  if (name == tree.root()) return {};
  Tracer tracer(snapshot);
  std::vector<Place> symbols = symbols_at(tracer, {document, name});
  if (symbols.size() != 1 || symbols[0].file->path != document->path) return {};
  NodeId parent = symbols[0].parent();
  NodeId holder = analysis.parent(analysis.parent(parent));
  bool bound_by_let = tree.kind(parent) == NodeKind::AttrPath && tree.size(parent) == 2 && tree.kind(holder) == NodeKind::Let;
  if (!bound_by_let && tree.kind(parent) != NodeKind::Lambda && tree.kind(parent) != NodeKind::PatternBind) return {};
  std::vector<Range> out;
  for (const Highlight& one : highlights(snapshot, document, offset, cancel)) {
    // `inherit a;` is the name of an attribute as well.
    if (tree.kind(analysis.parent(name_at(analysis, one.range.begin))) == NodeKind::Inherit) return {};
    out.push_back(one.range);
  }
  return out;
}

}  // namespace evalctl::lsp

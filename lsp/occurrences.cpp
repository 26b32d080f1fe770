#include "lsp/occurrences.h"

#include <algorithm>

#include "base/files.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

// Names looked at before a search ends; a search over a large workspace must end.
constexpr std::size_t kMostCandidates = 20000;
constexpr std::size_t kMostFiles = 100000;

bool is_attribute_node(const Analysis& analysis, NodeId node) {
  NodeKind parent = analysis.tree.kind(analysis.parent(node));
  return parent == NodeKind::AttrPath || parent == NodeKind::Inherit;
}

// The first attribute of the same path in the set: what `a.b = 1; a.c = 2;` call `a` is one symbol.
Place first_of_path(const Place& attribute) {
  const Analysis& analysis = attribute.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId path = attribute.parent();
  if (tree.kind(path) != NodeKind::AttrPath) return attribute;
  std::uint32_t index = index_in_path(analysis, attribute.node);
  auto names = [&](NodeId other) {
    std::vector<std::optional<std::string>> out;
    for (NodeId element : tree.children(other)) {
      if (out.size() > index) break;
      out.push_back(parser::static_name(tree, element));
    }
    return out;
  };
  auto wanted = names(path);
  for (NodeId part : tree.children(set_of_attribute(analysis, attribute.node))) {
    if (tree.kind(part) != NodeKind::Binding) continue;
    NodeId other{part.index + 1};
    if (names(other) != wanted) continue;
    NodeId element{other.index + 1};
    for (std::uint32_t i = 0; i < index; ++i) element.index += tree.size(element);
    return attribute.at(element);
  }
  return attribute;
}

std::vector<Place> canonical(std::vector<Place> places) {
  for (Place& place : places) {
    if (place.tree().kind(place.parent()) == NodeKind::AttrPath) place = first_of_path(place);
  }
  return places;
}

// The argument of the called function that a key of a call's set is.
std::optional<Place> formal_of_key(Tracer& tracer, const Place& key) {
  const Analysis& analysis = key.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId set = set_of_attribute(analysis, key.node);
  if (tree.kind(set) != NodeKind::AttrSet) return std::nullopt;
  NodeId argument = set;
  while (tree.kind(analysis.parent(argument)) == NodeKind::Paren) argument = analysis.parent(argument);
  NodeId apply = analysis.parent(argument);
  if (tree.kind(apply) != NodeKind::Apply || apply.index + 1 == argument.index) return std::nullopt;
  auto name = parser::static_name(tree, key.node);
  if (!name) return std::nullopt;
  for (const Place& function : tracer.called(key.at(apply))) {
    if (auto formal = Tracer::formal(function, *name)) return formal;
  }
  return std::nullopt;
}

bool binds_variable(const Analysis& analysis, NodeId inherited) {
  NodeId set = analysis.parent(analysis.parent(inherited));
  return analysis.tree.kind(set) != NodeKind::AttrSet || analysis.tree.is_recursive(set);
}

}  // namespace

NodeId name_at(const Analysis& analysis, std::uint32_t offset) {
  NodeId node = analysis.node_at(offset);
  const Tree& tree = analysis.tree;
  if (tree.kind(node) == NodeKind::Identifier) return node;
  bool plain = tree.kind(node) == NodeKind::String && tree.size(node) == 1 && is_attribute_node(analysis, node);
  return plain ? node : tree.root();
}

std::vector<Place> symbols_at(Tracer& tracer, const Place& name) {
  const Analysis& analysis = name.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId parent = analysis.parent(name.node);
  switch (tree.kind(parent)) {
    case NodeKind::AttrPath: {
      NodeKind owner = tree.kind(analysis.parent(parent));
      if (owner == NodeKind::Select || owner == NodeKind::HasAttr) return canonical(tracer.selected(name));
      if (owner != NodeKind::Binding) return {};
      bool first = parent.index + 1 == name.node.index;
      if (auto formal = first ? formal_of_key(tracer, name) : std::nullopt) return {*formal};
      return {first_of_path(name)};
    }
    case NodeKind::Inherit: {
      if (binds_variable(analysis, name.node)) return {name};
      if (auto formal = formal_of_key(tracer, name)) return {*formal};
      NodeId from{parent.index + 1};
      if (tree.kind(from) != NodeKind::InheritFrom) return canonical(tracer.meaning(name));
      auto text = parser::static_name(tree, name.node);
      auto found = text ? canonical(tracer.attributes(name.at({from.index + 1}), *text)) : std::vector<Place>{};
      return found.empty() ? std::vector<Place>{name} : found;
    }
    case NodeKind::Formal:
    case NodeKind::PatternBind: if (parent.index + 1 == name.node.index) return {name}; break;
    case NodeKind::Lambda: if (parent.index + 1 == name.node.index) return {name}; break;
    default: break;
  }
  return canonical(tracer.meaning(name));
}

std::vector<Place> targets_of(const Snapshot& snapshot, const Place& name) {
  Tracer tracer(snapshot);
  std::vector<Place> places = symbols_at(tracer, name);
  constexpr int kMostHops = 20;
  for (Place& place : places) {
    for (int hop = 0; hop < kMostHops && place.tree().kind(place.parent()) == NodeKind::Inherit; ++hop) {
      NodeId from{place.parent().index + 1};
      auto text = parser::static_name(place.tree(), place.node);
      if (!text) break;
      auto next = place.tree().kind(from) == NodeKind::InheritFrom ? tracer.attributes(place.at({from.index + 1}), *text)
                                                                   : tracer.meaning(place);
      if (next.empty() || next[0] == place) break;
      place = first_of_path(next[0]);
    }
  }
  return places;
}

bool is_local(const Place& symbol) {
  const Analysis& analysis = symbol.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId parent = symbol.parent();
  switch (tree.kind(parent)) {
    case NodeKind::Lambda:
    case NodeKind::PatternBind: return true;
    case NodeKind::Inherit: return tree.kind(set_of_attribute(analysis, symbol.node)) == NodeKind::Let;
    case NodeKind::AttrPath:
      return tree.kind(set_of_attribute(analysis, symbol.node)) == NodeKind::Let && index_in_path(analysis, symbol.node) == 0;
    default: return false;
  }
}

namespace {

class Search {
 public:
  Search(const Snapshot& snapshot, const Place& symbol, const Cancel& cancel)
      : snapshot_(snapshot), symbol_(symbol), cancel_(cancel), name_(parser::static_name(symbol.tree(), symbol.node).value_or("")) {}

  std::vector<Occurrence> run(bool other_files) {
    if (name_.empty()) return {};
    in_file(symbol_.file);
    // A local name's value may be seen by other files, the name may not.
    if (!is_local(symbol_) && other_files) {
      for (const std::string& path : snapshot_.files(kMostFiles, cancel_)) {
        if (cancel_ || candidates_ > kMostCandidates) break;
        if (path != symbol_.file->path && mentions(path)) {
          if (DocumentPtr document = snapshot_.document(path)) in_file(document);
        }
      }
    }
    return std::move(found_);
  }

 private:
  // Reads a file that is not open without keeping it.
  bool mentions(const std::string& path) const {
    auto open = snapshot_.open_documents().find(path);
    if (open != snapshot_.open_documents().end()) return open->second->text.bytes().contains(name_);
    auto text = base::read_file(path);
    return text && text->contains(name_);
  }

  void in_file(const DocumentPtr& file) {
    const Analysis& analysis = file->analysis();
    const Tree& tree = analysis.tree;
    for (std::uint32_t index = 0; index < tree.node_count() && !cancel_; ++index) {
      NodeId node{index};
      NodeKind kind = tree.kind(node);
      // `s."a"` and `s.${"a"}` name an attribute as `s.a` does.
      bool quoted = (kind == NodeKind::String && tree.size(node) == 1) || kind == NodeKind::Interpolation;
      if (kind != NodeKind::Identifier && !(quoted && is_attribute_node(analysis, node))) continue;
      if (kind == NodeKind::Identifier ? tree.text(node) != name_ : parser::static_name(tree, node) != name_) continue;
      if (++candidates_ > kMostCandidates) return;
      Place place{file, node};
      if (is_occurrence(analysis, place)) found_.push_back({place, place == symbol_ || same_path(place)});
    }
  }

  bool is_occurrence(const Analysis& analysis, const Place& place) {
    if (place == symbol_) return true;
    // Most names are plain variables; the scopes alone say what they mean.
    const parser::Reference& reference = analysis.scopes[place.node.index];
    bool variable = reference.referent != Referent::NotAReference && reference.referent != Referent::With &&
                    !is_attribute_node(analysis, place.node);
    if (variable) {
      bool defined = reference.referent != Referent::Global && reference.referent != Referent::Undefined;
      return defined && place.file == symbol_.file && reference.definition == symbol_.node;
    }
    Tracer tracer(snapshot_);
    for (const Place& other : symbols_at(tracer, place)) {
      if (other == symbol_) return true;
    }
    // `inherit a;` that binds `a` again also reads the outer one.
    if (place.tree().kind(place.parent()) != NodeKind::Inherit) return false;
    for (const Place& other : inherited(tracer, place)) {
      if (other == symbol_) return true;
    }
    return false;
  }

  static std::vector<Place> inherited(Tracer& tracer, const Place& place) {
    NodeId from{place.parent().index + 1};
    auto name = parser::static_name(place.tree(), place.node);
    if (place.tree().kind(from) != NodeKind::InheritFrom) return tracer.meaning(place);
    return canonical(tracer.attributes(place.at({from.index + 1}), *name));
  }

  // Another binding of the same attribute path.
  bool same_path(const Place& place) const {
    return place.file == symbol_.file && place.tree().kind(place.parent()) == NodeKind::AttrPath &&
           place.tree().kind(place.file->analysis().parent(place.parent())) == NodeKind::Binding &&
           set_of_attribute(place.file->analysis(), place.node) == set_of_attribute(place.file->analysis(), symbol_.node);
  }

  const Snapshot& snapshot_;
  Place symbol_;
  const Cancel& cancel_;
  std::string name_;
  std::size_t candidates_ = 0;
  std::vector<Occurrence> found_;
};

}  // namespace

std::vector<Occurrence> occurrences(const Snapshot& snapshot, const Place& symbol, bool other_files, const Cancel& cancel) {
  return Search(snapshot, symbol, cancel).run(other_files);
}

}  // namespace evalctl::lsp

#include "parser/scopes.h"

#include <deque>
#include <string>

#include "parser/merged_sets.h"
#include "parser/name_table.h"
#include "parser/parse.h"

namespace evalctl::parser {
namespace {

constexpr std::string_view kReferentNames[] = {"NotAReference", "Attribute", "Parameter", "Formal",
                                               "PatternName",   "Global",    "With",      "Undefined"};

class Resolver {
 public:
  Resolver(const Tree& tree, const Globals& globals)
      : tree_(tree), globals_(globals), out_(tree.node_count()), names_(tree.node_count() / 8), merged_(tree, names_, kept_) {}

  // Only what is inside of `part`; all else is known.
  Resolver(const Tree& tree, const Globals& globals, NodeId part, Scopes known)
      : tree_(tree), globals_(globals), out_(std::move(known)), names_(kFewNames), merged_(tree, names_, kept_), part_(part),
        part_end_(part.index + tree.size(part)) {}

  // Whether merged sets around the part kept it from being resolved.
  bool gave_up() const { return gave_up_; }

  // Nodes still to visit, and the ends of scopes, wait on one stack.
  Scopes run() {
    visit_later(tree_.root());
    while (!work_.empty()) {
      Work work = work_.back();
      work_.pop_back();
      switch (work.action) {
        case Action::Visit: visit(work.node); break;
        case Action::VisitGroup: group(merged_.group(work.node.index)); break;
        case Action::Close: close(work.node.index); break;
        case Action::OpenWith: open_with(work.node); break;
        case Action::CloseWith: withs_.pop_back(); break;
      }
    }
    return std::move(out_);
  }

 private:
  enum class Action : std::uint8_t { Visit, VisitGroup, Close, OpenWith, CloseWith };
  struct Work {
    Action action;
    // For Close: how many definitions stay open. For VisitGroup: the number of the group.
    NodeId node;
  };
  struct Meaning {
    // Global or Undefined where nothing in the file defines the name.
    Reference reference;
    // The set that defines it, or has it among its first names, last; by number.
    std::uint32_t set = 0;
  };
  struct Shadowed {
    std::uint32_t name;
    Reference outer;
  };

  // Whether the part is inside of the node; the root is where there is no part.
  bool is_around(NodeId node) const { return node.index < part_.index && part_end_ <= node.index + tree_.size(node); }
  bool matters(NodeId node) const { return (node.index >= part_.index && node.index < part_end_) || is_around(node); }

  void visit_later(NodeId node) {
    if (matters(node)) work_.push_back({Action::Visit, node});
  }
  void close_later() { work_.push_back({Action::Close, {static_cast<std::uint32_t>(open_.size())}}); }
  NodeId next(NodeId node) const { return {node.index + tree_.size(node)}; }

  // The number of a name, whose meaning is known from then on.
  std::uint32_t name_of(std::string_view text) {
    std::uint32_t name = names_.intern(text);
    if (name >= meanings_.size()) know_names();
    return name;
  }

  void know_names() {
    for (auto name = static_cast<std::uint32_t>(meanings_.size()); name < names_.size(); ++name) {
      meanings_.push_back({{globals_.contains(names_.text(name)) ? Referent::Global : Referent::Undefined, {0}}});
    }
  }

  std::uint32_t name_of(NodeId identifier) { return name_of(tree_.text(identifier)); }

  void define(std::uint32_t name, Referent referent, NodeId node) {
    Reference& meaning = meanings_[name].reference;
    open_.push_back({name, meaning});
    meaning = {referent, node};
  }

  void close(std::uint32_t keep) {
    for (; open_.size() > keep; open_.pop_back()) meanings_[open_.back().name].reference = open_.back().outer;
  }

  void reference(NodeId node, std::uint32_t name) {
    const Reference& meaning = meanings_[name].reference;
    out_[node.index] = meaning.referent == Referent::Undefined && !withs_.empty() ? Reference{Referent::With, withs_.back()} : meaning;
  }

  void visit(NodeId node) {
    switch (tree_.kind(node)) {
      case NodeKind::Identifier: return identifier(node);
      case NodeKind::Let:
      case NodeKind::LegacyLet: return set(node, true);
      case NodeKind::AttrSet: return set(node, tree_.is_recursive(node));
      case NodeKind::Lambda: return lambda(node);
      case NodeKind::With:
        work_.push_back({Action::OpenWith, node});
        return visit_later({node.index + 1});
      case NodeKind::AttrPath:
        for (NodeId child : tree_.children(node)) {
          if (tree_.kind(child) != NodeKind::Identifier) visit_later(child);
        }
        return;
      default:
        for (NodeId child : tree_.children(node)) visit_later(child);
    }
  }

  // `__curPos` is a position, whatever is defined by that name.
  void identifier(NodeId node) {
    if (tree_.text(node) == "__curPos") out_[node.index] = {Referent::Global, {0}};
    else reference(node, name_of(node));
  }

  void open_with(NodeId with) {
    withs_.push_back(with);
    work_.push_back({Action::CloseWith, with});
    visit_later(next({with.index + 1}));
  }

  void set(NodeId set, bool recursive) {
    bool around = is_around(set);
    if ((!around || recursive) && has_merged_names(set)) {
      gave_up_ |= around;
      return around ? void() : work_.push_back({Action::VisitGroup, {merged_.add(set)}});
    }
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Inherit && !around) inherited(child);
    }
    close_later();
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Inherit) {
        if (recursive) define_inherited(child);
        visit_source(child);
      } else {
        if (recursive && tree_.kind(child) == NodeKind::Binding) define_attribute({child.index + 2});
        visit_later(child);
      }
    }
  }

  // Whether two bindings of the set begin with the same name.
  bool has_merged_names(NodeId set) {
    ++set_;
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) != NodeKind::Binding) continue;
      std::optional<std::uint32_t> name = static_name_of({child.index + 2});
      if (!name) continue;
      if (meanings_[*name].set == set_) return true;
      meanings_[*name].set = set_;
    }
    return false;
  }

  void visit_source(NodeId inherit) {
    NodeId from{inherit.index + 1};
    if (tree_.size(inherit) > 1 && tree_.kind(from) == NodeKind::InheritFrom) visit_later(from);
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) == NodeKind::Interpolation || tree_.kind(child) == NodeKind::String) visit_later(child);
    }
  }

  // `inherit a;` looks `a` up outside the set, so this comes before the set's own names.
  void inherited(NodeId inherit) {
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) == NodeKind::InheritFrom) return;
      if (auto name = static_name_of(child)) reference(child, *name);
    }
  }

  void define_inherited(NodeId inherit) {
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) != NodeKind::InheritFrom) define_attribute(child);
    }
  }

  void define_attribute(NodeId attribute) {
    if (auto name = static_name_of(attribute)) define(*name, Referent::Attribute, attribute);
  }

  // The same for a set with merged names.
  void group(const SetGroup& group) {
    know_names();
    for (const SetGroup::Member& member : group.members) {
      if (member.from_outside) reference(member.attribute, member.name);
    }
    close_later();
    ++set_;
    for (const SetGroup::Member& member : group.members) {
      bool first = std::exchange(meanings_[member.name].set, set_) != set_;
      if (group.recursive && first) define(member.name, Referent::Attribute, member.attribute);
      if (member.group != 0) work_.push_back({Action::VisitGroup, {member.group}});
      else if (!member.inherited) visit_later(member.value);
    }
    for (NodeId expression : group.expressions) visit_later(expression);
    for (std::uint32_t number : group.unnamed) work_.push_back({Action::VisitGroup, {number}});
  }

  // Defaults of formals see all formals and the name at the `@`.
  void lambda(NodeId lambda) {
    NodeId parameter{lambda.index + 1};
    close_later();
    visit_later(next(parameter));
    if (tree_.kind(parameter) == NodeKind::Identifier) return define(name_of(parameter), Referent::Parameter, parameter);
    for (NodeId child : tree_.children(parameter)) {
      NodeId name{child.index + 1};
      if (tree_.kind(child) == NodeKind::Error || tree_.kind(name) != NodeKind::Identifier) continue;
      bool formal = tree_.kind(child) == NodeKind::Formal;
      define(name_of(name), formal ? Referent::Formal : Referent::PatternName, name);
      if (formal && tree_.size(child) > 2) visit_later(next(name));
    }
  }

  std::optional<std::uint32_t> static_name_of(NodeId attribute) {
    if (tree_.kind(attribute) == NodeKind::Identifier) return name_of(attribute);
    auto text = static_name(tree_, attribute);
    return text ? std::optional(name_of(kept_.emplace_back(std::move(*text)))) : std::nullopt;
  }

  const Tree& tree_;
  const Globals& globals_;
  Scopes out_;
  std::vector<Work> work_;
  NameTable names_;
  // By name: what it means at the place of the walk.
  std::vector<Meaning> meanings_;
  // Definitions whose scope is open, innermost last, with what they shadow.
  std::vector<Shadowed> open_;
  std::vector<NodeId> withs_;
  std::uint32_t set_ = 0;
  // Names that are not written as they are. A deque, since views of them must stay valid.
  std::deque<std::string> kept_;
  MergedSets merged_;
  static constexpr std::size_t kFewNames = 256;
  NodeId part_{0};
  std::uint32_t part_end_ = tree_.node_count();
  bool gave_up_ = false;
};

}  // namespace

std::optional<Scopes> resolve_part(const Tree& tree, const Globals& globals, NodeId part, Scopes known) {
  Resolver resolver(tree, globals, part, std::move(known));
  Scopes scopes = resolver.run();
  return resolver.gave_up() ? std::nullopt : std::optional(std::move(scopes));
}

std::string_view name_of(Referent referent) { return kReferentNames[static_cast<std::size_t>(referent)]; }

Scopes resolve(const Tree& tree, const Globals& globals) { return Resolver(tree, globals).run(); }

Scopes resolve(const Tree& tree, std::span<const std::string_view> globals) { return resolve(tree, Globals(globals)); }

std::vector<std::uint32_t> count_uses(const Scopes& scopes) {
  std::vector<std::uint32_t> uses(scopes.size());
  for (const Reference& reference : scopes) {
    if (reference.is_lexical()) ++uses[reference.definition.index];
  }
  return uses;
}

// Definitions and uses of a subtree are consecutive, so a comparison tells inside from outside.
std::vector<NodeId> free_variables(const Tree& tree, const Scopes& scopes, NodeId body) {
  std::vector<NodeId> out;
  std::unordered_set<std::uint32_t> known;
  std::uint32_t end = body.index + tree.size(body);
  for (std::uint32_t i = body.index; i < end; ++i) {
    if (!scopes[i].is_lexical()) continue;
    NodeId definition = scopes[i].definition;
    bool inside = definition.index >= body.index && definition.index < end;
    if (!inside && known.insert(definition.index).second) out.push_back(definition);
  }
  return out;
}

}  // namespace evalctl::parser

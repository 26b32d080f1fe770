#include "evaluator/binding_groups.h"

#include "parser/parse.h"

namespace evalctl::evaluator {
namespace {

using parser::NodeId;
using parser::NodeKind;
using parser::Tree;

class Grouper {
 public:
  Grouper(const Tree& tree, std::deque<BindingGroup>& arena) : tree_(tree), arena_(arena) {}

  BindingGroup* make(NodeId node) {
    BindingGroup* group = &arena_.emplace_back();
    group->offset = tree_.range(node).begin;
    group->recursive = tree_.kind(node) == NodeKind::LegacyLet || tree_.kind(node) == NodeKind::Let ||
                       (tree_.kind(node) == NodeKind::AttrSet && tree_.is_recursive(node));
    add_all(*group, node);
    return group;
  }

 private:
  void add_all(BindingGroup& group, NodeId node) {
    // Sources of a merged set come after those already there.
    for (NodeId child : tree_.children(node)) {
      if (tree_.kind(child) == NodeKind::Binding) add_binding(group, child);
      if (tree_.kind(child) == NodeKind::Inherit) add_inherit(group, child);
    }
  }

  void add_inherit(BindingGroup& group, NodeId inherit) {
    GroupBinding::Kind kind = GroupBinding::Kind::InheritOuter;
    std::uint32_t source = 0;
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) == NodeKind::InheritFrom) {
        kind = GroupBinding::Kind::InheritFrom;
        source = static_cast<std::uint32_t>(group.sources.size());
        group.sources.push_back({child.index + 1});
      } else if (auto name = attribute_symbol(tree_, child)) {
        group.append({.kind = kind, .name = *name, .offset = tree_.range(child).begin, .source = source});
      }
    }
  }

  void add_binding(BindingGroup& group, NodeId binding) {
    NodeId path{binding.index + 1};
    NodeId value{path.index + tree_.size(path)};
    std::uint32_t offset = tree_.range(path).begin;
    BindingGroup* target = &group;
    NodeId last{};
    for (NodeId element : tree_.children(path)) {
      if (last.index != 0) target = descend(*target, last, offset);
      last = element;
    }
    if (last.index != 0) add_value(*target, last, value, offset);
  }

  // The nested group of that name, made where there is none.
  BindingGroup* descend(BindingGroup& group, NodeId element, std::uint32_t offset) {
    auto name = attribute_symbol(tree_, element);
    if (BindingGroup* known = name ? group.nested(*name) : nullptr) return known;
    BindingGroup* nested = &arena_.emplace_back();
    nested->offset = offset;
    GroupBinding made{.kind = GroupBinding::Kind::Nested, .name = name.value_or(Symbol{}), .offset = offset, .nested = nested};
    if (name) group.append(made);
    else group.dynamic.push_back({element, made});
    return nested;
  }

  void add_value(BindingGroup& group, NodeId element, NodeId value, std::uint32_t offset) {
    auto name = attribute_symbol(tree_, element);
    // Parentheses around a literal set do not keep it from being merged.
    NodeId literal = value;
    while (tree_.kind(literal) == NodeKind::Paren) literal = {literal.index + 1};
    bool is_set = tree_.kind(literal) == NodeKind::AttrSet;
    if (is_set) value = literal;
    if (BindingGroup* known = name && is_set ? group.nested(*name) : nullptr) return add_all(*known, value);
    GroupBinding made{.kind = GroupBinding::Kind::Expression, .name = name.value_or(Symbol{}), .offset = offset, .node = value};
    if (is_set) {
      made.kind = GroupBinding::Kind::Nested;
      made.nested = make(value);
    }
    if (name) group.append(made);
    else group.dynamic.push_back({element, made});
  }

  const Tree& tree_;
  std::deque<BindingGroup>& arena_;
};

// A smaller group is searched from its end.
constexpr std::size_t kIndexMinimum = 16;

}  // namespace

void BindingGroup::append(const GroupBinding& binding) {
  bindings.push_back(binding);
  if (bindings.size() < kIndexMinimum) return;
  for (std::size_t i = index.size(); i < bindings.size(); ++i) index.emplace(bindings[i].name.id, static_cast<std::uint32_t>(i));
}

BindingGroup* BindingGroup::nested(Symbol name) const {
  if (bindings.size() >= kIndexMinimum) {
    auto found = index.find(name.id);
    return found == index.end() ? nullptr : bindings[found->second].nested;
  }
  for (const GroupBinding& binding : bindings)
    if (binding.name == name) return binding.nested;
  return nullptr;
}

std::optional<Symbol> attribute_symbol(const Tree& tree, NodeId element) {
  if (tree.kind(element) == NodeKind::Identifier) return intern(tree.text(element));
  auto name = parser::static_name(tree, element);
  return name ? std::optional(intern(*name)) : std::nullopt;
}

BindingGroup* group_bindings(const Tree& tree, NodeId node, std::deque<BindingGroup>& arena) {
  return Grouper(tree, arena).make(node);
}

}  // namespace evalctl::evaluator

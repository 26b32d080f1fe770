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
        append(group, {.kind = kind, .name = *name, .offset = tree_.range(child).begin, .source = source});
      }
    }
  }

  void add_binding(BindingGroup& group, NodeId binding) {
    NodeId path{binding.index + 1};
    NodeId value{path.index + tree_.size(path)};
    std::uint32_t offset = tree_.range(path).begin;
    std::vector<NodeId> elements;
    for (NodeId element : tree_.children(path)) elements.push_back(element);
    BindingGroup* target = &group;
    for (std::size_t i = 0; i + 1 < elements.size(); ++i) target = descend(*target, elements[i], offset);
    if (!elements.empty()) add_value(*target, elements.back(), value, offset);
  }

  // The nested group of that name, made where there is none.
  BindingGroup* descend(BindingGroup& group, NodeId element, std::uint32_t offset) {
    auto name = attribute_symbol(tree_, element);
    if (name) {
      auto it = group.index.find(name->id);
      if (it != group.index.end() && group.bindings[it->second].nested) return group.bindings[it->second].nested;
    }
    BindingGroup* nested = &arena_.emplace_back();
    nested->offset = offset;
    GroupBinding made{.kind = GroupBinding::Kind::Nested, .name = name.value_or(Symbol{}), .offset = offset, .nested = nested};
    if (name) append(group, made);
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
    if (name && is_set) {
      auto it = group.index.find(name->id);
      if (it != group.index.end() && group.bindings[it->second].nested) {
        add_all(*group.bindings[it->second].nested, value);
        return;
      }
    }
    GroupBinding made{.kind = GroupBinding::Kind::Expression, .name = name.value_or(Symbol{}), .offset = offset, .node = value};
    if (is_set) {
      made.kind = GroupBinding::Kind::Nested;
      made.nested = make(value);
    }
    if (name) append(group, made);
    else group.dynamic.push_back({element, made});
  }

  static void append(BindingGroup& group, const GroupBinding& binding) {
    group.index.emplace(binding.name.id, static_cast<std::uint32_t>(group.bindings.size()));
    group.bindings.push_back(binding);
  }

  const Tree& tree_;
  std::deque<BindingGroup>& arena_;
};

}  // namespace

std::optional<Symbol> attribute_symbol(const Tree& tree, NodeId element) {
  if (tree.kind(element) == NodeKind::Identifier) return intern(tree.text(element));
  auto name = parser::static_name(tree, element);
  return name ? std::optional(intern(*name)) : std::nullopt;
}

BindingGroup* group_bindings(const Tree& tree, NodeId node, std::deque<BindingGroup>& arena) {
  return Grouper(tree, arena).make(node);
}

}  // namespace evalctl::evaluator

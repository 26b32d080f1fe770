#include "parser/merged_sets.h"

#include "parser/parse.h"

namespace evalctl::parser {
namespace {

// The literal set that `value` is, parentheses apart; `value` itself where it is another expression.
NodeId literal_of(const Tree& tree, NodeId value) {
  NodeId inner = value;
  while (tree.kind(inner) == NodeKind::Paren) inner = {inner.index + 1};
  return tree.kind(inner) == NodeKind::AttrSet ? inner : value;
}

}  // namespace

std::uint32_t MergedSets::add(NodeId set) {
  bool literal = tree_.kind(set) == NodeKind::AttrSet;
  std::uint32_t group = make(!literal || tree_.is_recursive(set));
  add_all(group, set);
  return group;
}

std::uint32_t MergedSets::make(bool recursive) {
  groups_.push_back({.recursive = recursive, .members = {}, .expressions = {}, .unnamed = {}});
  return static_cast<std::uint32_t>(groups_.size());
}

void MergedSets::add_all(std::uint32_t group, NodeId set) {
  for (NodeId child : tree_.children(set)) {
    if (tree_.kind(child) == NodeKind::Binding) add_binding(group, child);
    else if (tree_.kind(child) == NodeKind::Inherit) add_inherit(group, child);
    else at(group).expressions.push_back(child);
  }
}

void MergedSets::add_inherit(std::uint32_t group, NodeId inherit) {
  bool from_outside = true;
  for (NodeId child : tree_.children(inherit)) {
    if (tree_.kind(child) == NodeKind::InheritFrom) {
      from_outside = false;
      at(group).expressions.push_back({child.index + 1});
      continue;
    }
    std::uint32_t name = name_of_attribute(child);
    SetGroup::Member member{.name = name, .attribute = child, .value = child, .inherited = true, .from_outside = from_outside};
    if (name == kNoName) at(group).expressions.push_back(child);
    else append(group, member);
  }
}

void MergedSets::add_binding(std::uint32_t group, NodeId binding) {
  NodeId path{binding.index + 1};
  NodeId value{path.index + tree_.size(path)};
  for (NodeId attribute{path.index + 1}; attribute != value;) {
    NodeId next{attribute.index + tree_.size(attribute)};
    if (next == value) add_value(group, attribute, value);
    else group = descend(group, attribute);
    attribute = next;
  }
}

// A name that stands for something else than a set is an error already reported; the rest gets a set of its own then.
std::uint32_t MergedSets::descend(std::uint32_t group, NodeId attribute) {
  std::uint32_t name = name_of_attribute(attribute);
  SetGroup::Member* known = name == kNoName ? nullptr : find(group, name);
  if (known) {
    if (std::uint32_t nested = group_of(*known)) return nested;
  }
  std::uint32_t nested = make(false);
  if (name == kNoName) at(group).expressions.push_back(attribute);
  if (name == kNoName || known) at(group).unnamed.push_back(nested);
  else append(group, {.name = name, .attribute = attribute, .value = attribute, .group = nested});
  return nested;
}

void MergedSets::add_value(std::uint32_t group, NodeId attribute, NodeId value) {
  std::uint32_t name = name_of_attribute(attribute);
  if (name == kNoName) {
    at(group).expressions.push_back(attribute);
    at(group).expressions.push_back(value);
    return;
  }
  SetGroup::Member* known = find(group, name);
  if (!known) return append(group, {.name = name, .attribute = attribute, .value = value});
  NodeId literal = literal_of(tree_, value);
  std::uint32_t nested = tree_.kind(literal) == NodeKind::AttrSet ? group_of(*known) : 0;
  if (nested != 0) add_all(nested, literal);
  else at(group).expressions.push_back(value);
}

std::uint32_t MergedSets::group_of(SetGroup::Member& member) {
  if (member.group != 0 || member.inherited) return member.group;
  NodeId literal = literal_of(tree_, member.value);
  return tree_.kind(literal) == NodeKind::AttrSet ? member.group = add(literal) : 0;
}

SetGroup::Member* MergedSets::find(std::uint32_t group, std::uint32_t name) {
  auto found = index_.find(std::uint64_t{group} << 32 | name);
  return found == index_.end() ? nullptr : &at(group).members[found->second];
}

// The first definition of a name is the one that counts.
void MergedSets::append(std::uint32_t group, const SetGroup::Member& member) {
  index_.emplace(std::uint64_t{group} << 32 | member.name, at(group).members.size());
  at(group).members.push_back(member);
}

std::uint32_t MergedSets::name_of_attribute(NodeId attribute) {
  if (tree_.kind(attribute) == NodeKind::Identifier) return names_.intern(tree_.text(attribute));
  auto name = static_name(tree_, attribute);
  return name ? names_.intern(kept_.emplace_back(std::move(*name))) : kNoName;
}

}  // namespace evalctl::parser

// Bindings as the language means them: `a.b = 1; a.c = 2;` is one nested set, whatever the text looks like.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "evaluator/symbol.h"
#include "parser/tree.h"

namespace evalctl::evaluator {

struct BindingGroup;

struct GroupBinding {
  enum class Kind : std::uint8_t { Expression, Nested, InheritOuter, InheritFrom } kind;
  Symbol name;
  std::uint32_t offset;
  parser::NodeId node{};            // Expression: the value
  BindingGroup* nested = nullptr;   // Nested
  std::uint32_t source = 0;         // InheritFrom: index in sources
};

struct DynamicBinding {
  parser::NodeId name;  // Interpolation or String node
  GroupBinding binding;
};

struct BindingGroup {
  bool recursive = false;
  std::uint32_t offset = 0;
  std::vector<GroupBinding> bindings;
  // Symbol id -> place in bindings, once there are many.
  std::unordered_map<std::uint32_t, std::uint32_t> index;
  std::vector<DynamicBinding> dynamic;
  std::vector<parser::NodeId> sources;  // of `inherit (e) ...`

  void append(const GroupBinding& binding);
  // The nested group bound to that name; null where there is none.
  BindingGroup* nested(Symbol name) const;
};

// The name of an attribute path element that is fixed by the text; none when it is computed.
std::optional<Symbol> attribute_symbol(const parser::Tree& tree, parser::NodeId element);

// Groups the Binding and Inherit children of `node` (AttrSet, LegacyLet, Let). Groups live in `arena`. The parser has
// refused duplicates already.
BindingGroup* group_bindings(const parser::Tree& tree, parser::NodeId node, std::deque<BindingGroup>& arena);

}  // namespace evalctl::evaluator

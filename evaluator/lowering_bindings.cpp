// Sets, let and functions.
#include <algorithm>

#include "evaluator/lowering.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {

using parser::NodeId;
using parser::NodeKind;

namespace {

// Orders bindings as shapes are ordered.
void sort_by_name(BindingGroup& group) {
  std::sort(group.bindings.begin(), group.bindings.end(),
            [](const GroupBinding& a, const GroupBinding& b) { return a.name < b.name; });
}

}  // namespace

std::uint32_t Lowering::set(NodeId id) { return set_of(*group_bindings(tree_, id, groups_)); }

std::uint32_t Lowering::set_of(BindingGroup& group) {
  std::uint32_t mark = unit_->next_slot;
  Words words;
  {
    Scope scope;
    group_words(group, scope, words);
  }
  unit_->next_slot = mark;
  bool is_empty = group.bindings.empty() && group.dynamic.empty();
  return node(is_empty ? IrKind::EmptySet : IrKind::Set, group.offset, {}, words);
}

std::uint32_t Lowering::let(NodeId id) {
  BindingGroup& group = *group_bindings(tree_, id, groups_);
  std::uint32_t mark = unit_->next_slot;
  Scope scope;
  Words words;
  group_words(group, scope, words);
  NodeId body{};
  for (NodeId c : tree_.children(id)) body = c;
  std::uint32_t result = strict(body);
  unit_->next_slot = mark;
  return node(IrKind::Let, offset_of(id), {result}, words);
}

// The group as it stands in a node. Its names stay bound in `scope` where it is recursive.
void Lowering::group_words(BindingGroup& group, Scope& scope, Words& out) {
  sort_by_name(group);
  auto count = static_cast<std::uint32_t>(group.bindings.size());
  bool overrides = group.recursive && std::any_of(group.bindings.begin(), group.bindings.end(),
                                                  [&](const GroupBinding& b) { return b.name == vm_.symbols.overrides; });
  Words inherited(count, kNone);
  for (std::uint32_t i = 0; i < count; ++i)
    if (group.bindings[i].kind == GroupBinding::Kind::InheritOuter)
      inherited[i] = lazy_name(group.bindings[i].name, group.bindings[i].offset);
  std::uint32_t base = group.recursive ? new_slots(count) : unit_->next_slot;
  const BindingGroup* outer = filling_;
  if (group.recursive) {
    filling_ = &group;
    for (std::uint32_t i = 0; i < count; ++i) scope.bind(group.bindings[i].name, new_variable(base + i, &group));
  }
  std::uint32_t flags = (group.recursive ? kRecursive : 0) | (overrides ? kHasOverrides : 0);
  out = {count, flags};
  if (group.recursive) out.push_back(base);
  SmallVector<Variable*, 8> sources;
  Words source_words;
  group_sources(group, sources, source_words);
  out.push_back(static_cast<std::uint32_t>(source_words.size() / 2));
  out.insert(out.end(), source_words.begin(), source_words.end());
  out.push_back(static_cast<std::uint32_t>(group.dynamic.size()));
  for (std::uint32_t i = 0; i < count; ++i) {
    const GroupBinding& b = group.bindings[i];
    filling_slot_ = base + i;
    out.push_back(index_of(b.name));
    out.push_back(offset_here(b.offset));
    out.push_back(inherited[i] != kNone ? inherited[i] : group_word(b, sources, overrides));
  }
  filling_ = outer;
  dynamic_words(group, out);
}

// What `inherit (e)` reads from: e itself where it is a variable, otherwise a slot that holds its thunk.
void Lowering::group_sources(BindingGroup& group, SmallVector<Variable*, 8>& sources, Words& out) {
  for (NodeId source : group.sources) {
    NodeId id = unwrap(source);
    if (tree_.kind(id) == NodeKind::Identifier) {
      Found found = look_up(intern(tree_.text(id)));
      if (found.kind == Found::Bound) {
        sources.push_back(found.variable);
        continue;
      }
    }
    std::uint32_t slot = new_slots(1);
    sources.push_back(new_variable(slot, group.recursive ? &group : nullptr));
    out.push_back(slot);
    out.push_back(lazy(source));
  }
}

void Lowering::dynamic_words(BindingGroup& group, Words& out) {
  for (DynamicBinding& dynamic : group.dynamic) {
    const GroupBinding& b = dynamic.binding;
    NodeId name = tree_.kind(dynamic.name) == NodeKind::Interpolation ? NodeId{dynamic.name.index + 1} : dynamic.name;
    out.push_back(strict(name));
    out.push_back(offset_here(b.offset));
    out.push_back(b.kind == GroupBinding::Kind::Nested ? nested_word(*b.nested) : bound_word(b.node));
  }
}

std::uint32_t Lowering::nested_word(BindingGroup& group) {
  return function(IrKind::Thunk, group.offset, [&] { return set_of(group); });
}

// `replaceable`: __overrides may take its place, so it has to be a thunk.
std::uint32_t Lowering::group_word(const GroupBinding& binding, const SmallVector<Variable*, 8>& sources, bool replaceable) {
  if (binding.kind == GroupBinding::Kind::InheritFrom) {
    return function(IrKind::Thunk, binding.offset, [&] {
      std::uint32_t source = variable_node(sources[binding.source], binding.offset);
      return select_node(IrKind::Select, binding.offset, source, 1, kNone, {offset_here(binding.offset), index_of(binding.name)});
    });
  }
  if (binding.kind == GroupBinding::Kind::Nested) {
    if (!replaceable && is_ready(*binding.nested, 0)) return set_of(*binding.nested);
    return nested_word(*binding.nested);
  }
  NodeId value = unwrap(binding.node);
  if (replaceable) return delayed(value);
  if (tree_.kind(value) == NodeKind::Lambda) return delayed_lambda(value, binding.name);
  return bound_word(value);
}

// Whether an edit of the expression changes it alone: nothing in it is bound. Variables and functions by themselves are told
// apart by programs from expressions that give them.
bool Lowering::is_leaf(NodeId id) {
  if (!vm_.program().files[file_].is_followed) return false;
  if (tree_.kind(id) == NodeKind::Identifier) {
    std::string_view text = tree_.text(id);
    return (text == "true" || text == "false" || text == "null") && look_up(intern(text)).kind == Found::Global;
  }
  for (std::uint32_t i = id.index; i < id.index + tree_.size(id); ++i) {
    NodeKind kind = tree_.kind({i});
    bool binds = kind == NodeKind::AttrSet || kind == NodeKind::Lambda || kind == NodeKind::Let || kind == NodeKind::LegacyLet;
    if (binds || (kind == NodeKind::Identifier && tree_.text({i}) == "__curPos")) return false;
  }
  return true;
}

std::uint32_t Lowering::leaf(NodeId id) {
  leaf_ = kLeaf;
  std::uint32_t word = delayed(id);
  leaf_ = kNoLeaf;
  return word;
}

// The word of what an attribute or a variable is bound to.
std::uint32_t Lowering::bound_word(NodeId id) {
  id = unwrap(id);
  return is_leaf(id) ? leaf(id) : lazy(id);
}

NodeId Lowering::next_parameter(NodeId body) const {
  NodeId id = unwrap(body);
  bool simple = tree_.kind(id) == NodeKind::Lambda && tree_.kind({id.index + 1}) == NodeKind::Identifier;
  return simple ? id : NodeId{0};
}

// `x: y: z` with plain names becomes one function of several parameters; a call with fewer gives a partial application.
std::uint32_t Lowering::lambda(NodeId id, Symbol name) {
  return function(IrKind::Lambda, offset_of(id), [&] {
    IrTraits& traits = unit_->traits;
    Scope scope;
    SmallVector<IrParameter, kMaximumArguments> parameters;
    NodeId body = child_at(id, 1);
    if (tree_.kind({id.index + 1}) == NodeKind::Identifier) {
      NodeId next = id;
      while (next.index != 0 && parameters.size() < kMaximumArguments) {
        parameters.push_back({intern(tree_.text({next.index + 1})), offset_of(next)});
        scope.bind(parameters.back().name, new_variable(new_slots(1)));
        body = child_at(next, 1);
        next = next_parameter(body);
      }
    } else {
      traits.has_pattern = true;
      parameters.push_back({{}, offset_of(id)});
      new_slots(1);
      for (NodeId c : tree_.children({id.index + 1})) {
        if (tree_.kind(c) != NodeKind::PatternBind) continue;
        parameters.back().name = intern(tree_.text({c.index + 1}));
        scope.bind(parameters.back().name, new_variable(0));
      }
    }
    traits.arity = static_cast<std::uint8_t>(parameters.size());
    unit_->head->add_number(index_of(name));
    for (const IrParameter& p : parameters) {
      unit_->head->add_number(index_of(p.name));
      unit_->head->add_number(offset_here(p.offset));
    }
    if (traits.has_pattern) pattern({id.index + 1}, scope);
    return strict(body);
  });
}

void Lowering::pattern(NodeId id, Scope& scope) {
  SmallVector<NodeId, 16> formals;
  for (NodeId c : tree_.children(id))
    if (tree_.kind(c) == NodeKind::Formal) formals.push_back(c);
  std::uint32_t base = new_slots(static_cast<std::uint32_t>(formals.size()));
  SmallVector<IrFormal, 16> made;
  // Defaults see all formals, so they count as one recursive group.
  BindingGroup* group = &groups_.emplace_back();
  for (NodeId f : formals) {
    Symbol name = intern(tree_.text({f.index + 1}));
    scope.bind(name, new_variable(base + static_cast<std::uint32_t>(made.size()), group));
    made.push_back({name, offset_of(f), kNone});
  }
  filling_ = group;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (tree_.size(formals[i]) == 1 + tree_.size({formals[i].index + 1})) continue;
    NodeId value = unwrap(child_at(formals[i], 1));
    filling_slot_ = base + static_cast<std::uint32_t>(i);
    made[i].fallback = tree_.kind(value) == NodeKind::Lambda ? delayed_lambda(value, made[i].name) : lazy(value);
  }
  filling_ = nullptr;
  unit_->traits.ellipsis = tree_.has_ellipsis(id);
  unit_->head->add_number(made.size());
  for (const IrFormal& f : made) {
    unit_->head->add_number(index_of(f.name));
    unit_->head->add_number(offset_here(f.offset));
    unit_->head->add_number(f.fallback + 1);
  }
}

}  // namespace evalctl::evaluator

// Units, names, bindings and functions.
#include "evaluator/codegen.h"

#include <algorithm>

#include "evaluator/shape.h"

namespace evalctl::evaluator {

using parser::NodeId;
using parser::NodeKind;

namespace {

// Name -> variable in scope; indexed by symbol id. Empty again whenever no file is being compiled.
thread_local std::vector<Variable*> names_in_scope;

Variable*& in_scope(Symbol name) {
  if (name.id >= names_in_scope.size()) names_in_scope.resize(name.id + name.id / 2 + 1024);
  return names_in_scope[name.id];
}

}  // namespace

Compiler::Compiler(Vm& vm, const parser::Tree& tree, std::uint32_t file, Value scope)
    : vm_(vm), tree_(tree), file_(file), scope_(scope) {}

Compiler::~Compiler() = default;

Compiler::Scope::~Scope() {
  for (auto it = shadowed_.rbegin(); it != shadowed_.rend(); ++it) in_scope(it->first) = it->second;
}

void Compiler::Scope::bind(Symbol name, Variable* variable) {
  Variable*& place = in_scope(name);
  shadowed_.emplace_back(name, place);
  place = variable;
}

std::uint32_t Compiler::emit(Op op, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint16_t n, std::uint32_t offset) {
  unit_->code->instructions.push_back({op, n, d, a, b});
  unit_->code->offsets.push_back(offset);
  return here() - 1;
}

void Compiler::patch(std::uint32_t instruction, std::uint32_t target) {
  Instruction& i = unit_->code->instructions[instruction];
  (i.op == Op::Jump ? i.a : i.b) = target;
}

std::uint32_t Compiler::new_registers(std::uint32_t count) {
  std::uint32_t first = unit_->next_register;
  unit_->next_register += count;
  unit_->code->registers = std::max(unit_->code->registers, unit_->next_register);
  return first;
}

Operand Compiler::constant(Value v) {
  auto& constants = unit_->code->constants;
  for (std::size_t i = constants.size(), tries = 0; i-- > 0 && tries < 8; ++tries)
    if (constants[i] == v) return kConstant | static_cast<Operand>(i);
  constants.push_back(v);
  return kConstant | static_cast<Operand>(constants.size() - 1);
}

Operand Compiler::operand_of(Unit& unit, Variable* variable) {
  if (variable->unit == &unit) return kRegister | variable->place;
  for (std::size_t i = 0; i < unit.captured.size(); ++i)
    if (unit.captured[i] == variable) return kCapture | static_cast<Operand>(i);
  unit.captured.push_back(variable);
  return kCapture | static_cast<Operand>(unit.captured.size() - 1);
}

std::uint32_t Compiler::new_list(std::vector<Operand> operands) {
  unit_->code->lists.push_back(std::move(operands));
  return static_cast<std::uint32_t>(unit_->code->lists.size() - 1);
}

std::uint32_t Compiler::new_site(Symbol name) {
  unit_->code->sites.emplace_back(name);
  return static_cast<std::uint32_t>(unit_->code->sites.size() - 1);
}

Variable* Compiler::new_variable(std::uint32_t place) {
  Variable& v = variables_.emplace_back();
  v.unit = unit_;
  v.place = place;
  return &v;
}

NodeId Compiler::child_at(NodeId node, int index) const {
  auto it = tree_.children(node).begin();
  while (index-- > 0) ++it;
  return *it;
}

Compiler::Lookup Compiler::look_up(Symbol name) {
  if (Variable* v = in_scope(name)) return {Lookup::Bound, v, {}};
  if (scope_)
    if (Attr found = find(as_attrs(scope_), name)) return {Lookup::Global, nullptr, *found.slot};
  auto it = vm_.program().globals.find(name.id);
  if (it != vm_.program().globals.end()) return {Lookup::Global, nullptr, it->second};
  return {withs_.empty() ? Lookup::Undefined : Lookup::With, nullptr, {}};
}

bool Compiler::is_plain(std::string_view name) {
  Symbol symbol = intern(name);
  if (in_scope(symbol)) return false;
  return !scope_ || !find(as_attrs(scope_), symbol);
}

void Compiler::undefined(Symbol name, std::uint32_t offset) {
  if (!failed_) vm_.fail(ErrorKind::Undefined, fmt::format("undefined variable '{}'", text_of(name)), position(offset));
  failed_ = true;
}

void Compiler::strict_name(Symbol name, std::uint32_t d, std::uint32_t offset) {
  Lookup found = look_up(name);
  switch (found.kind) {
    case Lookup::Bound: emit(Op::Force, d, operand_of(found.variable), 0, 0, offset); return;
    case Lookup::Global: emit(Op::Force, d, constant(found.value), 0, 0, offset); return;
    case Lookup::Undefined: undefined(name, offset); return;
    case Lookup::With: {
      std::vector<Operand> sets;
      for (auto it = withs_.rbegin(); it != withs_.rend(); ++it) sets.push_back(operand_of(*it));
      std::uint32_t site = new_site(name);
      emit(Op::WithLookup, d, site, new_list(std::move(sets)), 0, offset);
    }
  }
}

Operand Compiler::lazy_name(Symbol name, std::uint32_t offset) {
  Lookup found = look_up(name);
  if (found.kind == Lookup::Bound) return operand_of(found.variable);
  if (found.kind == Lookup::Global) return constant(found.value);
  std::uint32_t d = new_registers(1);
  thunk_into(d, offset, [&] {
    std::uint32_t r = new_registers(1);
    strict_name(name, r, offset);
    return kRegister | r;
  });
  return kRegister | d;
}

void Compiler::pending_child(std::pair<std::uint32_t, std::uint32_t> made, std::uint32_t d, std::uint32_t offset,
                             std::vector<Pending>& pending) {
  emit(Op::Allocate, d, made.first, 0, 0, offset);
  pending.push_back({d, made.second});
}

std::vector<Variable*> Compiler::group_sources(BindingGroup& group, std::vector<Pending>& pending) {
  std::vector<Variable*> sources;
  for (NodeId source : group.sources) {
    std::uint32_t d = new_registers(1);
    sources.push_back(new_variable(d));
    pending_child(child(offset_of(source), false, [&] { return strict(source); }), d, offset_of(source), pending);
  }
  return sources;
}

void Compiler::group_word(BindingGroup& group, const GroupBinding& binding, std::uint32_t d,
                          const std::vector<Variable*>& sources, std::vector<Pending>& pending) {
  if (binding.kind == GroupBinding::Kind::InheritFrom) {
    pending_child(child(binding.offset, false, [&] {
      std::uint32_t r = new_registers(1);
      emit(Op::Select, r, operand_of(sources[binding.source]), new_site(binding.name), 0, binding.offset);
      return kRegister | r;
    }), d, binding.offset, pending);
    return;
  }
  if (binding.kind == GroupBinding::Kind::Nested) {
    pending_child(child(binding.nested->offset, false, [&] {
      std::uint32_t r = new_registers(1);
      attrs_into(*binding.nested, r);
      return kRegister | r;
    }), d, binding.offset, pending);
    return;
  }
  NodeId value = unwrap(binding.node);
  Value known;
  // Words that __overrides may replace have to be thunks.
  bool replaceable = group.index.contains(vm_.symbols.overrides.id);
  if (replaceable) {
    pending_child(child(offset_of(value), false, [&] { return strict(value); }), d, offset_of(value), pending);
  } else if (literal(value, known)) {
    emit(Op::Move, d, constant(known), 0, 0, binding.offset);
  } else if (tree_.kind(value) == NodeKind::Lambda) {
    pending_child(lambda(value, binding.name), d, offset_of(value), pending);
  } else if (!group.recursive && tree_.kind(value) == NodeKind::Identifier) {
    emit(Op::Move, d, lazy(value), 0, 0, binding.offset);
  } else {
    pending_child(child(offset_of(value), false, [&] { return strict(value); }), d, offset_of(value), pending);
  }
}

// Words of the group's bindings into registers base..., in `order`. Names of the group are in scope already where it is
// recursive, except for what plain `inherit` takes from outside, which the caller has moved there.
void Compiler::group_words(BindingGroup& group, const std::vector<std::uint32_t>& order, std::uint32_t base) {
  std::vector<Pending> pending;
  std::vector<Variable*> sources = group_sources(group, pending);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const GroupBinding& binding = group.bindings[order[i]];
    if (binding.kind == GroupBinding::Kind::InheritOuter) continue;
    group_word(group, binding, base + static_cast<std::uint32_t>(i), sources, pending);
  }
  for (const Pending& p : pending) emit(Op::Fill, p.place, 0, p.list, 0, group.offset);
}

static std::vector<std::uint32_t> order_of(const BindingGroup& group) {
  std::vector<std::uint32_t> order(group.bindings.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return group.bindings[a].name < group.bindings[b].name; });
  return order;
}

void Compiler::attrs_into(BindingGroup& group, std::uint32_t d) {
  std::uint32_t mark = unit_->next_register;
  std::vector<std::uint32_t> order = order_of(group);
  std::uint32_t base = new_registers(static_cast<std::uint32_t>(order.size()));
  std::vector<Symbol> names;
  std::vector<Position> positions;
  Scope scope(*this);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const GroupBinding& b = group.bindings[order[i]];
    names.push_back(b.name);
    positions.push_back(position(b.offset));
    if (b.kind == GroupBinding::Kind::InheritOuter)
      emit(Op::Move, base + i, lazy_name(b.name, b.offset), 0, 0, b.offset);
  }
  if (group.recursive)
    for (std::size_t i = 0; i < order.size(); ++i) scope.bind(names[i], new_variable(base + static_cast<std::uint32_t>(i)));
  group_words(group, order, base);
  unit_->code->shapes.push_back(make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size())));
  emit(Op::MakeAttrs, d, static_cast<std::uint32_t>(unit_->code->shapes.size() - 1), base, 0, group.offset);
  if (group.recursive && group.index.contains(vm_.symbols.overrides.id))
    emit(Op::Overrides, d, base, static_cast<std::uint32_t>(unit_->code->shapes.size() - 1), 0, group.offset);
  add_dynamic(group, d);
  unit_->next_register = mark;
}

void Compiler::add_dynamic(BindingGroup& group, std::uint32_t d) {
  for (DynamicBinding& dynamic : group.dynamic) {
    std::uint32_t mark = unit_->next_register;
    Operand name = dynamic_name(dynamic.name);
    std::uint32_t word = new_registers(1);
    const GroupBinding& b = dynamic.binding;
    if (b.kind == GroupBinding::Kind::Nested) {
      thunk_into(word, b.offset, [&] {
        std::uint32_t r = new_registers(1);
        attrs_into(*b.nested, r);
        return kRegister | r;
      });
    } else {
      lazy_into(b.node, word);
    }
    emit(Op::AddDynamic, d, name, word, 0, b.offset);
    unit_->next_register = mark;
  }
}

void Compiler::let_into(NodeId node, std::uint32_t d) {
  BindingGroup& group = *group_bindings(tree_, node, groups_);
  std::uint32_t mark = unit_->next_register;
  std::vector<std::uint32_t> order = order_of(group);
  std::uint32_t base = new_registers(static_cast<std::uint32_t>(order.size()));
  Scope scope(*this);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const GroupBinding& b = group.bindings[order[i]];
    if (b.kind == GroupBinding::Kind::InheritOuter)
      emit(Op::Move, base + i, lazy_name(b.name, b.offset), 0, 0, b.offset);
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    scope.bind(group.bindings[order[i]].name, new_variable(base + static_cast<std::uint32_t>(i)));
  group_words(group, order, base);
  NodeId body{};
  for (NodeId c : tree_.children(node)) body = c;
  strict_into(body, d);
  unit_->next_register = mark;
}

std::pair<std::uint32_t, std::uint32_t> Compiler::lambda(NodeId node, Symbol name) {
  NodeId parameter = child_at(node, 0), body = child_at(node, 1);
  return child(offset_of(node), true, [&] {
    unit_->code->name = name;
    Scope scope(*this);
    if (tree_.kind(parameter) == NodeKind::Identifier) {
      unit_->code->parameter = intern(tree_.text(parameter));
      scope.bind(unit_->code->parameter, new_variable(0));
      return strict(body);
    }
    std::vector<NodeId> formals;
    for (NodeId c : tree_.children(parameter)) {
      if (tree_.kind(c) == NodeKind::PatternBind) {
        unit_->code->parameter = intern(tree_.text({c.index + 1}));
        scope.bind(unit_->code->parameter, new_variable(0));
      } else if (tree_.kind(c) == NodeKind::Formal) {
        formals.push_back(c);
      }
    }
    std::uint32_t base = new_registers(static_cast<std::uint32_t>(formals.size()));
    for (NodeId f : formals) {
      Symbol formal = intern(tree_.text({f.index + 1}));
      scope.bind(formal, new_variable(base + static_cast<std::uint32_t>(unit_->code->formal_infos.size())));
      bool has_default = tree_.size(f) > 1 + tree_.size({f.index + 1});
      unit_->code->formal_infos.push_back({formal, has_default, position(offset_of(f))});
    }
    unit_->code->has_formals = true;
    unit_->code->ellipsis = tree_.has_ellipsis(parameter);
    emit(Op::BindFormals, base, kRegister | 0, 0, 0, offset_of(node));
    defaults(formals, base);
    return strict(body);
  });
}

void Compiler::defaults(const std::vector<NodeId>& formals, std::uint32_t base) {
  std::vector<Pending> pending;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (!unit_->code->formal_infos[i].has_default) continue;
    NodeId value = unwrap(child_at(formals[i], 1));
    std::uint32_t d = base + static_cast<std::uint32_t>(i);
    Value known;
    if (literal(value, known)) {
      emit(Op::DefaultMove, d, constant(known), 0, 0, offset_of(value));
      continue;
    }
    auto made = tree_.kind(value) == NodeKind::Lambda ? lambda(value, unit_->code->formal_infos[i].name)
                                                      : child(offset_of(value), false, [&] { return strict(value); });
    std::uint32_t temporary = new_registers(1);
    emit(Op::DefaultAllocate, d, made.first, temporary, 0, offset_of(value));
    pending.push_back({temporary, made.second});
  }
  for (const Pending& p : pending) emit(Op::DefaultFill, p.place, 0, p.list, 0, 0);
}

const Code* Compiler::compile_file() {
  Unit unit{nullptr, &vm_.program().codes.emplace_back(), {}, 0};
  unit.code->file = file_;
  unit_ = &unit;
  NodeId body{tree_.root().index + 1};
  Operand result = strict(body);
  emit(Op::Return, 0, result, 0, 0, offset_of(body));
  return failed_ ? nullptr : unit.code;
}

const Code* compile(Vm& vm, const parser::Tree& tree, std::uint32_t file, Value scope) {
  return Compiler(vm, tree, file, scope).compile_file();
}

}  // namespace evalctl::evaluator

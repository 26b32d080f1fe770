// One function for each kind of node.
#include "evaluator/codegen.h"
#include "evaluator/known_symbol.h"
#include "evaluator/operations.h"

namespace evalctl::evaluator {

// Of a node that selects.
struct Generator::Path {
  Path(const Generator& of, const IrNode& node) : generator(of), in(node.rest), count(in.number()), otherwise(in.optional()) {}
  Element next() {
    std::uint32_t offset = generator.function_.offset + in.number(), name = in.number();
    if (name == 0) return {offset, 0, in.number()};
    return {offset, generator.ir_.names[name].id, kNone};
  }
  const Generator& generator;
  IrReader in;
  std::uint32_t count, otherwise;
};

// What is a name somewhere is often used as one: such a string tells its symbol.
Value Generator::string_literal(std::string_view text) {
  constexpr std::size_t kLongestName = 48;
  if (text.empty()) return vm_.empty_string;
  Symbol name = text.size() <= kLongestName ? find_symbol(text) : Symbol{};
  return name.id != 0 ? vm_.name_string(name) : vm_.string(text);
}

Value Generator::literal(const IrNode& node) {
  switch (node.kind) {
    case IrKind::Integer: return vm_.integer(integer_of(node));
    case IrKind::Float: return vm_.floating(float_of(node));
    case IrKind::String: return string_literal(node.rest.text(node.a));
    case IrKind::Path: return vm_.path(canonical_path(absolute_path(node.rest.text(node.a), file_.directory)));
    case IrKind::Global: return vm_.global(ir_.names[node.a], code_.file);
    case IrKind::EmptySet: return vm_.empty_attrs;
    default: return vm_.empty_list;
  }
}

Operand Generator::word(const IrNode& node) {
  if (node.kind == IrKind::Local) return kRegister | node.a;
  if (node.kind == IrKind::Captured) return captured_ ? captured_[node.a] : kCapture | node.a;
  if (is_operand(node.kind)) return constant(literal(node));
  std::uint32_t d = new_registers(1);
  word_into(node, d);
  return kRegister | d;
}

void Generator::word_into(const IrNode& node, std::uint32_t d) {
  if (node.kind == IrKind::Lambda || node.kind == IrKind::Thunk) return make(node, d);
  if (is_operand(node.kind)) {
    emit(Op::Move, d, word(node), 0, 0, node.offset);
  } else {
    value_into(node, d);  // a small list or set, __curPos: made at once
  }
}

// An operand that may still be a thunk, for instructions that force.
Operand Generator::value(const IrNode& node) {
  if (is_operand(node.kind)) return word(node);
  std::uint32_t d = new_registers(1);
  value_into(node, d);
  return kRegister | d;
}

void Generator::forced_into(std::uint32_t id, std::uint32_t d) {
  IrNode node = at(id);
  if (is_operand(node.kind)) {
    emit(Op::Force, d, word(node), 0, 0, node.offset);
  } else {
    value_into(node, d);
  }
}

// The words of a `let`, which its body finds in their registers.
void Generator::bind(const IrNode& let) {
  IrGroup group(let.rest);
  Bindings bindings(group.count);
  bindings_of(group, bindings);
  group_words(group, bindings);
}

void Generator::value_into(const IrNode& node, std::uint32_t d) {
  std::uint32_t mark = next_register_;
  switch (node.kind) {
    case IrKind::Integer:
    case IrKind::Float:
    case IrKind::String:
    case IrKind::Path:
    case IrKind::Local:
    case IrKind::Captured:
    case IrKind::Global: emit(Op::Force, d, word(node), 0, 0, node.offset); break;
    case IrKind::EmptySet: emit(Op::Move, d, word(node), 0, 0, node.offset); break;
    case IrKind::With: with_lookup(node, d); break;
    case IrKind::Position: emit(Op::Position, d, 0, 0, 0, node.offset); break;
    case IrKind::JoinString:
    case IrKind::JoinPath: join(node, d); break;
    case IrKind::EmptyList:
    case IrKind::List: list(node, d); break;
    case IrKind::Set: set(node, d); break;
    case IrKind::Let:
      bind(node);
      value_into(node.a, d);
      break;
    case IrKind::WithScope:
      word_into(at(node.b), node.a);
      value_into(IrReader(node.rest).number(), d);
      break;
    case IrKind::Select: Path(*this, node).otherwise == kNone ? select(node, d) : select_or(node, d); break;
    case IrKind::HasAttr: has_attr(node, d); break;
    case IrKind::Call: call(node, d); break;
    case IrKind::Lambda:
    case IrKind::Thunk: make(node, d); break;
    case IrKind::If: conditional(node, d); break;
    case IrKind::Assert:
      assertion(node);
      value_into(node.b, d);
      break;
    case IrKind::Not: emit(Op::Not, d, value(node.a), 0, 0, node.offset); break;
    case IrKind::Negate: emit(Op::Negate, d, value(node.a), 0, 0, node.offset); break;
    case IrKind::And:
    case IrKind::Or:
    case IrKind::Implies: logical(node, d); break;
    case IrKind::Equal: binary(node, d, Op::Equal, false); break;
    case IrKind::NotEqual: binary(node, d, Op::NotEqual, false); break;
    case IrKind::Less: binary(node, d, Op::Less, false); break;
    case IrKind::LessSwapped: binary(node, d, Op::Less, true); break;
    case IrKind::NotLess: binary(node, d, Op::NotLess, false); break;
    case IrKind::NotLessSwapped: binary(node, d, Op::NotLess, true); break;
    case IrKind::Add: binary(node, d, Op::Add, false); break;
    case IrKind::Subtract: binary(node, d, Op::Subtract, false); break;
    case IrKind::Multiply: binary(node, d, Op::Multiply, false); break;
    case IrKind::Divide: binary(node, d, Op::Divide, false); break;
    // Nix evaluates the right side of // first.
    case IrKind::Update: binary(node, d, Op::Update, true); break;
    case IrKind::Concat: binary(node, d, Op::Concat, false); break;
    case IrKind::Error: emit(Op::Error, d, 0, 0, 0, node.offset); break;
  }
  next_register_ = mark;
}

void Generator::tail(std::uint32_t id) {
  IrNode node = at(id);
  switch (node.kind) {
    case IrKind::Let:
      bind(node);
      return tail(node.a);
    case IrKind::WithScope:
      word_into(at(node.b), node.a);
      return tail(node.rest.number());
    case IrKind::Assert:
      assertion(node);
      return tail(node.b);
    case IrKind::If: {
      std::uint32_t otherwise = id;
      // A long chain of `else if` does not nest.
      while (node.kind == IrKind::If) {
        std::uint32_t mark = next_register_;
        std::uint32_t skip = emit(Op::JumpFalse, 0, value(node.a), 0, 0, node.offset);
        next_register_ = mark;
        tail(node.b);
        patch(skip);
        otherwise = node.rest.number();
        node = at(otherwise);
      }
      return tail(otherwise);
    }
    default: {
      std::uint32_t mark = next_register_;
      emit(Op::Return, 0, value(node), 0, 0, node.offset);
      next_register_ = mark;
    }
  }
}

// Whether that kind of expression gives what passes CoerceLeft or CheckSet as it is.
static bool passes(IrKind kind, Op op) {
  switch (kind) {
    case IrKind::Integer:
    case IrKind::Float:
    case IrKind::String:
    case IrKind::Path:
    case IrKind::JoinString:
    case IrKind::JoinPath:
    case IrKind::Add:
    case IrKind::Subtract:
    case IrKind::Multiply:
    case IrKind::Divide: return op == Op::CoerceLeft;
    case IrKind::EmptySet:
    case IrKind::Set:
    case IrKind::Update: return op == Op::CheckSet;
    default: return false;
  }
}

// The side of an operator that is evaluated first, where the other is computed: what it has to be is looked at (CoerceLeft,
// CheckSet) before that.
Operand Generator::looked_at_first(std::uint32_t node, Op op, std::uint32_t offset) {
  if (passes(kind_at(node), op)) return value(node);
  std::uint32_t mark = next_register_;
  Operand found = value(node);
  next_register_ = mark;
  std::uint32_t r = new_registers(1);
  emit(op, r, found, 0, 0, offset);
  return kRegister | r;
}

// `swapped`: b is evaluated first. An instruction forces its operands itself, in order; what stands before an expression
// that is computed earlier has to be forced before that.
void Generator::binary(const IrNode& node, std::uint32_t d, Op op, bool swapped) {
  std::uint32_t first = swapped ? node.b : node.a, second = swapped ? node.a : node.b;
  Operand left, right;
  if ((op == Op::Add || op == Op::Update) && !is_operand(second)) {
    left = looked_at_first(first, op == Op::Add ? Op::CoerceLeft : Op::CheckSet, node.offset);
  } else if (is_operand(first) && !is_operand(second)) {
    std::uint32_t r = new_registers(1);
    forced_into(first, r);
    left = kRegister | r;
  } else {
    left = value(first);
  }
  right = value(second);
  // Less and NotLess compare the operand that was evaluated first with the other: `a > b` is `b < a`.
  if (op == Op::Update) std::swap(left, right);
  emit(op, d, left, right, 0, node.offset);
}

// The comparison stands right before the Assert that looks at it, which finds the operands there.
void Generator::assertion(const IrNode& node) {
  Operand condition = value(node.a);
  emit(Op::Assert, 0, condition, 0, kind_at(node.a) == IrKind::Equal, node.offset);
}

void Generator::logical(const IrNode& node, std::uint32_t d) {
  forced_into(node.a, d);
  std::uint32_t jump = emit(node.kind == IrKind::Or ? Op::JumpTrue : Op::JumpFalse, 0, kRegister | d, 0, 0, node.offset);
  Operand right = value(node.b);
  emit(Op::CheckBool, d, right, 0, 0, node.offset);
  if (node.kind == IrKind::Implies) {
    std::uint32_t end = emit(Op::Jump, 0, 0, 0, 0, node.offset);
    patch(jump);
    emit(Op::Move, d, constant(Value::boolean(true)), 0, 0, node.offset);
    patch(end);
  } else {
    patch(jump);
  }
}

void Generator::conditional(IrNode branch, std::uint32_t d) {
  Small<std::uint32_t> ends;
  std::uint32_t otherwise = 0;
  while (branch.kind == IrKind::If) {
    std::uint32_t mark = next_register_;
    std::uint32_t skip = emit(Op::JumpFalse, 0, value(branch.a), 0, 0, branch.offset);
    next_register_ = mark;
    value_into(branch.b, d);
    ends.push_back(emit(Op::Jump, 0, 0, 0, 0, branch.offset));
    patch(skip);
    otherwise = branch.rest.number();
    branch = at(otherwise);
  }
  value_into(otherwise, d);
  for (std::uint32_t end : ends) patch(end);
}

void Generator::call(const IrNode& node, std::uint32_t d) {
  Operand callee = value(node.a);
  FixedArray<Operand> words(node.b);
  IrReader parts = node.rest;
  for (Operand& o : words) o = word(parts.number());
  for (std::uint32_t from = 0; from < node.b; from += kMaximumArguments) {
    std::uint32_t count = std::min(kMaximumArguments, node.b - from);
    emit(Op::Call, d, callee, operand_list(std::span(words.data() + from, count)), count, node.offset);
    callee = kRegister | d;
  }
}

void Generator::join(const IrNode& node, std::uint32_t d) {
  std::uint32_t count = node.a;
  FixedArray<std::uint32_t> parts(count);
  IrReader in = node.rest;
  for (std::uint32_t& part : parts) part = in.number();
  FixedArray<Operand> words(count);
  // From where on all parts are operands: those may stay unforced until they are joined.
  std::uint32_t plain_from = count;
  while (plain_from > 0 && is_operand(parts[plain_from - 1])) --plain_from;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t part = parts[i];
    IrKind kind = kind_at(part);
    // The text before the first interpolation need not be a canonical path by itself.
    if (kind == IrKind::Path && node.kind == IrKind::JoinPath) {
      IrNode text = at(part);
      words[i] = constant(vm_.path(absolute_path(text.rest.text(text.a), file_.directory)));
      continue;
    }
    words[i] = value(part);
    if (kind == IrKind::String || kind == IrKind::JoinString || i + 1 >= plain_from) continue;
    // Each part is text before the next one is evaluated.
    if (is_operand(kind)) {
      std::uint32_t r = new_registers(1);
      emit(Op::CoercePart, r, words[i], node.kind == IrKind::JoinPath, i, node.offset);
      words[i] = kRegister | r;
    } else {
      emit(Op::CoercePart, words[i] & kOperandMask, words[i], node.kind == IrKind::JoinPath, i, node.offset);
    }
  }
  emit(node.kind == IrKind::JoinPath ? Op::JoinPath : Op::JoinString, d, operand_list(words), 0, count, node.offset);
}

void Generator::list(const IrNode& node, std::uint32_t d) {
  FixedArray<Operand> words(node.a);
  IrReader parts = node.rest;
  for (Operand& o : words) o = word(parts.number());
  emit(Op::MakeList, d, node.a, operand_list(words), 0, node.offset);
}

void Generator::with_lookup(const IrNode& node, std::uint32_t d) {
  std::uint32_t list = room_.operands.size();
  IrReader places = node.rest;
  for (std::uint32_t i = 0; i < node.b; ++i) room_.operands.add(operand_at(places));
  emit(Op::WithLookup, d, site(ir_.names[node.a].id), list, node.b, node.offset);
}

void Generator::select(const IrNode& node, std::uint32_t d) {
  Path path(*this, node);
  Element e = path.next();
  // A computed name is evaluated after the set it is looked up in.
  bool computed_first = e.computed != kNone && !is_operand(e.computed);
  Operand from;
  if (computed_first && is_operand(node.a)) {
    std::uint32_t r = new_registers(1);
    forced_into(node.a, r);
    from = kRegister | r;
  } else {
    from = value(node.a);
  }
  for (std::uint32_t i = 1;; ++i) {
    if (e.computed == kNone) {
      emit(Op::Select, d, from, site(e.name), 0, e.offset);
    } else {
      Operand name = value(e.computed);
      emit(Op::SelectDynamic, d, from, name, 0, e.offset);
    }
    if (i == path.count) return;
    from = kRegister | d;
    e = path.next();
  }
}

// Emits TrySelect for one element; the caller lets `sites` jump.
void Generator::try_select(const Element& e, std::uint32_t d, Small<std::uint32_t>& sites) {
  if (e.computed == kNone) {
    sites.push_back(site(e.name));
    emit(Op::TrySelect, d, kRegister | d, sites.back(), 0, e.offset);
  } else {
    Operand name = value(e.computed);
    sites.push_back(site(0));
    emit(Op::TrySelectDynamic, d, kRegister | d, name, sites.back(), e.offset);
  }
}

void Generator::select_or(const IrNode& node, std::uint32_t d) {
  Small<std::uint32_t> sites;
  std::uint32_t r = new_registers(1);
  forced_into(node.a, r);
  Path path(*this, node);
  for (std::uint32_t i = 0; i < path.count; ++i) try_select(path.next(), r, sites);
  emit(Op::Move, d, kRegister | r, 0, 0, node.offset);
  std::uint32_t end = emit(Op::Jump, 0, 0, 0, 0, node.offset);
  jump_here(sites);
  value_into(path.otherwise, d);
  patch(end);
}

void Generator::has_attr(const IrNode& node, std::uint32_t d) {
  Path path(*this, node);
  Small<std::uint32_t> sites;
  std::uint32_t set = new_registers(1);
  forced_into(node.a, set);
  for (std::uint32_t i = 0; i + 1 < path.count; ++i) try_select(path.next(), set, sites);
  Element last = path.next();
  if (last.computed == kNone) {
    emit(Op::HasAttr, d, kRegister | set, site(last.name), 0, node.offset);
  } else {
    Operand name = value(last.computed);
    emit(Op::HasDynamic, d, kRegister | set, name, 0, node.offset);
  }
  if (sites.empty()) return;
  std::uint32_t end = emit(Op::Jump, 0, 0, 0, 0, node.offset);
  jump_here(sites);
  emit(Op::Move, d, constant(Value::boolean(false)), 0, 0, node.offset);
  patch(end);
}

}  // namespace evalctl::evaluator

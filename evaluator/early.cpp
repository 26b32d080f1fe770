#include "evaluator/early.h"

#include <algorithm>
#include <cstddef>

#include "evaluator/builtin.h"
#include "evaluator/inlining.h"
#include "evaluator/operations.h"

namespace evalctl::evaluator {
namespace {

bool is_number(Value v) { return v && (v.is(Kind::Integer) || v.is(Kind::Float)); }
bool is_boolean(Value v) { return v.is_true() || v.is_false(); }
double as_double(Value v) { return v.is(Kind::Float) ? v.floating() : static_cast<double>(v.integer()); }

Value arithmetic(Vm& vm, Op op, Value a, Value b) {
  if (!is_number(a) || !is_number(b)) return {};
  if (a.is(Kind::Integer) && b.is(Kind::Integer)) {
    std::int64_t x = a.integer(), y = b.integer(), result = 0;
    bool overflow = op == Op::Add        ? __builtin_add_overflow(x, y, &result)
                    : op == Op::Subtract ? __builtin_sub_overflow(x, y, &result)
                                         : __builtin_mul_overflow(x, y, &result);
    return overflow ? Value() : vm.integer(result);
  }
  double x = as_double(a), y = as_double(b);
  return vm.floating(op == Op::Add ? x + y : op == Op::Subtract ? x - y : x * y);
}

// Numbers, strings and paths; other things are only told from what is of another kind, truth values and null from each
// other too.
Value comparison(Op op, Value a, Value b) {
  if (!a || !b) return {};
  bool is_equality = op == Op::Equal || op == Op::NotEqual;
  bool holds;
  if (is_number(a) && is_number(b)) {
    bool integers = a.is(Kind::Integer) && b.is(Kind::Integer);
    if (is_equality) holds = integers ? a.integer() == b.integer() : as_double(a) == as_double(b);
    else holds = integers ? a.integer() < b.integer() : as_double(a) < as_double(b);
  } else if (!is_equality) {
    return {};
  } else if (a.kind() != b.kind()) {
    holds = false;
  } else if (a.is(Kind::String) || a.is(Kind::Path)) {
    holds = as_string(a)->view() == as_string(b)->view();
  } else if (!a.is_object()) {
    holds = a == b;
  } else {
    return {};
  }
  return Value::boolean(holds == (op == Op::Equal || op == Op::Less));
}

Value selection(Value set, const Site& site) {
  if (!set || !set.is(Kind::Attrs)) return {};
  Attr found = find_cached(as_attrs(set), site);
  return found ? at_hand(*found.slot) : Value();
}

Value has_attribute(Value v, const Site& site) {
  return v ? Value::boolean(v.is(Kind::Attrs) && find_cached(as_attrs(v), site)) : Value();
}

// Whether a LazySelect whose first site this is shall look: where that was in vain far more often than not, it is a walk through
// memory that nobody else may need.
constexpr std::uint32_t kMostInVain = 40;
bool is_worth_a_look(const Site& first) {
  return std::atomic_ref<std::uint32_t>(const_cast<std::uint32_t&>(first.target)).load(std::memory_order_relaxed) < kMostInVain;
}

void tell_look(const Site& first, bool was_at_hand) {
  std::atomic_ref<std::uint32_t> in_vain(const_cast<std::uint32_t&>(first.target));
  std::uint32_t before = in_vain.load(std::memory_order_relaxed);
  std::uint32_t now = was_at_hand ? before - (before > 1) - (before > 0) : before + 1;
  if (now != before) in_vain.store(now, std::memory_order_relaxed);
}

Value look_along(const Body& body, const Operand* path, Value v) {
  for (std::uint32_t k = 1; k <= path[0] && v; ++k) {
    if (!v.is(Kind::Attrs)) return {};
    const Site& site = body.sites[path[k]];
    Value* found = flat_word(as_attrs(v), site);
    if (!found) found = find_cached(as_attrs(v), site).slot;
    v = found ? at_hand(*found) : Value();
  }
  return v && !keeps_its_word(v) ? v : Value();
}

bool may_compute_early(Op op) {
  switch (op) {
    case Op::Move: case Op::Force: case Op::Return: case Op::Jump: case Op::JumpFalse: case Op::JumpTrue: case Op::CheckBool:
    case Op::Not: case Op::Equal: case Op::NotEqual: case Op::Less: case Op::NotLess: case Op::Add: case Op::Subtract:
    case Op::Multiply: case Op::CoerceLeft: case Op::Select: case Op::TrySelect: case Op::HasAttr: case Op::Call: case Op::MakeClosure: return true;
    default: return false;
  }
}

// What code stands in that is computed early: nothing, a function that a list is folded with, or one that such a function calls.
enum class Within : std::uint8_t { Nothing, Fold, CalledInFold };
Value compute_body(Vm& vm, const Body& body, Value* captures, const Value* arguments, std::uint32_t count, Within within = Within::Nothing);

// What a body calls has to be delayed, and will not get a way to be computed by another try.
Value give_up(const Body& body) {
  std::atomic_ref<bool>(const_cast<bool&>(body.is_early)).store(false, std::memory_order_relaxed);
  return {};
}

// Short code without a pattern whose runs need no note, by arguments one by one.
const Body* early_function(Vm& vm, const Code& code, std::uint32_t arguments) {
  if (code.arity != arguments || code.has_pattern || code.is_leaf || code.is_file) return nullptr;
  const Body* body = body_if_made(code);
  if (!body) body = generate(vm, code);
  return is_early(*body) ? body : nullptr;
}

// The call of a builtin that has a way to be computed early, or where a list is folded of a closure of short code. `arguments`
// become the values at hand. `made`: what stands nowhere else.
Value early_call(Vm& vm, const Body& body, Value function, Value* arguments, std::uint32_t count, Value& made, Within within) {
  if (!function) return {};
  if (within == Within::Fold && function.is(Kind::Closure)) {
    const Code& code = code_of(function.object());
    if (!is_complete(code, function)) return {};
    const Body* callee = early_function(vm, code, count);
    return callee ? compute_body(vm, *callee, as_code(function)->words, arguments, count, Within::CalledInFold) : give_up(body);
  }
  const BuiltinRow* row = function.is(Kind::Builtin) ? static_cast<const BuiltinObject*>(function.object())->row : nullptr;
  if (!row || !row->early || function.object()->extra != count) return give_up(body);
  for (std::uint32_t k = 0; k < count; ++k)
    if (!(arguments[k] = at_hand(arguments[k]))) return {};
  Value result = row->early(vm, arguments);
  if (result) ++vm.statistics.builtin_calls;
  if (row->early_is_new) made = result;
  return result;
}

// foldl' of a short list with a function of that code that captures those words.
Value early_fold(Vm& vm, const Code& code, Value* captures, Value function, Value accumulator, Value list) {
  if (!function || !function.is(Kind::Builtin) || !static_cast<const BuiltinObject*>(function.object())->row->folds) return {};
  if (!list || !list.is(Kind::List) || list.object()->size - 1 >= kMostFolded) return {};
  const Body* body = early_function(vm, code, 2);
  if (!body) return {};
  const auto* items = static_cast<const ListObject*>(list.object());
  for (std::uint32_t k = 0; k < items->size && accumulator; ++k) {
    const Value words[] = {accumulator, Value::read_word(items->items[k])};
    accumulator = compute_body(vm, *body, captures, words, 2, Within::Fold);
  }
  return accumulator;
}

// Whether `word` may stand for a delayed expression. What was made just now is nothing else.
bool may_stand(Value word, Value made) { return word && (word == made || !keeps_its_word(word)); }

// What is one call and nothing else, as most is that is tried.
bool is_one_call(const Body& body) {
  const Instruction* i = body.instructions;
  return i[0].op == Op::Call && i[1].op == Op::Return && i[1].a == (kRegister | i[0].d);
}

[[gnu::noinline]] Value compute_call(Vm& vm, const Body& body, Value* captures, const Value* arguments) {
  const Instruction& call = *body.instructions;
  auto word = [&](Operand o) {
    const Value* words = o >> 30 == kCapture >> 30    ? captures
                         : o >> 30 == kConstant >> 30 ? body.constants
                         : o >> 30 == kRegister >> 30 ? arguments
                                                      : outer_words(captures);
    return words[o & kOperandMask];
  };
  alignas(Value) std::byte room[kMaximumArguments * sizeof(Value)];
  auto* words = reinterpret_cast<Value*>(room);
  for (std::uint32_t k = 0; k < call.n; ++k) words[k] = word(body.operands[call.b + k]);
  Value made;
  Value result = early_call(vm, body, at_hand(word(call.a)), words, call.n, made, Within::Nothing);
  if (!may_stand(result, made)) return {};
  ++vm.statistics.avoided;
  return result;
}

}  // namespace

bool may_compute_early(const Body& body) {
  if (body.instruction_count > kEarlyInstructions || body.registers > kEarlyRegisters) return false;
  // Closures are not made: what is called by foldl' only.
  std::uint32_t closures = 0, folds = 0;
  for (std::uint32_t k = 0; k < body.instruction_count; ++k) {
    if (!may_compute_early(body.instructions[k].op)) return false;
    closures += body.instructions[k].op == Op::MakeClosure;
    folds += folded_closure(body, code_table, k) != nullptr;
  }
  return closures == folds;
}

Value at_hand_along(Vm& vm, const Body& body, const Operand* path, Value word) {
  const Site& first = body.sites[path[1]];
  if (!is_worth_a_look(first)) return {};
  Value v = look_along(body, path, at_hand(word));
  tell_look(first, bool(v));
  if (v) ++vm.statistics.avoided;
  return v;
}

Value early_operation(Vm& vm, Op op, Value a, Value b) {
  return op == Op::Add || op == Op::Subtract || op == Op::Multiply ? arithmetic(vm, op, a, b) : comparison(op, a, b);
}

namespace {

// A call that `body` has. `bases`: of its operands.
Value call_of_body(Vm& vm, const Body& body, const Instruction& call, Value* const* bases, Value& made, Within within) {
  auto word = [&](Operand o) { return Value::read_word(bases[o >> 30][o & kOperandMask]); };
  const Operand* operands = body.operands + call.b;
  if (const Instruction* closure = folded_closure(body, code_table, static_cast<std::uint32_t>(&call - body.instructions))) {
    // What goes through a list in turn for each element of one takes too long, or has no end.
    if (within != Within::Nothing) return give_up(body);
    const Code& code = code_table[body.first_child + closure->a];
    Value captures[kEarlyCaptures];
    if (code.captures > kEarlyCaptures) return {};
    for (std::uint32_t k = 0; k < code.captures; ++k) captures[k] = word(body.operands[closure->b + k]);
    return early_fold(vm, code, captures, at_hand(word(call.a)), at_hand(word(operands[1])), at_hand(word(operands[2])));
  }
  Value words[kMaximumArguments];
  for (std::uint32_t k = 0; k < call.n; ++k) words[k] = word(operands[k]);
  return early_call(vm, body, at_hand(word(call.a)), words, call.n, made, within);
}

[[gnu::noinline]] Value compute_body(Vm& vm, const Body& body, Value* captures, const Value* arguments, std::uint32_t count, Within within) {
  // Only those that are written are read.
  alignas(Value) std::byte room[kEarlyRegisters * sizeof(Value)];
  auto* registers = reinterpret_cast<Value*>(room);
  for (std::uint32_t k = 0; k < count; ++k) registers[k] = arguments[k];
  Value* const bases[4] = {registers, captures, body.constants, body.captured ? outer_words(captures) : nullptr};
  auto value = [&](Operand o) { return at_hand(bases[o >> 30][o & kOperandMask]); };
  Value made;
  for (const Instruction* i = body.instructions;; ++i) {
    Value out;
    switch (i->op) {
      case Op::Move: registers[i->d] = bases[i->a >> 30][i->a & kOperandMask]; continue;
      case Op::Return: {
        Value result = value(i->a);
        if (within != Within::Nothing) return result;
        if (!may_stand(result, made)) return {};
        ++vm.statistics.avoided;
        return result;
      }
      case Op::Jump: i = body.instructions + i->a - 1; continue;
      case Op::JumpFalse:
      case Op::JumpTrue: {
        Value v = value(i->a);
        if (!is_boolean(v)) return {};
        if (v.is_true() == (i->op == Op::JumpTrue)) i = body.instructions + i->b - 1;
        continue;
      }
      case Op::Force: out = value(i->a); break;
      case Op::CoerceLeft: out = is_number(value(i->a)) ? value(i->a) : Value(); break;
      case Op::CheckBool: out = is_boolean(value(i->a)) ? value(i->a) : Value(); break;
      case Op::Not: out = is_boolean(value(i->a)) ? Value::boolean(value(i->a).is_false()) : Value(); break;
      case Op::Add:
      case Op::Subtract:
      case Op::Multiply:
      case Op::Equal:
      case Op::NotEqual:
      case Op::Less:
      case Op::NotLess: out = early_operation(vm, i->op, value(i->a), value(i->b)); break;
      case Op::Select: out = selection(value(i->a), body.sites[i->b]); break;
      case Op::TrySelect: {
        Value has = has_attribute(value(i->a), body.sites[i->b]);
        if (!has) return {};
        if (has.is_true()) { out = selection(value(i->a), body.sites[i->b]); break; }
        i = body.instructions + body.sites[i->b].target - 1;
        continue;
      }
      case Op::HasAttr: out = has_attribute(value(i->a), body.sites[i->b]); break;
      case Op::MakeClosure: continue;
      case Op::Call: out = call_of_body(vm, body, *i, bases, made, within); break;
      default: return {};
    }
    if (!out) return {};
    registers[i->d] = out;
  }
}

}  // namespace

Value compute_early(Vm& vm, const Body& body, Value* captures, const Value* arguments, std::uint32_t count) {
  return is_one_call(body) ? compute_call(vm, body, captures, arguments) : compute_body(vm, body, captures, arguments, count);
}

Value compute_known_early(Vm& vm, const Code& code, Value* captures) {
  const Body* body = body_if_made(code);
  return body && is_early(*body) ? compute_early(vm, *body, captures, nullptr, 0) : Value();
}

EarlyCalls::EarlyCalls(Vm& vm, Value function) : vm_(vm), function_(function) {
  if (!function.is(Kind::Closure)) return;
  const Code& code = code_of(function.object());
  if (code.arity != 1 || code.has_pattern) return;
  const Body* body = body_if_made(code);
  if (!body) body = generate(vm, code);
  if (!is_early(*body)) return;
  body_ = body;
  captures_ = as_code(function)->words;
}

}  // namespace evalctl::evaluator

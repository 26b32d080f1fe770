// The interpreter: one dispatch loop over bytecode. A call in the language is a call of run().
#include <alloca.h>

#include <cstddef>
#include <cstring>

#include "evaluator/assertion.h"
#include "evaluator/dependencies.h"
#include "evaluator/early.h"
#include "evaluator/literal_set.h"
#include "evaluator/native.h"
#include "evaluator/operations.h"
#include "evaluator/profiler.h"
#include "evaluator/program.h"
#include "evaluator/shape.h"

namespace evalctl::evaluator {
namespace {

// Where operands are: registers, captured words, constants, words of the outer closure. The address of each kind stands back
// by what its operands have in their highest bits, so that an operand is looked up as it is.
class Words {
 public:
  Words(const Body& body, Value* registers, Value* captures)
      : bases_{address(registers, kRegister), address(captures, kCapture), address(body.constants, kConstant), 0} {
    if (body.captured) bases_[3] = address(outer_words(captures), kOuter);
  }
  Value& at(Operand o) const { return *reinterpret_cast<Value*>(bases_[o >> 30] + std::size_t{o} * sizeof(Value)); }
  // The object that the captured words stand in.
  Value self() const { return Value(reinterpret_cast<const Object*>(&at(kCapture)) - 1); }

 private:
  static std::uintptr_t address(Value* words, Operand space) { return reinterpret_cast<std::uintptr_t>(words) - std::size_t{space} * sizeof(Value); }
  std::uintptr_t bases_[4];
};

CodeObject* allocate_object(Vm& vm, Kind kind, std::uint32_t number, std::size_t words) {
  auto* object = static_cast<CodeObject*>(vm.allocate(sizeof(Object) + words * sizeof(Value)));
  // In one piece, as it is read.
  struct { Kind kind; std::uint8_t flags; std::uint16_t words; std::uint32_t number; } header{kind, 0, static_cast<std::uint16_t>(words), number};
  static_assert(sizeof(header) == sizeof(Object));
  std::memcpy(static_cast<void*>(object), &header, sizeof(header));
  return object;
}

// Of the code of that number.
CodeObject* allocate_object(Vm& vm, std::uint32_t number) {
  const Code& code = code_table[number];
  vm.statistics.thunks += code.arity == 0;
  return allocate_object(vm, code.arity ? Kind::Closure : Kind::Thunk, number, words_of(code));
}

void fill(const Words& f, CodeObject* object, const Operand* operands, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) object->words[i] = f.at(operands[i]);
}

// The code is not looked at: most that is made is far from anything at hand.
Value make_thunk(Vm& vm, const Words& f, std::uint32_t number, const Operand* operands, std::uint32_t captures) {
  CodeObject* object = allocate_object(vm, Kind::Thunk, number, captures + (captures == 0));
  ++vm.statistics.thunks;
  fill(f, object, operands, captures);
  return Value(object);
}

Value make_closure(Vm& vm, const Words& f, std::uint32_t number, const Operand* operands, std::uint32_t captures) {
  CodeObject* object = allocate_object(vm, Kind::Closure, number, captures);
  fill(f, object, operands, captures);
  return Value(object);
}

Value lazy_select(Vm& vm, const Words& f, const Body& body, const Instruction& i) {
  const Operand* operands = body.operands + i.b;
  Value v = at_hand_along(vm, body, operands + 1, f.at(operands[0]));
  return v ? v : make_thunk(vm, f, body.first_child + i.a, operands, 1);
}

Value lazy_compute(Vm& vm, const Words& f, std::uint32_t number, const Operand* operands) {
  const Code& code = code_table[number];
  const Body* body = body_if_made(code);
  if (!body) [[unlikely]] body = generate(vm, code);
  if (is_early(*body)) {
    alignas(Value) std::byte room[kEarlyCaptures * sizeof(Value)];
    auto* captures = reinterpret_cast<Value*>(room);
    for (std::uint32_t k = 0; k < code.captures; ++k) captures[k] = f.at(operands[k]);
    if (Value result = compute_early(vm, *body, captures, nullptr, 0)) return result;
  }
  return make_thunk(vm, f, number, operands, code.captures);
}

// The same without making bytecode for the attempt.
[[gnu::always_inline]] inline Value lazy_known(Vm& vm, const Words& f, std::uint32_t number, const Operand* operands) {
  const Code& code = code_table[number];
  if (const Body* body = body_if_made(code); body && is_early(*body)) {
    alignas(Value) std::byte room[kEarlyCaptures * sizeof(Value)];
    auto* captures = reinterpret_cast<Value*>(room);
    for (std::uint32_t k = 0; k < code.captures; ++k) captures[k] = f.at(operands[k]);
    if (Value result = compute_early(vm, *body, captures, nullptr, 0)) return result;
  }
  return make_thunk(vm, f, number, operands, code.captures);
}

Value make_set(Vm& vm, const Words& f, const LiteralShape& literal, const Operand* operands) {
  AttrsObject* object = new_attrs(vm, literal.shape, literal.count);
  for (std::uint32_t k = 0; k < literal.count; ++k) object->items[k] = f.at(operands[k]);
  return Value(object);
}

Value make_literal_set(Vm& vm, const Words& f, Shape shape, const Operand* recipe) {
  ListObject* words = vm.new_list(kept_words(recipe));
  for (std::uint32_t k = 0; k < words->size; ++k) words->items[k] = f.at(kept_operands(recipe)[k]);
  return literal_set(vm, shape, recipe, words);
}

Value make_list(Vm& vm, const Words& f, const Operand* operands, std::uint32_t count) {
  ListObject* object = vm.new_list(count);
  for (std::uint32_t k = 0; k < count; ++k) object->items[k] = f.at(operands[k]);
  return Value(static_cast<Object*>(object));
}

Value call(Vm& vm, const Words& f, const Instruction& i, const Operand* operands) {
  alignas(Value) std::byte room[kMaximumArguments * sizeof(Value)];
  auto* arguments = reinterpret_cast<Value*>(room);
  for (std::uint32_t k = 0; k < i.n; ++k) arguments[k] = f.at(operands[k]);
  Value function = vm.force_slot(f.at(i.a));
  if (!function) return {};
  if (function.is(Kind::Closure)) {
    const Code& code = code_of(function.object());
    if (code.arity == i.n) {
      ++vm.statistics.calls;
      return run(vm, code, as_code(function)->words, arguments);
    }
  }
  return vm.call(function, arguments, i.n);
}

Value join_string(Vm& vm, const Words& f, const Operand* operands, std::uint32_t count, bool path) {
  auto* parts = static_cast<Value*>(alloca(count * sizeof(Value)));
  for (std::uint32_t k = 0; k < count; ++k) parts[k] = f.at(operands[k]);
  return path ? concat_path(vm, parts, count) : concat_strings(vm, parts, count, true);
}

Value with_lookup(Vm& vm, const Words& f, const Site& site, const Operand* sets, std::uint32_t count) {
  if (Value* word = word_by_plan(site, [&](std::uint32_t k) { return f.at(sets[k]); })) return vm.force_slot(*word);
  auto** places = static_cast<Value**>(alloca(count * sizeof(Value*)));
  for (std::uint32_t k = 0; k < count; ++k) places[k] = &f.at(sets[k]);
  return lookup_in_scopes(vm, site, places, count);
}

Value to_boolean(int truth, bool wanted) { return truth < 0 ? Value() : Value::boolean((truth == 1) == wanted); }

// Runs the bytecode.
Value interpret(Vm& vm, const Code& code, const Body& body, Value* captures, const Value* arguments) {
  Vm::Depth level(vm);
  if (!level) return {};
  auto* regs = static_cast<Value*>(alloca(std::size_t{body.frame_pairs} * 2 * sizeof(Value)));
  const std::uint32_t arity = code.arity;
#pragma clang loop unroll(disable)
  for (std::uint32_t k = 0; k < arity; ++k) regs[k] = Value::read_word(arguments[k]);
  const Words f(body, regs, captures);
  const Instruction* i;
  Value out;
  // Each instruction leads to the next by a jump of its own, which machines foresee better than one for all.
  static const void* const kPlaces[] = {
#define OP(name) &&do_##name,
#include "evaluator/ops.def"
  };
#define GO_TO(target)                                 \
  do {                                                \
    i = (target);                                     \
    goto* kPlaces[static_cast<std::uint16_t>(i->op)]; \
  } while (false)
#define NEXT GO_TO(i + 1)
#define STORE(expression)             \
  out = (expression);                 \
  if (!out) [[unlikely]] goto failed; \
  regs[i->d] = out;                   \
  NEXT
// The same for what is evaluated: most often it is what the function gives.
#define STORE_OR_RETURN(expression)                        \
  out = (expression);                                      \
  if (!out) [[unlikely]] goto failed;                      \
  if (i[1].op == Op::Return && i[1].a == i->d) return out; \
  regs[i->d] = out;                                        \
  NEXT
#define FORCED(name, operand)                \
  Value name = vm.force_slot(f.at(operand)); \
  if (!name) [[unlikely]] goto failed
  GO_TO(body.instructions);
  do_Move: regs[i->d] = f.at(i->a); NEXT;
  do_Force: STORE(vm.force_slot(f.at(i->a)));
  do_LazySelect: regs[i->d] = lazy_select(vm, f, body, *i); NEXT;
  do_LazyCompute:
    regs[i->d] = i->n ? lazy_known(vm, f, body.first_child + i->a, body.operands + i->b) : lazy_compute(vm, f, body.first_child + i->a, body.operands + i->b);
    NEXT;
  do_Self: regs[i->d] = f.self(); NEXT;
  do_MakeThunk: regs[i->d] = make_thunk(vm, f, body.first_child + i->a, body.operands + i->b, i->n); NEXT;
  do_MakeClosure: regs[i->d] = make_closure(vm, f, body.first_child + i->a, body.operands + i->b, i->n); NEXT;
  do_Allocate: regs[i->d] = Value(allocate_object(vm, body.first_child + i->a)); NEXT;
  do_Fill: fill(f, as_code(regs[i->d]), body.operands + i->b, i->n); NEXT;
  do_BindFormals:
    if (!bind_formals(vm, code, body, regs[i->a], regs + i->d)) goto failed;
    NEXT;
  do_DefaultMove:
    if (!regs[i->d]) regs[i->d] = f.at(i->a);
    NEXT;
  do_DefaultAllocate:
    regs[i->b] = Value();
    if (!regs[i->d]) regs[i->d] = regs[i->b] = Value(allocate_object(vm, body.first_child + i->a));
    NEXT;
  do_DefaultFill:
    if (regs[i->d]) fill(f, as_code(regs[i->d]), body.operands + i->b, i->n);
    NEXT;
  do_Call: STORE_OR_RETURN(call(vm, f, *i, body.operands + i->b));
  do_Return: {
    FORCED(v, i->a);
    return v;
  }
  do_Jump: GO_TO(body.instructions + i->a);
  do_JumpFalse: {
    FORCED(v, i->a);
    if (v.is_true()) NEXT;
    if (v.is_false()) GO_TO(body.instructions + i->b);
    expected_bool(vm, v);
    goto failed;
  }
  do_JumpTrue: {
    FORCED(v, i->a);
    if (v.is_false()) NEXT;
    if (v.is_true()) GO_TO(body.instructions + i->b);
    expected_bool(vm, v);
    goto failed;
  }
  do_CheckBool: {
    FORCED(v, i->a);
    if (!v.is_true() && !v.is_false()) { expected_bool(vm, v); goto failed; }
    regs[i->d] = v;
    NEXT;
  }
  do_Assert: {
    FORCED(v, i->a);
    if (v.is_true()) NEXT;
    // The instruction before is then the comparison.
    if (v.is_false()) i->n ? fail_equality(vm, f.at(i[-1].a), f.at(i[-1].b)) : fail_assertion(vm);
    else expected_bool(vm, v);
    goto failed;
  }
  do_Not: {
    FORCED(v, i->a);
    if (!v.is_true() && !v.is_false()) { expected_bool(vm, v); goto failed; }
    regs[i->d] = Value::boolean(v.is_false());
    NEXT;
  }
  do_Equal:
  do_NotEqual: STORE_OR_RETURN(to_boolean(equal_words(vm, f.at(i->a), f.at(i->b)), i->op == Op::Equal));
  do_Less:
  do_NotLess: STORE(to_boolean(less_words(vm, f.at(i->a), f.at(i->b)), i->op == Op::Less));
  do_Add: { FORCED(a, i->a); STORE(add_words(vm, a, f.at(i->b))); }
  do_Subtract: { FORCED(a, i->a); FORCED(b, i->b); STORE(subtract(vm, a, b)); }
  do_Multiply: { FORCED(a, i->a); FORCED(b, i->b); STORE(multiply(vm, a, b)); }
  do_Divide: { FORCED(a, i->a); FORCED(b, i->b); STORE(divide(vm, a, b)); }
  do_Negate: { FORCED(a, i->a); STORE(subtract(vm, vm.integer(0), a)); }
  do_Concat: { FORCED(a, i->a); FORCED(b, i->b); STORE(concat_lists(vm, a, b)); }
  do_Update: { FORCED(b, i->b); STORE_OR_RETURN(update_words(vm, f.at(i->a), b)); }
  do_CoerceLeft: { FORCED(a, i->a); STORE(coerce_left(vm, a)); }
  do_CheckSet: { FORCED(a, i->a); STORE(check_right_set(vm, a)); }
  do_CoercePart: { FORCED(a, i->a); STORE(coerce_part(vm, a, i->n, i->b)); }
  do_JoinString:
  do_JoinPath: STORE(join_string(vm, f, body.operands + i->a, i->n, i->op == Op::JoinPath));
  do_Select: {
    FORCED(a, i->a);
    const Site& site = body.sites[i->b];
    if (Value* word = a.is(Kind::Attrs) ? flat_word(as_attrs(a), site) : nullptr) {
      ++vm.statistics.lookups;
      STORE_OR_RETURN(vm.force_slot(*word));
    }
    STORE_OR_RETURN(select(vm, a, site));
  }
  do_SelectDynamic: { FORCED(a, i->a); FORCED(b, i->b); STORE(select_dynamic(vm, a, b)); }
  do_TrySelect: {
    const Site& site = body.sites[i->b];
    bool missing = false;
    out = try_select(vm, f.at(i->a), site, missing);
    if (missing) GO_TO(body.instructions + site.target);
    STORE(out);
  }
  do_TrySelectDynamic: {
    bool missing = false;
    FORCED(name, i->b);
    out = try_select_dynamic(vm, f.at(i->a), name, missing);
    if (missing) GO_TO(body.instructions + body.sites[i->n].target);
    STORE(out);
  }
  do_HasAttr: {
    Value set = f.at(i->a);
    const Site& site = body.sites[i->b];
    regs[i->d] = Value::boolean(set.is(Kind::Attrs) && (flat_word(as_attrs(set), site) || find_cached(as_attrs(set), site)));
    NEXT;
  }
  do_HasDynamic: { FORCED(name, i->b); STORE(has_dynamic(vm, f.at(i->a), name)); }
  do_MakeSet: regs[i->d] = make_set(vm, f, body.shapes[i->a], body.operands + i->b); NEXT;
  do_MakeLiteralSet: regs[i->d] = make_literal_set(vm, f, body.shapes[i->a].shape, body.operands + i->b); NEXT;
  do_AddDynamic:
    STORE(add_dynamic(vm, regs[i->d], f.at(i->a), f.at(i->b), {code.file, body.offsets[i - body.instructions]}));
  do_Overrides: STORE(apply_overrides(vm, regs[i->d], regs + i->b, body.shapes[i->a].shape));
  do_MakeList: regs[i->d] = make_list(vm, f, body.operands + i->b, i->a); NEXT;
  do_WithLookup: STORE(with_lookup(vm, f, body.sites[i->a], body.operands + i->b, i->n));
  do_Position: STORE(current_position(vm, {code.file, body.offsets[i - body.instructions]}));
  do_Error: vm.fail_other("this expression could not be read"); goto failed;
#undef STORE
#undef STORE_OR_RETURN
#undef GO_TO
#undef NEXT
#undef FORCED
failed:
  note_failure(vm, code, body, static_cast<std::uint32_t>(i - body.instructions), regs, captures);
  return {};
}

[[gnu::noinline]] Value run_machine_code(Vm& vm, const Code& code, Value* captures, const Value* arguments) {
  return run_compiled(vm, code, captures, arguments);
}

// Whether there is machine code of what may be hot enough to get some.
[[gnu::noinline]] bool has_machine_code(Vm& vm, const Code& code, const Body& body, const Value* captures) {
  NativeEntry entry = body.native.load(std::memory_order_acquire);
  std::int32_t heat = 0;
  if (!entry) {
    heat = vm.native_tier ? vm.native_tier->hot(vm, code, captures) : INT32_MAX;
    entry = body.native.load(std::memory_order_acquire);
  }
  set_heat(code, entry ? kMachineCode : heat);
  return entry;
}

// Of a leaf or of the function that a file is, each time.
[[gnu::noinline]] Value run_noted(Vm& vm, const Code& code, const Body& body, Value* captures, const Value* arguments) {
  std::uint64_t calls = vm.statistics.calls;
  if (code.is_leaf) vm.dependencies->ran(static_cast<std::uint32_t>(&code - code_table));
  Value result = interpret(vm, code, body, captures, arguments);
  bool is_large = code.is_file && vm.statistics.calls - calls >= SharedCalls::kLeastCalls;
  if (!is_large || !result || !vm.program().shares_calls) return result;
  return vm.program().shared_calls.result_of(static_cast<std::uint32_t>(&code - code_table), arguments[0], result);
}

// With a frame of the profile around it, each time.
[[gnu::noinline]] Value run_profiled(Vm& vm, const Code& code, const Body& body, Value* captures, const Value* arguments) {
  Profiler::Frame frame(vm, &code, nullptr);
  if (code.is_file) return run_noted(vm, code, body, captures, arguments);
  set_heat(code, 1);
  return run(vm, code, captures, arguments);
}

// Of code that has no heat left, or that is looked at each time.
[[gnu::noinline]] Value run_hot(Vm& vm, const Code& code, Value* captures, const Value* arguments) {
  const Body& body = *body_if_made(code);
  if (profiler) return run_profiled(vm, code, body, captures, arguments);
  if (code.is_leaf || code.is_file) return run_noted(vm, code, body, captures, arguments);
  if (has_machine_code(vm, code, body, captures)) return run_machine_code(vm, code, captures, arguments);
  return interpret(vm, code, body, captures, arguments);
}

[[gnu::noinline]] Value run_first(Vm& vm, const Code& code, Value* captures, const Value* arguments) {
  generate(vm, code);
  return run(vm, code, captures, arguments);
}

}  // namespace

// Without a frame of its own.
Value run(Vm& vm, const Code& code, Value* captures, const Value* arguments) {
  const Body* body = body_if_made(code);
  if (!body) [[unlikely]] return run_first(vm, code, captures, arguments);
  std::int32_t left = heat_of(code);
  if (left == kMachineCode) return run_machine_code(vm, code, captures, arguments);
  if (left <= 0) [[unlikely]] return run_hot(vm, code, captures, arguments);
  set_heat(code, left - 1);
  return interpret(vm, code, *body, captures, arguments);
}

}  // namespace evalctl::evaluator

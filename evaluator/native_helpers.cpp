#include "evaluator/native_helpers.h"

#include <cstdlib>
#include <cstring>

#include "evaluator/assertion.h"
#include "evaluator/early.h"
#include "evaluator/inlining.h"
#include "evaluator/native.h"
#include "evaluator/operations.h"
#include "evaluator/shape.h"

namespace evalctl::evaluator::native {
namespace {

template <class Operation>
Value binary(Vm& vm, Value* pair, Operation operation) {
  NIX_TRY(a, vm.force_slot(pair[0]));
  NIX_TRY(b, vm.force_slot(pair[1]));
  return operation(vm, a, b);
}

const Position place(const Code& code, std::uint32_t instruction) { return {code.file, code.body->offsets[instruction]}; }

}  // namespace

// Two of three words are thunks that have their results: for them no register is kept, since none is needed.
SELDOM Forced force(Vm& vm, Value word) {
  if (!word.is(Kind::Forced)) [[clang::musttail]] return force_delayed(vm, word);
  Value value = as_code(word)->words[0];
  return {value, keeps_its_word(value) ? word : value};
}

// The same of a word of an object.
SELDOM Value force_slot(Vm& vm, Value* slot) {
  Value word = Value::read_word(*slot);
  if (!word.is(Kind::Forced)) [[clang::musttail]] return force_delayed_slot(vm, slot);
  Value value = as_code(word)->words[0];
  if (!keeps_its_word(value)) Value::replace_word(*slot, value);
  return value;
}
Value at_hand_along(Vm& vm, const Code& code, std::uint32_t path, Value word) {
  return evaluator::at_hand_along(vm, *code.body, code.body->operands + path, word);
}
SELDOM Value early_operation(Vm& vm, Op op, Value a, Value b) { return evaluator::early_operation(vm, op, a, b); }
Value compute_known_early(Vm& vm, const Code& code, Value* captures) { return evaluator::compute_known_early(vm, code, captures); }
SELDOM bool may_go_deeper(Vm& vm) {
  bool may = vm.may_go_deeper();
  if (!may) vm.too_deep();
  return may;
}
SELDOM void note(Vm& vm, const Code& code, std::uint32_t instruction) { note_failure(vm, code, *code.body, instruction, nullptr, nullptr); }
SELDOM void note_repeated(Vm& vm, const Code& code, std::uint32_t instruction, std::uint32_t count) {
  while (count-- > 0) note(vm, code, instruction);
}
SELDOM void* allocate(Vm& vm, std::size_t bytes) { return vm.allocate(bytes); }

namespace {

CodeObject* begin_object(Vm& vm, void* room, std::uint32_t number, std::uint32_t beginning) {
  vm.statistics.thunks += static_cast<Kind>(beginning) == Kind::Thunk;
  std::uint64_t header = std::uint64_t{number} << 32 | beginning;
  return static_cast<CodeObject*>(std::memcpy(room, &header, sizeof header));
}

std::size_t object_bytes(std::uint32_t beginning) { return sizeof(Object) + (beginning >> 16) * sizeof(Value); }

[[gnu::noinline]] CodeObject* new_object_slowly(Vm& vm, std::uint32_t number, std::uint32_t beginning) {
  return begin_object(vm, vm.allocate(object_bytes(beginning)), number, beginning);
}

constexpr std::uint32_t thunk_of(std::uint32_t words) { return words << 16 | static_cast<std::uint32_t>(Kind::Thunk); }

// Where the run at hand has no room, by a call that is all that is left to do: none of those below has a frame.
[[gnu::always_inline]] inline CodeObject* make_object(Vm& vm, std::uint32_t number, std::uint32_t beginning) {
  void* room = vm.heap.try_allocate(object_bytes(beginning));
  return room ? begin_object(vm, room, number, beginning) : new_object_slowly(vm, number, beginning);
}

}  // namespace

CodeObject* new_object(Vm& vm, std::uint32_t number, std::uint32_t beginning) { return make_object(vm, number, beginning); }
CodeObject* new_thunk_1(Vm& vm, std::uint32_t number) { return make_object(vm, number, thunk_of(1)); }
CodeObject* new_thunk_2(Vm& vm, std::uint32_t number) { return make_object(vm, number, thunk_of(2)); }
CodeObject* new_thunk_3(Vm& vm, std::uint32_t number) { return make_object(vm, number, thunk_of(3)); }
ListObject* new_list(Vm& vm, std::uint32_t count) { return vm.new_list(count); }
Object* new_set(Vm& vm, const LiteralShape* shape) { return new_attrs(vm, shape->shape, shape->count); }

bool bind_formals(Vm& vm, const Code& code, Value argument, Value* words) {
  return evaluator::bind_formals(vm, code, *code.body, argument, words);
}

namespace {

// With the arguments in memory, in a frame of its own.
template <class... Words>
[[gnu::noinline]] Value call_any(Vm& vm, Value function, Words... words) {
  Value arguments[] = {words...};
  return vm.call(function, arguments, sizeof...(words));
}

template <class... Words>
[[gnu::noinline]] Value call_builtin(Vm& vm, Value function, Words... words) {
  Value arguments[] = {words...};
  Vm::Depth level(vm);
  return level ? run_builtin(vm, static_cast<const BuiltinObject*>(function.object())->row, arguments) : Value();
}

// What has machine code gets them in registers.
template <class... Words>
[[gnu::always_inline]] inline Value call_with(Vm& vm, Value function, Words... words) {
  if (!function.is_object()) return call_any(vm, function, words...);
  Kind kind = function.object()->kind.load(std::memory_order_acquire);
  if (kind == Kind::Builtin && function.object()->extra == sizeof...(words)) return call_builtin(vm, function, words...);
  if (kind != Kind::Closure) return call_any(vm, function, words...);
  const Code& code = code_of(function.object());
  if (code.arity != sizeof...(words) || heat_of(code) != kMachineCode) return call_any(vm, function, words...);
  ++vm.statistics.calls;
  NativeEntry entry = native_entry(code);
  return reinterpret_cast<Value (*)(Vm&, const Code&, Value*, Words...)>(entry)(vm, code, as_code(function)->words, words...);
}

}  // namespace

Value call_1(Vm& vm, Value function, Value a) { return call_with(vm, function, a); }
Value call_2(Vm& vm, Value function, Value a, Value b) { return call_with(vm, function, a, b); }
Value call_3(Vm& vm, Value function, Value a, Value b, Value c) { return call_with(vm, function, a, b, c); }
Value call(Vm& vm, Value function, Value* arguments, std::uint32_t count) { return vm.call(function, arguments, count); }

SELDOM ListObject* flat_list(Vm&, ListObject* joined) { return evaluator::flat_list(joined); }

SELDOM void fail_fold(Vm& vm, const Value* words) {
  note_words(vm, code_of(words[1].object()), as_code(words[1])->words, words + 2);
  Value arguments[] = {words[1], words[4], words[5]};
  fail_builtin(vm, static_cast<const BuiltinObject*>(words[0].object())->row, arguments);
}

SELDOM Value add(Vm& vm, Value* pair) {
  NIX_TRY(a, vm.force_slot(pair[0]));
  return add_words(vm, a, pair[1]);
}
SELDOM Value subtract(Vm& vm, Value* pair) { return binary(vm, pair, evaluator::subtract); }
SELDOM Value multiply(Vm& vm, Value* pair) { return binary(vm, pair, evaluator::multiply); }
SELDOM Value divide(Vm& vm, Value* pair) { return binary(vm, pair, evaluator::divide); }
Value concat(Vm& vm, Value* pair) { return binary(vm, pair, concat_lists); }

Value update(Vm& vm, Value* pair) {
  NIX_TRY(b, vm.force_slot(pair[1]));
  return update_words(vm, pair[0], b);
}

int equal(Vm& vm, Value a, Value b) { return equal_words(vm, a, b); }
SELDOM int less(Vm& vm, Value* pair) { return vm.less_than(pair[0], pair[1]); }

SELDOM int truth(Vm& vm, Value* cell) {
  Value v = vm.force_slot(*cell);
  if (!v) return -1;
  if (v.is_true() || v.is_false()) return v.is_true();
  expected_bool(vm, v);
  return -1;
}

void fail_assert(Vm& vm, const Value* pair) { pair ? fail_equality(vm, pair[0], pair[1]) : fail_assertion(vm); }
SELDOM Value coerce_left(Vm& vm, Value a) { return evaluator::coerce_left(vm, a); }
SELDOM Value check_right_set(Vm& vm, Value b) { return evaluator::check_right_set(vm, b); }
SELDOM Value coerce_part(Vm& vm, Value v, std::uint32_t part, bool path) { return evaluator::coerce_part(vm, v, part, path); }
Value join_string(Vm& vm, Value* parts, std::uint32_t count) { return concat_strings(vm, parts, count, true); }
Value join_path(Vm& vm, Value* parts, std::uint32_t count) { return concat_path(vm, parts, count); }

namespace {

// Where sites of several shapes have found the name lately in a flat set, or not; null where nobody knows.
inline const std::uint32_t* lately_known(Vm& vm, Value set, const Site* site) {
  if (!is_flat_set(set)) return nullptr;
  std::uint64_t key = KnownPlace::key_of(as_attrs(set)->shape.names, site->name);
  const KnownPlace& lately = vm.known_places[KnownPlace::index_of(key)];
  return lately.key == key ? &lately.place : nullptr;
}

inline Value select_of_value(Vm& vm, Value set, const Site* site) {
  Value* word = is_flat_set(set) ? flat_word(as_attrs(set), *site) : nullptr;
  if (!word) {
    const std::uint32_t* place = lately_known(vm, set, site);
    if (!place || *place == kNoPlace) return select_uncounted(vm, set, *site);
    word = &as_attrs(set)->items[*place];
  }
  return vm.force_slot(*word);
}

[[gnu::noinline]] SELDOM Forced select_slowly(Vm& vm, Value word, const Site* site) {
  Value set = vm.force(word);
  if (!set) return {{}, word};
  Value result = select_of_value(vm, set, site);
  return {result, set == word || may_replace(word, set) ? set : word};
}

[[gnu::noinline]] SELDOM Value try_select_slowly(Vm& vm, Value set, const Site* site) {
  bool missing = false;
  Value found = evaluator::try_select(vm, set, *site, missing);
  return missing ? kMissing : found;
}

}  // namespace

// Most sites whose cache fails see a few shapes again and again: for them no register is kept, since none is needed. Arguments of a call
// that is all that is left to do have to be those of the caller: registers get back before it what they held.
SELDOM Forced select(Vm& vm, Value word, const Site* site) {
  const std::uint32_t* place = lately_known(vm, word, site);
  if (!place || *place == kNoPlace) [[clang::musttail]] return select_slowly(vm, word, site);
  Value value = Value::read_word(as_attrs(word)->items[*place]);
  if (value.is_thunk()) [[clang::musttail]] return select_slowly(vm, word, site);
  return {value, word};
}

Value select_from(Vm& vm, Value* slot, const Site* site) {
  NIX_TRY(set, vm.force_slot(*slot));
  return select_of_value(vm, set, site);
}

Value select_dynamic(Vm& vm, Value* pair) { return binary(vm, pair, evaluator::select_dynamic); }

SELDOM Value try_select(Vm& vm, Value set, const Site* site) {
  const std::uint32_t* place = lately_known(vm, set, site);
  if (!place) [[clang::musttail]] return try_select_slowly(vm, set, site);
  if (*place == kNoPlace) return kMissing;
  Value word = Value::read_word(as_attrs(set)->items[*place]);
  if (word.is_thunk()) [[clang::musttail]] return try_select_slowly(vm, set, site);
  return word;
}

Value try_select_dynamic(Vm& vm, Value* pair) {
  NIX_TRY(name, vm.force_slot(pair[1]));
  bool missing = false;
  Value found = evaluator::try_select_dynamic(vm, pair[0], name, missing);
  return missing ? kMissing : found;
}

SELDOM bool has_attr(Value set, const Site* site) { return set.is(Kind::Attrs) && find_cached(as_attrs(set), *site); }

Value has_dynamic(Vm& vm, Value* pair) {
  NIX_TRY(name, vm.force_slot(pair[1]));
  return evaluator::has_dynamic(vm, pair[0], name);
}

SELDOM Value* find_word(Value set, const Site* site) { return find_cached(as_attrs(set), *site).slot; }

Value add_dynamic(Vm& vm, const Code& code, std::uint32_t instruction, const Value* words) {
  return evaluator::add_dynamic(vm, words[0], words[1], words[2], place(code, instruction));
}

Value overrides(Vm& vm, Value set, Value* words, const LiteralShape* shape) { return apply_overrides(vm, set, words, shape->shape); }

Value with_lookup(Vm& vm, const Site* site, Value* sets, std::uint32_t count) {
  if (Value* word = word_by_plan(*site, [&](std::uint32_t k) { return sets[k]; })) return vm.force_slot(*word);
  auto** places = static_cast<Value**>(alloca(count * sizeof(Value*)));
  for (std::uint32_t k = 0; k < count; ++k) places[k] = &sets[k];
  return lookup_in_scopes(vm, *site, places, count);
}

Value position(Vm& vm, const Code& code, std::uint32_t instruction) { return current_position(vm, place(code, instruction)); }
void unreadable(Vm& vm) { vm.fail_other("this expression could not be read"); }

}  // namespace evalctl::evaluator::native

namespace evalctl::evaluator {

const NativeTable& native_table() {
  static const NativeTable table = {code_table, {
#define HELPER(name) reinterpret_cast<void (*)()>(&native::name),
#include "evaluator/native_helpers.def"
  }};
  return table;
}

void prepare_native(Vm& vm, const Code& code) {
  const Body& body = *code.body;
  for (std::uint32_t k = 0; k < body.instruction_count; ++k) {
    if (const Instruction* made = folded_closure(body, code_table, k)) {
      const Code& child = code_table[body.first_child + made->a];
      if (!body_if_made(child)) generate(vm, child);
      prepare_native(vm, child);
    }
    if (body.instructions[k].op != Op::LazyCompute || body.instructions[k].n != 0) continue;
    const Code& child = code_table[body.first_child + body.instructions[k].a];
    if (!body_if_made(child)) generate(vm, child);
    prepare_native(vm, child);
  }
}

}  // namespace evalctl::evaluator

// The parts of instructions that stand in machine code itself: what is frequent and short. All else is a call of a helper
// (evaluator/native_helpers.h).
//
// This file is compiled to bitcode, which the compiler carries with it and inlines. So it shares the layout of all objects
// with the interpreter, and holds no address: helpers and tables are found through `vm`. It must not refer to any function
// that is not inlined.
//
// Words are passed by address, since a thunk is replaced by its value; the compiler keeps them in machine registers all
// the same. Helpers get copies of them, so that no address of such a word is known outside.
#include "evaluator/builtin.h"
#include "evaluator/early.h"
#include "evaluator/inlining.h"
#include "evaluator/native.h"
#include "evaluator/native_helpers.h"
#include "evaluator/shape.h"

using namespace evalctl::evaluator;

#define INLINE extern "C" __attribute__((always_inline, used))
#define HELP(name, ...) \
  reinterpret_cast<decltype(&native::name)>(vm.native_table.helpers[static_cast<unsigned>(native::Helper::name)])(__VA_ARGS__)

namespace {

inline bool both_small(Value a, Value b) { return a.bits() & b.bits() & 1; }

// Which the compiler cannot see it is.
inline Value small_integer(std::uint64_t bits) {
  __builtin_assume(bits & 1);
  return Value(bits);
}

inline Value number_of(bool truth) { return Value::boolean(truth); }

// The kind of an object that is a value, which never changes: unlike Value::kind, it need not be read anew each time.
inline Kind kind_of(Value value) { return *reinterpret_cast<const Kind*>(value.object()); }

// Calls a helper for two words that it forces in place.
#define HELP_PAIR(result, name, a, b) \
  Value pair[2] = {a, b};             \
  auto result = HELP(name, vm, pair); \
  a = pair[0];                        \
  b = pair[1]

inline void* allocate(Vm& vm, std::size_t bytes) {
  void* p = vm.heap.try_allocate(bytes);
  if (!p) [[unlikely]] p = HELP(allocate, vm, bytes);
  return p;
}

// What is known of an attribute: its word, or that there is none; otherwise helpers have to look.
struct KnownWord {
  Value* word = nullptr;
  bool is_missing = false;
};

// By the cache of the site.
inline KnownWord known_word(Value set, const Site* site) {
  if (!is_flat_set(set)) return {};
  std::uint64_t cached = site->cache.load(std::memory_order_relaxed);
  if (cached >> 32 != as_attrs(set)->shape.names) return {};
  auto place = static_cast<std::uint32_t>(cached);
  // Which is kNoPlace: no flat set has as many names.
  if (static_cast<std::int32_t>(place) < 0) return {nullptr, true};
  return {&as_attrs(set)->items[place], false};
}

// By what sites of several shapes have found lately, likewise.
inline KnownWord lately_known_word(Vm& vm, Value set, const Site* site) {
  if (!is_flat_set(set)) return {};
  std::uint64_t key = KnownPlace::key_of(as_attrs(set)->shape.names, site->name);
  const KnownPlace& lately = vm.known_places[KnownPlace::index_of(key)];
  if (lately.key != key) return {};
  // Which is kNoPlace.
  if (static_cast<std::int32_t>(lately.place) < 0) return {nullptr, true};
  return {&as_attrs(set)->items[lately.place], false};
}

// In loops, for which it pays to look in both places in line. The cache of the site comes first: what it says is known before the names of
// the set are.
inline KnownWord known_word_in_loop(Vm& vm, Value set, const Site* site) {
  KnownWord known = known_word(set, site);
  return known.word || known.is_missing ? known : lately_known_word(vm, set, site);
}

inline bool is_small_float(Value v) { return v.is_object() && kind_of(v) == Kind::Float; }

// A word that is no thunk is a value, which the compiler need not look at again.
inline Value there(Value v) {
  __builtin_assume(v.bits() != 0);
  return v;
}

// As Vm::force_slot, of a word of an object, which other threads may see.
inline Value forced_word(Vm& vm, Value* word) {
  Value v = Value::read_word(*word);
  return v.is_thunk() ? HELP(force_slot, vm, word) : there(v);
}

}  // namespace

// ---- Frames

// Counts one level of nesting. False, with the error set, when it is too deep; the level counts nevertheless.
INLINE bool rt_enter_at(Vm& vm, std::uint32_t depth) {
  vm.depth = depth;
  if (depth <= vm.max_call_depth) [[likely]] {
    bool has_room;
    asm volatile("cmpq %1, %%rsp" : "=@cca"(has_room) : "m"(vm.stack_limit));
    if (has_room) [[likely]] return true;
  }
  return HELP(may_go_deeper, vm);
}
INLINE bool rt_enter(Vm& vm) { return rt_enter_at(vm, vm.depth + 1); }
// What stands in a caller knows how deep that is: it need not wait for what was counted last.
INLINE std::uint32_t rt_depth(Vm& vm) { return vm.depth; }
INLINE void rt_set_depth(Vm& vm, std::uint32_t depth) { vm.depth = depth; }
INLINE void rt_leave(Vm& vm, std::uint32_t levels) { vm.depth -= levels; }
INLINE void rt_note(Vm& vm, const Code& code, std::uint32_t instruction) { HELP(note, vm, code, instruction); }
INLINE void rt_note_repeated(Vm& vm, const Code& code, std::uint32_t instruction, std::uint32_t count) {
  HELP(note_repeated, vm, code, instruction, count);
}

INLINE Value* rt_constants(const Code& code) { return code.body->constants; }
INLINE const Site* rt_sites(const Code& code) { return code.body->sites; }
INLINE const LiteralShape* rt_shape(const Code& code, std::uint32_t i) { return code.body->shapes + i; }
INLINE std::uint32_t rt_child(const Code& code, std::uint32_t i) { return code.body->first_child + i; }

INLINE const Code* rt_code_of(Vm& vm, std::uint32_t number) { return &vm.native_table.codes[number]; }

// ---- Values

INLINE Value rt_force(Vm& vm, Value* cell) {
  Value v = *cell;
  if (!v.is_thunk()) [[likely]] return there(v);
  native::Forced forced = HELP(force, vm, v);
  // The word may stand in an object, which others see.
  if (forced.word != v) *cell = forced.word;
  return forced.value;
}

// Of a word of an object.
INLINE Value rt_force_word(Vm& vm, Value* word) { return forced_word(vm, word); }

INLINE Value rt_at_hand(Value word) { return at_hand(word); }

// A value of code that is computed at once; no value where it has to be delayed.
#define EARLY(name, op, fast)                                                                \
  INLINE Value rt_early_##name(Vm& vm, Value a, Value b) {                                   \
    if (both_small(a, b)) [[likely]] {                                                       \
      fast                                                                                   \
    }                                                                                        \
    return HELP(early_operation, vm, Op::op, a, b);                                          \
  }
#define EARLY_ARITHMETIC(name, op, x, y, finish)                                              \
  EARLY(name, op, long result; if (!__builtin_##x##_overflow y) return small_integer(static_cast<std::uint64_t>(result) finish);)
EARLY_ARITHMETIC(add, Add, add, (static_cast<long>(a.bits() - 1), static_cast<long>(b.bits()), &result), )
EARLY_ARITHMETIC(subtract, Subtract, sub, (static_cast<long>(a.bits()), static_cast<long>(b.bits() - 1), &result), )
EARLY_ARITHMETIC(multiply, Multiply, mul, (static_cast<long>(a.bits() - 1), b.integer(), &result), | 1)
EARLY(equal, Equal, return Value::boolean(a == b);)
EARLY(not_equal, NotEqual, return Value::boolean(a != b);)
EARLY(less, Less, return Value::boolean(static_cast<long>(a.bits()) < static_cast<long>(b.bits()));)
EARLY(not_less, NotLess, return Value::boolean(static_cast<long>(a.bits()) >= static_cast<long>(b.bits()));)
// What is no number is not added at once.
INLINE Value rt_early_left(Value a) { return a && (a.bits() & 1 || (a.is_object() && (kind_of(a) == Kind::Integer || kind_of(a) == Kind::Float))) ? a : Value(); }
INLINE Value rt_early_not(Value a) { return a.is_true() || a.is_false() ? Value::boolean(a.is_false()) : Value(); }

INLINE Value rt_early_truth(Value a) { return a.is_true() || a.is_false() ? a : Value(); }
INLINE Value rt_word(Value* slot) { return Value::read_word(*slot); }

namespace {

inline bool is_set(Value v) { return v.is_object() && kind_of(v) == Kind::Attrs; }

// What is at hand of an attribute that a set has; `missing` where it has none.
inline Value step(Vm& vm, Value set, KnownWord known, const Site* site, Value missing) {
  if (known.is_missing) return missing;
  if (!known.word) [[unlikely]] known.word = HELP(find_word, set, site);
  return known.word ? at_hand(Value::read_word(*known.word)) : missing;
}

}  // namespace

// A selection of what is at hand.
INLINE Value rt_step(Vm& vm, Value set, const Site* site) { return is_set(set) ? step(vm, set, known_word(set, site), site, {}) : Value(); }
INLINE Value rt_step_in_loop(Vm& vm, Value set, const Site* site) {
  return is_set(set) ? step(vm, set, known_word_in_loop(vm, set, site), site, {}) : Value();
}

// The same where there may be no such attribute, which is told.
INLINE Value rt_try_step(Vm& vm, Value set, const Site* site) {
  return is_set(set) ? step(vm, set, known_word_in_loop(vm, set, site), site, native::kMissing) : native::kMissing;
}

// The result of LazyCompute for a child that has run before; no value where it has to be delayed.
INLINE Value rt_known_early(Vm& vm, std::uint32_t number, Value* captures) {
  return HELP(compute_known_early, vm, vm.native_table.codes[number], captures);
}

// The result of LazySelect with that path; no value where it has to be delayed.
INLINE Value rt_at_hand_along(Vm& vm, const Code& code, std::uint32_t path, Value word) { return HELP(at_hand_along, vm, code, path, word); }

// Whether a value at hand may stand for the thunk.
INLINE bool rt_may_stand(Vm& vm, Value v) {
  if (!v || keeps_its_word(v)) return false;
  ++vm.statistics.avoided;
  return true;
}

// ---- Objects. `words`: how many words there is room for.

INLINE CodeObject* rt_object(Vm& vm, std::uint32_t number, std::uint32_t words, bool closure) {
  if (!closure && words == 1) return HELP(new_thunk_1, vm, number);
  if (!closure && words == 2) return HELP(new_thunk_2, vm, number);
  if (!closure && words == 3) return HELP(new_thunk_3, vm, number);
  return HELP(new_object, vm, number, words << 16 | static_cast<std::uint32_t>(closure ? Kind::Closure : Kind::Thunk));
}

INLINE ListObject* rt_list(Vm& vm, std::uint32_t count) { return HELP(new_list, vm, count); }
INLINE Object* rt_set(Vm& vm, const LiteralShape* shape) { return HELP(new_set, vm, shape); }

INLINE bool rt_bind_formals(Vm& vm, const Code& code, Value argument, Value* words) {
  return HELP(bind_formals, vm, code, argument, words);
}

// ---- Calls

// Whether a value is a closure of `code`.
INLINE bool rt_is_own(Vm& vm, const Code& code, Value function) {
  return function.is_object() && kind_of(function) == Kind::Closure && &vm.native_table.codes[function.object()->size] == &code;
}
INLINE Value* rt_captures(Value function) { return as_code(function)->words; }
// The code of a closure that is complete and has machine code with that key; null for all else.
INLINE const Code* rt_known_code(Vm& vm, Value function, std::uint64_t id) {
  if (!function || !function.is_object() || kind_of(function) != Kind::Closure) return nullptr;
  const Code& code = vm.native_table.codes[function.object()->size];
  if (!is_complete(code, function)) return nullptr;
  const Body* body = body_if_made(code);
  NativeEntry entry = body ? body->native.load(std::memory_order_acquire) : nullptr;
  return entry && native_id_of(entry) == id ? &code : nullptr;
}
INLINE const Code* rt_closure_code(Vm& vm, Value closure) { return &vm.native_table.codes[closure.object()->size]; }
INLINE void rt_count_call(Vm& vm) { ++vm.statistics.calls; }
INLINE Value rt_call_1(Vm& vm, Value function, Value a) { return HELP(call_1, vm, function, a); }
INLINE Value rt_call_2(Vm& vm, Value function, Value a, Value b) { return HELP(call_2, vm, function, a, b); }
INLINE Value rt_call_3(Vm& vm, Value function, Value a, Value b, Value c) { return HELP(call_3, vm, function, a, b, c); }
INLINE Value rt_call(Vm& vm, Value function, Value* arguments, std::uint32_t count) { return HELP(call, vm, function, arguments, count); }

// ---- foldl'

namespace {

// The list that a call of `function` goes through with a closure whose code may stand in its caller, if it is there and not empty.
inline ListObject* folded(Value function, const Code& code, Value list) {
  if (!function.is_object() || kind_of(function) != Kind::Builtin || !static_cast<const BuiltinObject*>(function.object())->row->folds) return nullptr;
  if (code.is_leaf || code.is_file) return nullptr;
  Value items = at_hand(list);
  if (!items || !items.is_object() || kind_of(items) != Kind::List || items.object()->size == 0) return nullptr;
  return static_cast<ListObject*>(items.object());
}

}  // namespace

// The same with its items side by side.
INLINE ListObject* rt_folded(Vm& vm, Value function, Value closure, Value list) {
  ListObject* found = folded(function, vm.native_table.codes[closure.object()->size], list);
  return found && found->joined() ? HELP(flat_list, vm, found) : found;
}
// If it is so short that going through it may be tried at once.
INLINE ListObject* rt_early_folded(Value function, const Code& code, Value list) {
  ListObject* found = folded(function, code, list);
  return found && found->size <= kMostFolded ? found : nullptr;
}
INLINE Value* rt_items(ListObject* list) { return list->items; }
INLINE std::uint32_t rt_size(ListObject* list) { return list->size; }
INLINE Value rt_settled(Value* slot) { return settled(*slot); }
INLINE void rt_count_builtin(Vm& vm) { ++vm.statistics.builtin_calls; }
INLINE void rt_fail_fold(Vm& vm, Value function, Value closure, Value accumulator, Value item, Value first, Value list) {
  Value words[] = {function, closure, accumulator, item, first, list};
  HELP(fail_fold, vm, words);
}

// ---- Truth: 1, 0, or -1 on failure

INLINE int rt_truth(Vm& vm, Value* cell) {
  if (cell->is_true()) return 1;
  if (cell->is_false()) return 0;
  Value copy = *cell;
  int truth = HELP(truth, vm, &copy);
  *cell = copy;
  return truth;
}

INLINE int rt_equal(Vm& vm, Value a, Value b) {
  if (!a.is_object() && !b.is_object()) return a == b;
  return HELP(equal, vm, a, b);
}

INLINE int rt_less(Vm& vm, Value a, Value b) {
  if (both_small(a, b)) return static_cast<std::int64_t>(a.bits()) < static_cast<std::int64_t>(b.bits());
  if (is_small_float(a) && is_small_float(b)) return a.floating() < b.floating();
  Value pair[2] = {a, b};
  return HELP(less, vm, pair);
}

INLINE void rt_fail_assert(Vm& vm) { HELP(fail_assert, vm, nullptr); }
INLINE void rt_fail_assert_equal(Vm& vm, Value a, Value b) {
  Value pair[2] = {a, b};
  HELP(fail_assert, vm, pair);
}

// ---- Arithmetic

namespace {

inline Value new_float(Vm& vm, double d) {
  auto* object = static_cast<BoxedFloat*>(allocate(vm, sizeof(BoxedFloat)));
  object->kind.store(Kind::Float, std::memory_order_relaxed);
  object->value = d;
  return Value(object);
}

}  // namespace

INLINE Value rt_add(Vm& vm, Value* a, Value* b) {
  long sum;
  if (both_small(*a, *b) && !__builtin_add_overflow(static_cast<long>(a->bits() - 1), static_cast<long>(b->bits()), &sum)) [[likely]]
    return small_integer(static_cast<std::uint64_t>(sum));
  if (is_small_float(*a) && is_small_float(*b)) return new_float(vm, a->floating() + b->floating());
  HELP_PAIR(result, add, *a, *b);
  return result;
}

INLINE Value rt_subtract(Vm& vm, Value* a, Value* b) {
  long difference;
  if (both_small(*a, *b) && !__builtin_sub_overflow(static_cast<long>(a->bits()), static_cast<long>(b->bits() - 1), &difference)) [[likely]]
    return small_integer(static_cast<std::uint64_t>(difference));
  if (is_small_float(*a) && is_small_float(*b)) return new_float(vm, a->floating() - b->floating());
  HELP_PAIR(result, subtract, *a, *b);
  return result;
}

INLINE Value rt_multiply(Vm& vm, Value* a, Value* b) {
  long product;
  if (both_small(*a, *b) && !__builtin_mul_overflow(static_cast<long>(a->bits() - 1), b->integer(), &product)) [[likely]]
    return Value(static_cast<std::uint64_t>(product) | 1);
  if (is_small_float(*a) && is_small_float(*b)) return new_float(vm, a->floating() * b->floating());
  HELP_PAIR(result, multiply, *a, *b);
  return result;
}

INLINE Value rt_divide(Vm& vm, Value* a, Value* b) {
  // The one quotient that does not fit is that of a small integer and -1.
  if (both_small(*a, *b) && static_cast<std::int64_t>(b->bits()) > 1) [[likely]] {
    std::int64_t quotient = a->integer() / b->integer();
    return Value(static_cast<std::uint64_t>(quotient) << 1 | 1);
  }
  HELP_PAIR(result, divide, *a, *b);
  return result;
}

INLINE Value rt_negate(Vm& vm, Value* a) {
  Value zero(std::uint64_t{1});
  return rt_subtract(vm, &zero, a);
}

INLINE Value rt_concat(Vm& vm, Value* a, Value* b) {
  HELP_PAIR(result, concat, *a, *b);
  return result;
}

INLINE Value rt_update(Vm& vm, Value* a, Value* b) {
  HELP_PAIR(result, update, *a, *b);
  return result;
}

INLINE Value rt_coerce_left(Vm& vm, Value a) {
  if (a.bits() & 1) return a;
  if (a.is_object() && (kind_of(a) == Kind::String || kind_of(a) == Kind::Path || kind_of(a) == Kind::Float)) return a;
  return HELP(coerce_left, vm, a);
}
INLINE Value rt_check_set(Vm& vm, Value b) { return b.is_object() && kind_of(b) == Kind::Attrs ? b : HELP(check_right_set, vm, b); }
INLINE Value rt_coerce_part(Vm& vm, Value v, std::uint32_t part, bool path) {
  return v.is_object() && kind_of(v) == Kind::String ? v : HELP(coerce_part, vm, v, part, path);
}
INLINE Value rt_join_string(Vm& vm, Value* parts, std::uint32_t count) { return HELP(join_string, vm, parts, count); }
INLINE Value rt_join_path(Vm& vm, Value* parts, std::uint32_t count) { return HELP(join_path, vm, parts, count); }

// ---- Sets

INLINE void rt_count_lookups(Vm& vm, std::uint64_t count) { vm.statistics.lookups += count; }

INLINE Value rt_select(Vm& vm, Value* cell, const Site* site) {
  Value word = *cell;
  if (Value* found = known_word(word, site).word) [[likely]] return forced_word(vm, found);
  native::Forced forced = HELP(select, vm, word, site);
  *cell = forced.word;
  return forced.value;
}

INLINE Value rt_select_in_loop(Vm& vm, Value* cell, const Site* site) {
  Value word = *cell;
  if (Value* found = known_word_in_loop(vm, word, site).word) return forced_word(vm, found);
  native::Forced forced = HELP(select, vm, word, site);
  *cell = forced.word;
  return forced.value;
}

// The same, where the set is a word of an object.
INLINE Value rt_select_from(Vm& vm, Value* slot, const Site* site) {
  if (Value* found = known_word(Value::read_word(*slot), site).word) [[likely]] return forced_word(vm, found);
  return HELP(select_from, vm, slot, site);
}

INLINE Value rt_try_select(Vm& vm, Value set, const Site* site) {
  KnownWord known = known_word(set, site);
  if (known.word) [[likely]] return forced_word(vm, known.word);
  if (known.is_missing) return native::kMissing;
  return HELP(try_select, vm, set, site);
}
INLINE Value rt_try_select_in_loop(Vm& vm, Value set, const Site* site) {
  KnownWord known = known_word_in_loop(vm, set, site);
  if (known.word) [[likely]] return forced_word(vm, known.word);
  if (known.is_missing) return native::kMissing;
  return HELP(try_select, vm, set, site);
}
INLINE bool rt_is_missing(Value v) { return v == native::kMissing; }

INLINE Value rt_select_dynamic(Vm& vm, Value* a, Value* b) {
  HELP_PAIR(result, select_dynamic, *a, *b);
  return result;
}

INLINE Value rt_try_select_dynamic(Vm& vm, Value* a, Value* b) {
  HELP_PAIR(result, try_select_dynamic, *a, *b);
  return result;
}

INLINE Value rt_has_attr(Vm& vm, Value set, const Site* site) {
  KnownWord known = known_word(set, site);
  if (known.word || known.is_missing) return number_of(known.word);
  return number_of(HELP(has_attr, set, site));
}

INLINE Value rt_has_dynamic(Vm& vm, Value* a, Value* b) {
  HELP_PAIR(result, has_dynamic, *a, *b);
  return result;
}

INLINE Value rt_add_dynamic(Vm& vm, const Code& code, std::uint32_t instruction, Value set, Value name, Value word) {
  Value words[3] = {set, name, word};
  return HELP(add_dynamic, vm, code, instruction, words);
}

INLINE Value rt_overrides(Vm& vm, Value set, Value* words, const LiteralShape* shape) { return HELP(overrides, vm, set, words, shape); }

INLINE Value rt_with_lookup(Vm& vm, const Site* site, Value* sets, std::uint32_t count) { return HELP(with_lookup, vm, site, sets, count); }
INLINE Value rt_position(Vm& vm, const Code& code, std::uint32_t instruction) { return HELP(position, vm, code, instruction); }
INLINE void rt_unreadable(Vm& vm) { HELP(unreadable, vm); }

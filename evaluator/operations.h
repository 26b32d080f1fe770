// What instructions do beyond moving words: shared by every tier.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "evaluator/builtin.h"
#include "evaluator/early.h"
#include "evaluator/profiler.h"
#include "evaluator/program.h"
#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// The symbol of a string's text. Names of attributes (Vm::name_string) carry it where other objects have `flags` and
// `extra`, so that they need no search.
inline Symbol symbol_of(const StringObject* text) {
  std::uint32_t known = std::uint32_t{text->flags} << 16 | text->extra;
  return known != 0 ? Symbol{known} : intern(text->view());
}
// Before others can reach it.
inline void keep_symbol(StringObject* text, Symbol symbol) {
  if (symbol.id >> 24 != 0) return;
  text->flags = static_cast<std::uint8_t>(symbol.id >> 16);
  text->extra = static_cast<std::uint16_t>(symbol.id);
}

// Sets `formals` to the words of the argument; no value where a default applies. False on failure.
bool bind_formals(Vm& vm, const Code& code, const Body& body, Value argument, Value* formals);
void expected_bool(Vm& vm, Value found);
Value add(Vm& vm, Value a, Value b);
// The same where `b` may be a thunk, before which `a` is coerced as coerce_left does.
Value add_words(Vm& vm, Value a, Value& b);
// Of a value on the left of +: see ops.def.
Value coerce_left(Vm& vm, Value a);
// Part `part` of a string, or of a path: its text.
Value coerce_part(Vm& vm, Value v, std::uint32_t part, bool path);
Value subtract(Vm& vm, Value a, Value b);
Value multiply(Vm& vm, Value a, Value b);
Value divide(Vm& vm, Value a, Value b);
Value concat_lists(Vm& vm, Value a, Value b);
// a // b, where `a` may be a thunk, before which `b` is checked.
Value update_words(Vm& vm, Value& a, Value b);
// The right side of //; no value after an error where it is no set.
Value check_right_set(Vm& vm, Value b);
// `copy`: paths are copied to the store, otherwise their text is taken.
Value concat_strings(Vm& vm, Value* parts, std::uint32_t count, bool copy);
Value concat_path(Vm& vm, Value* parts, std::uint32_t count);
Value select(Vm& vm, Value set, const Site& site);
// The same without an entry in the statistics.
Value select_uncounted(Vm& vm, Value set, const Site& site);
Value select_dynamic(Vm& vm, Value set, Value name);
Value try_select(Vm& vm, Value set, const Site& site, bool& missing);
Value try_select_dynamic(Vm& vm, Value set, Value name, bool& missing);
Value has_dynamic(Vm& vm, Value set, Value name);
Value add_dynamic(Vm& vm, Value set, Value name, Value word, Position position);
// The set of a `rec` that has __overrides: `registers` holds its words in the order of `shape`.
Value apply_overrides(Vm& vm, Value set, Value* registers, Shape shape);
// The variable of a site in `count` sets, of which the first is the innermost.
Value lookup_in_scopes(Vm& vm, const Site& site, Value* const* sets, std::uint32_t count);
// How a name was found in the sets of `with`: in the last of these shapes, and in none of those before. Such a site never
// jumps and has no cache of its own: its `cache` points to the plan, its `target` counts those made.
struct ScopePlan {
  std::uint32_t place, count;
  std::uint32_t shapes[];
};
inline const ScopePlan* scope_plan(const Site& site) { return reinterpret_cast<const ScopePlan*>(site.cache.load(std::memory_order_acquire)); }
// The word that the plan of the site leads to, where all sets that it looks at are evaluated; null otherwise. `set`: the word of
// a set by its index.
template <class Set>
Value* word_by_plan(const Site& site, Set set) {
  const ScopePlan* plan = scope_plan(site);
  if (!plan) return nullptr;
  for (std::uint32_t k = 0;; ++k) {
    Value known = at_hand(set(k));
    if (!known || !known.is(Kind::Attrs)) return nullptr;
    if (known_number(as_attrs(known)) != plan->shapes[k]) return nullptr;
    if (k + 1 == plan->count) return word_at(as_attrs(known), plan->place);
  }
}
// The set that __curPos stands for there; null in a text that is no file.
Value current_position(Vm& vm, Position position);
// find() with the inline cache of `site`. Leaves the position out.
Attr find_cached(AttrsObject* attrs, const Site& site);
// The word of an attribute where the cache of `site` knows it in a flat set; null: find_cached() has to look.
inline Value* flat_word(AttrsObject* attrs, const Site& site) {
  if (attrs->layered()) return nullptr;
  std::uint64_t cached = site.cache.load(std::memory_order_relaxed);
  auto place = static_cast<std::uint32_t>(cached);
  return cached >> 32 == attrs->shape.names && place != kNoPlace ? &attrs->items[place] : nullptr;
}
// Gives the pending error its position, or adds a frame for what `code` was doing at `instruction`.
void note_failure(Vm& vm, const Code& code, const Body& body, std::uint32_t instruction, const Value* registers, const Value* captures);

// Adds what machine code had at hand to the frame that it noted.
void note_words(Vm& vm, const Code& code, const Value* captures, const Value* arguments);

// A path as written in a file of `directory`: `~/` and relative ones made absolute.
std::string absolute_path(std::string_view path, std::string_view directory);

using base::canonical_path;

// Most texts that are compared are short, or differ at once. An object's memory is a multiple of eight bytes, so that each has eight.
inline bool equal_texts(const StringObject* a, const StringObject* b) {
  if (a->size != b->size) return false;
  std::uint64_t first, second;
  std::memcpy(&first, a->bytes, sizeof first);
  std::memcpy(&second, b->bytes, sizeof second);
  if (a->size >= sizeof first) return first == second && a->view() == b->view();
  static_assert(std::endian::native == std::endian::little);
  return (first ^ second) << 8 << (56 - 8 * a->size) == 0;
}

// Calls a builtin with exactly its arity.
Value run_builtin_profiled(Vm& vm, const BuiltinRow* row, Value* arguments);
Value fail_builtin(Vm& vm, const BuiltinRow* row, const Value* arguments);
[[gnu::always_inline]] inline Value run_builtin(Vm& vm, const BuiltinRow* row, Value* arguments) {
  ++vm.statistics.builtin_calls;
  Value result;
  try {
    result = profiler ? run_builtin_profiled(vm, row, arguments) : row->run(vm, arguments);
  } catch (const std::bad_alloc& why) {
    vm.out_of_memory(why);
  }
  if (!result) [[unlikely]] return fail_builtin(vm, row, arguments);
  return vm.force(result);
}

// Vm::equal and Vm::less_than. What is decided without a look inside nests no deeper, in machine code likewise.
inline int equal_words(Vm& vm, Value a, Value b) {
  Value left = vm.force(a);
  if (!left) return -1;
  Value right = vm.force(b);
  if (!right) return -1;
  if (!left.is_object() && !right.is_object()) return left == right;
  Kind kind = left.kind(), other = right.kind();
  if (kind == Kind::String && other == Kind::String) return equal_texts(as_string(left), as_string(right));
  bool differ = kind != other && (kind > Kind::Float || other > Kind::Float);
  return differ ? 0 : vm.equal(left, right);
}
inline int less_words(Vm& vm, Value a, Value b) {
  if (a.bits() & b.bits() & 1) return static_cast<std::int64_t>(a.bits()) < static_cast<std::int64_t>(b.bits());
  if (a.is(Kind::Float) && b.is(Kind::Float)) return a.floating() < b.floating();
  return vm.less_than(a, b);
}

}  // namespace evalctl::evaluator

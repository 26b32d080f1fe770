// What machine code calls for all that it does not do in line: each does what the interpreter does, by the same functions
// of operations.h. A pointer to words means that they are forced in place, the first one first.
#pragma once
#include "evaluator/native_table.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator::native {

// Of helpers that machine code seldom calls: they keep its registers, so that it need not.
#define SELDOM __attribute__((preserve_most))

// Given by the selections that may miss instead of a value: no value, and no error either.
constexpr Value kMissing{std::uint64_t{0x04}};

// Of a thunk: its value, and what a register that holds it is to hold from now on.
struct Forced { Value value, word; };
SELDOM Forced force(Vm& vm, Value word);
// Of a word of an object.
SELDOM Value force_slot(Vm& vm, Value* slot);
// The same of thunks without results: see evaluator/force.cpp.
SELDOM Forced force_delayed(Vm& vm, Value word);
SELDOM Value force_delayed_slot(Vm& vm, Value* slot);
// See evaluator/early.h.
SELDOM Value early_operation(Vm& vm, Op op, Value a, Value b);
// Of a LazySelect with that path, among the operands of `code`.
Value at_hand_along(Vm& vm, const Code& code, std::uint32_t path, Value word);
Value compute_known_early(Vm& vm, const Code& code, Value* captures);
// Of a level that was counted. False, with the error set, where it is too deep.
SELDOM bool may_go_deeper(Vm& vm);
// Adds the place of an instruction to the pending error.
SELDOM void note(Vm& vm, const Code& code, std::uint32_t instruction);
// The same for `count` frames that stand at the same instruction.
SELDOM void note_repeated(Vm& vm, const Code& code, std::uint32_t instruction, std::uint32_t count);
SELDOM void* allocate(Vm& vm, std::size_t bytes);
// A thunk or closure of the code of that number, words to be filled in. `beginning`: how many << 16 | its kind, with which its
// header begins.
CodeObject* new_object(Vm& vm, std::uint32_t number, std::uint32_t beginning);
// The same for thunks of so many words, which most objects are.
CodeObject* new_thunk_1(Vm& vm, std::uint32_t number);
CodeObject* new_thunk_2(Vm& vm, std::uint32_t number);
CodeObject* new_thunk_3(Vm& vm, std::uint32_t number);
ListObject* new_list(Vm& vm, std::uint32_t count);
Object* new_set(Vm& vm, const LiteralShape* shape);
bool bind_formals(Vm& vm, const Code& code, Value argument, Value* words);
// `function` is a value.
Value call_1(Vm& vm, Value function, Value a);
Value call_2(Vm& vm, Value function, Value a, Value b);
Value call_3(Vm& vm, Value function, Value a, Value b, Value c);
Value call(Vm& vm, Value function, Value* arguments, std::uint32_t count);
SELDOM ListObject* flat_list(Vm& vm, ListObject* joined);
// Where a call failed that a fold in line made. The builtin, the closure, its two arguments, the first accumulator, the list.
SELDOM void fail_fold(Vm& vm, const Value* words);
SELDOM Value add(Vm& vm, Value* pair);
SELDOM Value subtract(Vm& vm, Value* pair);
SELDOM Value multiply(Vm& vm, Value* pair);
SELDOM Value divide(Vm& vm, Value* pair);
Value concat(Vm& vm, Value* pair);
// The second word is forced first.
Value update(Vm& vm, Value* pair);
// 1, 0, or -1 on failure.
int equal(Vm& vm, Value a, Value b);
SELDOM int less(Vm& vm, Value* pair);
SELDOM int truth(Vm& vm, Value* cell);
// `pair`: what a failed == compared, or null.
void fail_assert(Vm& vm, const Value* pair);
// Of a value.
SELDOM Value coerce_left(Vm& vm, Value a);
SELDOM Value check_right_set(Vm& vm, Value b);
SELDOM Value coerce_part(Vm& vm, Value v, std::uint32_t part, bool path);
Value join_string(Vm& vm, Value* parts, std::uint32_t count);
Value join_path(Vm& vm, Value* parts, std::uint32_t count);
// Of a set that is not evaluated, or whose names the cache of the site does not know: the value, and what a register that holds
// the word of the set is to hold from now on; or the same for the word of an object. Machine code counts them.
SELDOM Forced select(Vm& vm, Value word, const Site* site);
Value select_from(Vm& vm, Value* slot, const Site* site);
Value select_dynamic(Vm& vm, Value* pair);
SELDOM Value try_select(Vm& vm, Value set, const Site* site);
Value try_select_dynamic(Vm& vm, Value* pair);
SELDOM bool has_attr(Value set, const Site* site);
Value has_dynamic(Vm& vm, Value* pair);
// The word of an attribute of a set, or null.
SELDOM Value* find_word(Value set, const Site* site);
// set, name, word.
Value add_dynamic(Vm& vm, const Code& code, std::uint32_t instruction, const Value* words);
Value overrides(Vm& vm, Value set, Value* words, const LiteralShape* shape);
Value with_lookup(Vm& vm, const Site* site, Value* sets, std::uint32_t count);
Value position(Vm& vm, const Code& code, std::uint32_t instruction);
void unreadable(Vm& vm);

}  // namespace evalctl::evaluator::native

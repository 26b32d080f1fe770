// The native tier as the rest of the evaluator sees it: when bytecode is replaced by machine code, and how that is called.
//
// Machine code of a Body is one function
//
//   Value entry(Vm&, const Code&, Value* captures, Value argument...)
//
// with as many arguments as the code has parameters. It does what the interpreter does with the same bytecode, counts its
// own level of nesting, and takes everything that differs from process to process (constants, sites, shapes, numbers of
// codes, helpers) from `code` and `vm`: it is position-independent, and the same for equal bytecode.
//
// evaluator/jit makes it; who loads that, and where code is kept between runs, is outside of the evaluator: see NativeTier.
#pragma once
#include "evaluator/operations.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// Told by the interpreter what runs often. One for all Vms of a process.
class NativeTier {
 public:
  virtual ~NativeTier() = default;
  // The heat of `code`, which is about to run with these captured words, is used up: sets Body::native, now or from another thread later.
  // Returns the number of runs after which to be asked again.
  virtual std::int32_t hot(Vm& vm, const Code& code, const Value* captures) = 0;
};

// Makes the bytecode of those children of `code` that stand in its machine code.
void prepare_native(Vm& vm, const Code& code);

// Machine code of `code`, of which heat_of tells that there is some.
inline NativeEntry native_entry(const Code& code) { return code.body->native.load(std::memory_order_acquire); }

// Calls that of a thunk.
inline Value run_native_thunk(Vm& vm, const Code& code, Value* captures) {
  return reinterpret_cast<Value (*)(Vm&, const Code&, Value*)>(native_entry(code))(vm, code, captures);
}

// Calls machine code of `code`.
[[gnu::always_inline]] inline Value run_native(Vm& vm, const Code& code, Value* captures, const Value* arguments, NativeEntry entry) {
  const Value* a = arguments;
  auto call = [&](auto... words) {
    return reinterpret_cast<Value (*)(Vm&, const Code&, Value*, decltype(words)...)>(entry)(vm, code, captures, words...);
  };
  switch (code.arity) {
    case 0: return call();
    case 1: return call(a[0]);
    case 2: return call(a[0], a[1]);
    case 3: return call(a[0], a[1], a[2]);
    case 4: return call(a[0], a[1], a[2], a[3]);
    case 5: return call(a[0], a[1], a[2], a[3], a[4]);
    case 6: return call(a[0], a[1], a[2], a[3], a[4], a[5]);
    case 7: return call(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    default: return call(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  }
}

// Calls that of a closure with its arguments in registers.
template <class... Words>
[[gnu::noinline, gnu::cold]] Value note_native_words(Vm& vm, Value function, Words... words) {
  Value arguments[] = {words...};
  note_words(vm, code_of(function.object()), as_code(function)->words, arguments);
  return {};
}
template <class... Words>
inline Value run_native_words(Vm& vm, const Code& code, Value function, Words... words) {
  auto entry = reinterpret_cast<Value (*)(Vm&, const Code&, Value*, Words...)>(native_entry(code));
  Value result = entry(vm, code, as_code(function)->words, words...);
  return result ? result : note_native_words(vm, function, words...);
}

// Calls it with arguments in memory, and tells what it had at hand where it fails.
[[gnu::always_inline]] inline Value run_compiled(Vm& vm, const Code& code, Value* captures, const Value* arguments) {
  Value result = run_native(vm, code, captures, arguments, native_entry(code));
  if (!result) [[unlikely]] note_words(vm, code, captures, arguments);
  return result;
}

}  // namespace evalctl::evaluator

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
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// Told by the interpreter what runs often. One for all Vms of a process.
class NativeTier {
 public:
  virtual ~NativeTier() = default;
  // The heat of the body of `code` is used up: sets Body::native, now or from another thread later. Returns the number of
  // runs after which to be asked again.
  virtual std::int32_t hot(Vm& vm, const Code& code) = 0;
};

// What machine code of any process needs to find at run time: Vm::native_table points to it.
struct NativeTable {
  const Code* codes;
  void (*helpers[])();
};
const NativeTable* native_table();

// Calls machine code of `code`.
Value run_native(Vm& vm, const Code& code, Value* captures, const Value* arguments, NativeEntry entry);

}  // namespace evalctl::evaluator

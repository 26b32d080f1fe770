// What machine code of any process needs to find at run time. Each Vm has it, near its beginning: see evaluator/native.h.
#pragma once

namespace evalctl::evaluator {

struct Code;

namespace native {

// Functions of evaluator/native_helpers.h.
enum class Helper : unsigned {
#define HELPER(name) name,
#include "evaluator/native_helpers.def"
  Count
};

}  // namespace native

struct NativeTable {
  const Code* codes;
  void (*helpers[static_cast<unsigned>(native::Helper::Count)])();
};
const NativeTable& native_table();

}  // namespace evalctl::evaluator

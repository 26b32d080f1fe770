// Computing at once what is cheap: an expression that would be delayed, or a call that builtins would delay, where all it
// needs is at hand and nothing in it can fail, take long or be observed. What cannot be computed so is delayed as ever.
//
// Only short code is tried: numbers, comparisons, truth values and selections. Both tiers do the same, so that they nest
// equally deep.
#pragma once
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

constexpr std::uint32_t kEarlyInstructions = 24, kEarlyRegisters = 16, kEarlyCaptures = 8;

// Whether all instructions of a body may be tried.
bool may_compute_early(const Body& body);

// The value that `word` stands for if it needs no evaluation; no value otherwise.
inline Value at_hand(Value word) {
  if (!word.is_object()) return word;
  Kind kind = word.object()->kind.load(std::memory_order_acquire);
  if (kind >= Kind::Integer) return word;
  return kind == Kind::Forced ? as_code(word)->words[0] : Value();
}

// What `body`, of which may_compute_early holds, gives. No value, and no error, when it has to be delayed.
Value compute_early(Vm& vm, const Body& body, Value* captures, const Value* arguments, std::uint32_t count);

// One arithmetic operation or comparison, likewise.
Value early_operation(Vm& vm, Op op, Value a, Value b);

// Calls of one function, with one argument each, that are tried before they are delayed.
class EarlyCalls {
 public:
  EarlyCalls(Vm& vm, Value function);
  // The result, or a thunk of the call.
  Value operator()(Value argument) {
    Value early = body_ ? compute_early(vm_, *body_, captures_, &argument, 1) : Value();
    return early ? early : vm_.delay_call(function_, {argument});
  }

 private:
  Vm& vm_;
  Value function_;
  const Body* body_ = nullptr;  // null when it is not worth a try
  Value* captures_ = nullptr;
};

}  // namespace evalctl::evaluator

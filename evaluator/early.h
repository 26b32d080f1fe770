// Computing at once what is cheap: an expression that would be delayed, or a call that builtins would delay, where all it
// needs is at hand and nothing in it can fail, take long or be observed. What cannot be computed so is delayed as ever.
//
// Only short code is tried: numbers, comparisons, truth values, selections, and calls of builtins whose rows say how (such as
// `head`). Both tiers do the same, so that they nest equally deep.
#pragma once
#include <atomic>

#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

constexpr std::uint32_t kEarlyInstructions = 24, kEarlyRegisters = 16, kEarlyCaptures = 8;
// Longer lists take too long for what may not be needed.
constexpr std::uint32_t kMostFolded = 16;

// Whether all instructions of a body may be tried.
bool may_compute_early(const Body& body);

// The value that `word` stands for if it needs no evaluation; no value otherwise.
inline Value at_hand(Value word) {
  if (!word.is_object()) return word;
  Kind kind = word.object()->kind.load(std::memory_order_acquire);
  if (kind >= Kind::Integer) return word;
  return kind == Kind::Forced ? as_code(word)->words[0] : Value();
}

// Whether a closure has what it captures: among bindings that refer to each other it may be made before.
inline bool is_complete(const Code& code, Value closure) { return code.captures == 0 || Value::read_word(as_code(closure)->words[0]); }

// What a LazySelect with that path (see ops.def) gives of `word`; no value where it has to be delayed.
Value at_hand_along(Vm& vm, const Body& body, const Operand* path, Value word);

// What `body`, of which may_compute_early holds, gives. No value, and no error, when it has to be delayed.
Value compute_early(Vm& vm, const Body& body, Value* captures, const Value* arguments, std::uint32_t count);

// The same for a delayed expression with that code, if it has run before: what is never needed gets no bytecode for it.
Value compute_known_early(Vm& vm, const Code& code, Value* captures);

// One arithmetic operation or comparison, likewise.
Value early_operation(Vm& vm, Op op, Value a, Value b);

// Body::is_early, which is taken back where a body turns out to call what has to be delayed.
inline bool is_early(const Body& body) {
  return std::atomic_ref<bool>(const_cast<bool&>(body.is_early)).load(std::memory_order_relaxed);
}

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

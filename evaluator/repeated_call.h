// Calls of one function, one after the other, as builtins such as foldl' and filter make them: what there is to know of the
// function is looked up once.
#pragma once
#include "evaluator/native.h"
#include "evaluator/operations.h"

namespace evalctl::evaluator {

class RepeatedCall {
 public:
  // `function` is a value; each call has `count` arguments.
  RepeatedCall(Vm& vm, Value function, std::uint32_t count) : vm_(vm), function_(function), count_(count) {
    if (function.is(Kind::Closure) && code_of(function.object()).arity == count) code_ = &code_of(function.object());
  }
  // As Vm::call.
  Value operator()(Value* arguments) {
    if (!code_ || heat_of(*code_) != kMachineCode) return vm_.call(function_, arguments, count_);
    ++vm_.statistics.calls;
    return run_compiled(vm_, *code_, as_code(function_)->words, arguments);
  }

 private:
  Vm& vm_;
  Value function_;
  std::uint32_t count_;
  const Code* code_ = nullptr;  // of a function that takes just these arguments
};

}  // namespace evalctl::evaluator

// Calls of one function, one after the other, as builtins such as foldl' and filter make them: what there is to know of the
// function is looked up once.
#pragma once
#include <concepts>

#include "evaluator/native.h"
#include "evaluator/operations.h"

namespace evalctl::evaluator {

// Each call has `kCount` arguments.
template <std::uint32_t kCount>
class RepeatedCall {
 public:
  // `function` is a value.
  RepeatedCall(Vm& vm, Value function) : vm_(vm), function_(function) {
    if (function.is(Kind::Closure) && code_of(function.object()).arity == kCount) code_ = &code_of(function.object());
  }
  // As Vm::call.
  template <std::same_as<Value>... Words>
    requires(sizeof...(Words) == kCount)
  Value operator()(Words... words) {
    if (!code_ || heat_of(*code_) != kMachineCode) [[unlikely]] return call_any(words...);
    ++vm_.statistics.calls;
    return run_native_words(vm_, *code_, function_, words...);
  }

 private:
  template <class... Words>
  [[gnu::noinline]] Value call_any(Words... words) {
    Value arguments[] = {words...};
    return vm_.call(function_, arguments, kCount);
  }

  Vm& vm_;
  Value function_;
  const Code* code_ = nullptr;  // of a function that takes just these arguments
};

}  // namespace evalctl::evaluator

// A builtin: code, type, documentation and effect in one row, beside its code in stdlib/.
#pragma once
#include <span>
#include <string_view>

#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

enum class Effect : unsigned char { Pure, ReadsWorld, Fails, Traces };

// `arguments` holds exactly `arity` words, not forced. Returns no value after vm.fail(...).
using BuiltinFunction = Value (*)(Vm& vm, Value* arguments);

// The result for `arguments`, which are values, if it takes neither evaluation nor long and cannot fail; no value otherwise.
// See evaluator/early.h.
using EarlyFunction = Value (*)(Vm& vm, const Value* arguments);

struct BuiltinRow {
  std::string_view name;      // without `__`
  std::string_view params;    // "xs n": the number of words is the arity
  std::string_view type;      // "[a] -> int -> a"
  std::string_view doc;
  BuiltinFunction run;
  EarlyFunction early = nullptr;
  bool early_is_new = false;  // what `early` gives stands nowhere else
  bool folds = false;         // does what foldl' does
  Effect effect = Effect::Pure;
  // Also visible without `builtins.` and without `__` (map, toString, ...).
  bool global = false;
  // Name of the experimental feature that brings it, "" when stable.
  std::string_view feature = "";

  int arity() const;
};

}  // namespace evalctl::evaluator

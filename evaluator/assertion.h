// What a failed `assert` says.
#pragma once
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// Fails with the error of an assertion whose condition is false. Its text is made when someone reads it: see assertion_text.
Value fail_assertion(Vm& vm);

// The same for the condition `left == right`: says where the two differ, in the order in which == compares. Source: the
// words of Nix.
Value fail_equality(Vm& vm, Value left, Value right);

// Completes the message of a pending error of fail_assertion that has its position: `assertion '(x > 1)' failed`. Parses
// the file again, which is why it is done only for errors that are shown.
void complete_assertion(Vm& vm);

}  // namespace evalctl::evaluator

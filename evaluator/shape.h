// Making shapes: for the compiler (literals) and the runtime.
#pragma once
#include "evaluator/attrs.h"

namespace evalctl::evaluator {

// The shape of these names (sorted by symbol id, no duplicates) and positions; equal ones are the same object. Thread-safe.
const Shape* make_shape(const Symbol* names, const Position* positions, std::uint32_t count);

// A flat set of that shape, words to be filled in.
AttrsObject* new_attrs(Vm& vm, const Shape* shape);

// The permutation that sorts the names by text.
const std::uint32_t* text_order(const Shape* shape);

}  // namespace evalctl::evaluator

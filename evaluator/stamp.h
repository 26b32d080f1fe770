// The sources that this evaluator was built from, as a hash. The compiler to machine code knows the layout of values, bytecode
// and helpers: it works only for a program of the same stamp (see stdlib/native_tier.h).
#pragma once

namespace evalctl::evaluator {

extern const char kStamp[];

}  // namespace evalctl::evaluator

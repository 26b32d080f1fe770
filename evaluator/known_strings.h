// Strings that collections have met, so that of equal ones one is left: words that point to another are made to point to it.
//
// Nothing tells two equal strings apart. Of the bytes of strings that the evaluation of all of nixpkgs keeps, two thirds repeat
// others.
#pragma once
#include <cstddef>
#include <memory>

#include "evaluator/value.h"

namespace evalctl::evaluator {

class KnownStrings {
 public:
  // An equal string that was met before, or this one. Those that are met next may take the place of either. Threads that mark
  // may ask at the same time.
  StringObject* one_of(StringObject* met);
  // Before what was met may be dead.
  void forget();
  // Before a collection of a heap of that size.
  void fit(std::size_t heap_bytes);

 private:
  std::unique_ptr<StringObject*[]> places_;  // by hash
  std::size_t count_ = 0;                    // a power of two
};

}  // namespace evalctl::evaluator

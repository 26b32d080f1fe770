// Finds what is reachable. See evaluator/heap.h.
#pragma once
#include <vector>

#include "evaluator/heap.h"

namespace evalctl::evaluator {

// Bytes of an object, by its kind. What a thunk with a result captured does not count any more.
std::size_t size_of(const Object* object);

class Marker {
 public:
  Marker(Heap& heap, Vm& vm) : heap_(heap), vm_(vm) {}
  void mark_all();

 private:
  void roots();
  // Any word between the two addresses may be a pointer into an object.
  void conservative(const void* begin, const void* end);
  void word(Value& v);
  void words(Value* first, std::size_t count);
  void object(Object* found);
  void trace(Object* found);

  Heap& heap_;
  Vm& vm_;
  std::vector<Object*> pending_;
};

}  // namespace evalctl::evaluator

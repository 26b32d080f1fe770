// Finds what is reachable. See evaluator/heap.h.
#pragma once
#include <vector>

#include "evaluator/heap.h"

namespace evalctl::evaluator {

// Bytes of an object, by its kind. What a thunk with a result captured does not count any more.
std::size_t size_of(const Object* object);

class Marker {
 public:
  // `own`: of the thread that collects. All threads have written their registers to their stacks.
  Marker(SharedHeap& heap, Heap& own) : heap_(heap), own_(own) {}
  void mark_all();

 private:
  void stacks();
  void roots();
  void roots_of(Vm& vm);
  // Any word between the two addresses may be a pointer into an object.
  void conservative(const void* begin, const void* end);
  void word(Value& v);
  void words(Value* first, std::size_t count);
  void object(Object* found);
  void trace(Object* found);

  SharedHeap& heap_;
  Heap& own_;
  std::vector<Object*> pending_;
};

}  // namespace evalctl::evaluator

// Finds what is reachable. See evaluator/heap.h.
#pragma once
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/mark_pool.h"

namespace evalctl::evaluator {

// Bytes of an object, by its kind. What a thunk with a result captured does not count any more.
std::size_t size_of(const Object* object);

class Marker {
 public:
  explicit Marker(SharedHeap& heap) : heap_(heap) {}
  // Of a thread of the pool, which is open.
  Marker(SharedHeap& heap, MarkPool& pool) : heap_(heap), pool_(&pool) {}
  // On the thread that collects, whose heap is `own`. All threads have written their registers to their stacks.
  void mark_all(Heap& own);
  // Traces what others give, until all is marked.
  void help();

 private:
  // Words whose targets are on their way to the processor's cache.
  static constexpr std::size_t kAhead = 16;

  void stacks();
  void roots(Heap& own);
  void roots_of(Vm& vm);
  // Any word between the two addresses may be a pointer into an object.
  void conservative(const void* begin, const void* end);
  void word(Value& v);
  // The same, a little later.
  void word_later(Value& v);
  void words(Value* first, std::size_t count);
  void object(Object* found);
  // True for the first one that marks it.
  bool set_mark(char* chunk, std::size_t at);
  void trace(Object* found);
  void trace_own();
  void share();

  SharedHeap& heap_;
  MarkPool* pool_ = nullptr;  // once others help
  std::vector<Object*> pending_;
  Value* ahead_[kAhead] = {};
  std::size_t next_ahead_ = 0;
  std::size_t traced_ = 0, alone_ = 0;  // objects, and after how many others are called
};

}  // namespace evalctl::evaluator

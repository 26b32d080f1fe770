// Finds what is reachable. See evaluator/heap.h.
#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/mark_pool.h"
#include "evaluator/shared_heap.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// Bytes of an object, by its kind. What a thunk with a result captured does not count any more.
std::size_t size_of(const Object* object);
// The words through which it keeps other objects.
std::span<Value> words_of(Object* object);

class Marker {
 public:
  explicit Marker(SharedHeap& heap) : heap_(heap) {}
  // With the others of the pool, which is open.
  Marker(SharedHeap& heap, MarkPool& pool) : heap_(heap), pool_(&pool), ahead_end_(heap.ahead_end_) {}
  // On the thread that collects, whose heap is `own`. All threads have written their registers to their stacks. `anew`: nothing is
  // marked yet.
  void mark_all(Heap& own, bool anew);
  // Marks what the roots point to, and leaves the rest to the others.
  void mark_ahead(Heap& own);
  // Whether what can be reached has at most so many words. Marks some of it.
  bool is_little(Heap& own, std::size_t words);
  // Traces what others give, until all is marked.
  void help();
  // For tests: ends the process if anything that is marked points to what is not.
  static void check(const SharedHeap& heap);

 private:
  // Words whose targets are on their way to the processor's cache.
  static constexpr std::size_t kAhead = 16;

  void stacks();
  // What old objects may have been given since the last collection.
  void old();
  void roots(Heap& own, bool anew);
  void roots_of(Vm& vm);
  void constants(Vm::Program& program, bool anew);
  void remember_stacks();
  // Any word between the two addresses may be a pointer into an object.
  void conservative(const void* begin, const void* end);
  bool is_done(Value v) const;
  void follow(Value& v);
  void word(Value& v);
  void words(std::span<Value> all);
  void object(Object* found);
  // True for the first one that marks it.
  bool set_mark(char* chunk, std::size_t at);
  void set_lines(std::uint64_t& word, std::uint64_t bits);
  void set_many_lines(char* chunk, std::size_t first, std::size_t last);
  void push(std::span<Value> words) {
    // The line in which they begin is at hand, those behind it are not.
    constexpr std::size_t kOfLine = 8, kMost = 4 * kOfLine;
    for (std::size_t i = kOfLine - 1; i < std::min(words.size(), kMost) + kOfLine; i += kOfLine) __builtin_prefetch(&words[std::min(i, words.size() - 1)]);
    if (top_ == pending_.size()) [[unlikely]] pending_.resize(2 * top_ + 64);
    pending_[top_++] = {words.data(), words.size()};
  }
  void give_half();
  void trace_due();
  void trace_own();
  void share();

  SharedHeap& heap_;
  MarkPool* pool_ = nullptr;  // once others help
  // Evaluation goes on meanwhile, and new objects begin here; null when it stands still.
  const Object* ahead_end_ = nullptr;
  // The first `top_`: of objects that are marked, whose words are to be followed. The rest is room.
  MarkPool::Batch pending_;
  std::size_t top_ = 0;
  std::vector<Object*> on_stacks_;
  Value* ahead_[kAhead] = {};
  std::size_t next_ahead_ = 0;
  std::size_t traced_ = 0, alone_ = 0;  // objects, and after how many others are called
  std::size_t words_left_ = SIZE_MAX;  // before is_little gives up
};

}  // namespace evalctl::evaluator

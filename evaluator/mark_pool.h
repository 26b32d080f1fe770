// The threads that help a collection to mark.
//
// The thread that collects begins alone. Once it has marked much it opens the pool, and whoever runs out of objects takes
// a batch that another one gave. The marks are the same whoever makes them. The threads belong to the process, start with
// the first large collection, and sleep in between.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "evaluator/value.h"

namespace evalctl::evaluator {

class SharedHeap;

// The words of an object that is marked.
struct MarkedWords {
  Value* first;
  std::size_t count;
};

class MarkPool {
 public:
  // Null on a machine with one processor. A process that was forked gets its own.
  static MarkPool* of_process();

  // ---- By the thread that collects.
  // False while it is open for another heap.
  bool open(SharedHeap& heap);
  // Goes on with something else, and does not mark any more until it has come back.
  void leave_to_others();
  void come_back();
  // Once `take` has said that all is marked: waits until no other thread is at it.
  void close();

  // ---- By all that mark.
  // Whether somebody has nothing to do.
  bool is_short_of_work() const { return idle_.load(std::memory_order_relaxed) > batches_left_.load(std::memory_order_relaxed); }
  // For others to follow.
  using Batch = std::vector<MarkedWords>;
  void give(Batch batch);
  // Waits for such words. Empty when all is marked.
  Batch take();

 private:
  void help();
  void leave();

  std::mutex mutex_;
  std::condition_variable opened_, changed_;
  SharedHeap* heap_ = nullptr;  // null while closed
  std::vector<Batch> batches_;
  std::uint32_t members_ = 0;  // threads that mark, or wait for objects
  std::atomic<std::uint32_t> idle_{0}, batches_left_{0};
};

}  // namespace evalctl::evaluator

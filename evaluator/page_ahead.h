// A thread that touches memory a little before the evaluation fills it.
//
// The system clears a page when it is first touched: for a heap that grows by hundreds of megabytes that is an eighth of the
// time of an evaluation, and here it is spent on another processor. Nothing depends on it but time.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace evalctl::evaluator {

class PageAhead {
 public:
  // Null on a machine with one processor. A process that was forked gets its own.
  static PageAhead* of_process();
  // Soon; forgets what it was asked before and has not begun. The memory may be gone by then.
  void touch(char* begin, std::size_t bytes);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable asked_;
  char* begin_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace evalctl::evaluator

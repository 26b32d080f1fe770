// Threads that touch memory a little before the evaluation fills it.
//
// The system clears a page when it is first touched, and on a virtual machine the host may have to find it first: a huge page then
// takes milliseconds. For a heap that grows by hundreds of megabytes that is a tenth to a half of the time of an evaluation, and here
// it is spent on other processors. Nothing depends on it but time.
#pragma once
#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/huge_pages.h"

namespace evalctl::evaluator {

class PageAhead {
 public:
  // How far ahead it pays to ask.
  static constexpr std::size_t kStretch = base::kHugePage, kReach = 4 * kStretch;

  // Null on a machine with one processor. A process that was forked gets its own.
  static PageAhead* of_process();
  // Soon, unless newer wishes come first. The memory may be gone by then.
  void touch(char* begin, char* end);
  // Memory that is filled from its beginning on while the heap is: a twelfth as much of it is touched as of the heap. To be called
  // before there are threads.
  static void beside(char* begin, std::size_t bytes);

 private:
  // What nobody has begun to touch of a stretch that is filled from its beginning on.
  struct Wish { char *next = nullptr, *end = nullptr; };

  Wish* due();
  Wish* wait(std::unique_lock<std::mutex>& lock);
  void work();

  std::mutex mutex_;
  std::condition_variable asked_;
  // Threads that look for wishes by themselves sooner or later.
  std::size_t awake_ = 0;
  // Of those who fill memory at the same time; the oldest makes room for a new one.
  std::array<Wish, 4> wishes_;
  std::size_t oldest_ = 0;
  Wish beside_;
};

}  // namespace evalctl::evaluator

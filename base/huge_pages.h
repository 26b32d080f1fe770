// Memory that is used all over soon is cleared and found faster in huge pages, unless they have to be found first: the host of a
// virtual machine that gave free memory back needs milliseconds for one, several times as long as the system needs for as many small
// pages, of which it has remainders at hand. So whoever touches huge pages tells how long one took, and after a slow one the next
// are small. Nothing depends on any of this but time, and memory where little of a page is used.
#pragma once
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace evalctl::base {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// As many more are to be small before one is tried again.
inline std::atomic<int> small_stretches{0};

// Where whole huge pages fit between the two ends.
inline void use_huge_pages(void* begin, std::size_t bytes) {
  auto first = (reinterpret_cast<std::uintptr_t>(begin) + kHugePage - 1) & ~(kHugePage - 1);
  auto last = (reinterpret_cast<std::uintptr_t>(begin) + bytes) & ~(kHugePage - 1);
  bool are_slow = small_stretches.load(std::memory_order_relaxed) > 0;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, are_slow ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
}

// Touches memory, of one huge page at most, with all of the page in which it begins. Where the system does not know of that
// (before Linux 5.14), or the memory is gone, nothing happens.
inline void touch_pages(char* memory, std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  constexpr std::chrono::microseconds kSlow{1000};
  constexpr int kSmallAfterSlow = 12;
  // The system takes whole pages only.
  std::size_t before_it = reinterpret_cast<std::uintptr_t>(memory) % kPage;
  char* begin = memory - before_it;
  bytes += before_it;
  bool small = small_stretches.load(std::memory_order_relaxed) > 0;
  if (small) {
    small_stretches.fetch_sub(1, std::memory_order_relaxed);
    madvise(begin, bytes, MADV_NOHUGEPAGE);
  }
  auto before = std::chrono::steady_clock::now();
  madvise(begin, bytes, MADV_POPULATE_WRITE);
  if (!small && std::chrono::steady_clock::now() - before > kSlow) small_stretches.store(kSmallAfterSlow, std::memory_order_relaxed);
}

}  // namespace evalctl::base

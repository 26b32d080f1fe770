// Memory that is used all over soon is cleared and found faster in huge pages, unless they have to be found first: the host of a
// virtual machine that gave free memory back needs milliseconds for one, several times as long as the system needs for as many small
// pages, of which it has remainders at hand. So who touches pages ahead (evaluator/page_ahead.h) looks how long a huge one took, and
// after a slow one the next are small. Nothing depends on any of this but time, and memory where little of a page is used.
#pragma once
#include <sys/mman.h>

#include <atomic>
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

}  // namespace evalctl::base

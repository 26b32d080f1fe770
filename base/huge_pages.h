// Memory that is used all over soon is cleared and found faster in huge pages.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace evalctl::base {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Asks for huge pages where whole ones fit between the two ends. Nothing depends on it but time, and memory where little of a page is used.
inline void use_huge_pages(void* begin, std::size_t bytes) {
  auto first = (reinterpret_cast<std::uintptr_t>(begin) + kHugePage - 1) & ~(kHugePage - 1);
  auto last = (reinterpret_cast<std::uintptr_t>(begin) + bytes) & ~(kHugePage - 1);
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace evalctl::base

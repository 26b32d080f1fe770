#include "evaluator/permanent.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "base/huge_pages.h"
#include "evaluator/page_ahead.h"

namespace evalctl::evaluator {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 35, kLeastBytes = std::size_t{1} << 26;

std::size_t most_bytes = kMostBytes;
// What is taken, from the beginning on. The first bytes stand for nothing, so that nothing has the number 0.
std::atomic<std::size_t> taken{64};

// Begins at a multiple of its size. Address space costs nothing; where it is limited, less will do: a quarter of what was left, since
// others need some, too.
char* reserve() {
  for (; most_bytes >= kLeastBytes; most_bytes /= 2) {
    void* p = mmap(nullptr, 2 * most_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    auto* begin = static_cast<char*>(p);
    std::size_t before = -reinterpret_cast<std::uintptr_t>(p) & (most_bytes - 1), behind = most_bytes - before;
    if (before != 0) munmap(begin, before);
    begin += before;
    if (most_bytes != kMostBytes) {
      behind += most_bytes / 4 * 3;
      most_bytes /= 4;
    }
    munmap(begin + most_bytes, behind);
    return begin;
  }
  end_without_memory();
}

// Laid out densely, by each thread for itself.
struct Arena {
  char* next = nullptr;
  std::size_t left = 0, size = 0;  // of the block
  char* following = nullptr;       // the block after this one
};
thread_local Arena arena;

// Evaluations that take more than a little get it in huge pages, which are cleared and found faster.
constexpr std::size_t kBlock = std::size_t{1} << 18, kLargeBlock = base::kHugePage;

char* take(std::size_t bytes, std::size_t alignment) {
  std::size_t end = taken.load(std::memory_order_relaxed), begin;
  do {
    begin = (end + alignment - 1) & ~(alignment - 1);
    if (begin > most_bytes || bytes > most_bytes - begin) end_without_memory();
  } while (!taken.compare_exchange_weak(end, begin + bytes, std::memory_order_relaxed));
  return permanent_memory + begin;
}

// A block that begins where a huge page can, and will be touched by another thread.
char* huge_page() {
  char* begin = take(kLargeBlock, kLargeBlock);
  base::use_huge_pages(begin, kLargeBlock);
  if (PageAhead* helper = PageAhead::of_process()) helper->touch(begin, begin + kLargeBlock);
  return begin;
}

}  // namespace

char* const permanent_memory = reserve();

void end_without_memory() {
  std::fputs("error: out of memory\n", stderr);
  std::_Exit(1);
}

void* allocate_permanent(std::size_t bytes) {
  bytes = (bytes + 7) & ~std::size_t{7};
  Arena& a = arena;
  if (bytes > kBlock) return take(bytes, 64);
  if (bytes > a.left) {
    bool is_first = !a.next;
    bool is_second = a.size == kBlock;
    if (is_first) a = {take(kBlock, 64), kBlock, kBlock};
    else a = {a.following ? a.following : huge_page(), kLargeBlock, kLargeBlock};
    // Who needs a second large block may need a third.
    if (!is_first && !is_second) a.following = huge_page();
  }
  void* p = a.next;
  a.next += bytes;
  a.left -= bytes;
  return p;
}

}  // namespace evalctl::evaluator

// Small blocks of C++: kept by the thread that deletes them, for its next allocation of that size.
//
// The C library's own cache holds seven blocks of a size, and asks more on the way; half a million blocks are allocated and
// deleted in an evaluation, most of them within one function. Blocks come from malloc and are as long as the largest of their
// class, so that which of the deletes frees them does not matter.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/memory.h"

// Sanitizers look at each block themselves.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)

namespace {

// A block of class `c` has 16 * c bytes, of which the C library's malloc takes one word.
constexpr std::size_t kClasses = 33, kMostKept = 64, kHeader = sizeof(std::size_t);
constexpr std::size_t class_of(std::size_t bytes) { return bytes <= 24 ? 2 : (bytes + kHeader + 15) / 16; }
constexpr std::size_t bytes_of(std::size_t number) { return 16 * number - kHeader; }

struct FreeBlock { FreeBlock* next; };

struct Kept {
  FreeBlock* first = nullptr;
  std::size_t count = 0;
};

// Without constructors, so that nobody has to ask whether they have run.
constinit thread_local std::array<Kept, kClasses> kept{};
constinit thread_local std::size_t most_kept = 0;  // of a class; nothing before a thread has an Ending, and at its end

// Gives everything back at the end of a thread.
struct Ending {
  Ending() { most_kept = kMostKept; }
  ~Ending() {
    most_kept = 0;
    for (Kept& blocks : kept) {
      while (FreeBlock* block = blocks.first) {
        blocks.first = block->next;
        std::free(block);
      }
    }
  }
};

[[gnu::noinline]] void* allocate_more(std::size_t bytes) {
  if (bytes >= evalctl::base::kAskedFor) evalctl::base::require_memory_for(bytes);
  for (;;) {
    if (void* block = std::malloc(bytes)) return block;
    std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

[[gnu::noinline]] void give_back(void* block) {
  static thread_local Ending ending;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t bytes) {
  std::size_t number = class_of(bytes);
  if (number >= kClasses) [[unlikely]] return allocate_more(bytes);
  Kept& blocks = kept[number];
  FreeBlock* block = blocks.first;
  if (!block) [[unlikely]] return allocate_more(bytes_of(number));
  blocks.first = block->next;
  --blocks.count;
  return block;
}

void operator delete(void* block, std::size_t bytes) noexcept {
  std::size_t number = class_of(bytes);
  if (!block) return;
  if (number >= kClasses) return std::free(block);
  Kept& blocks = kept[number];
  if (blocks.count >= most_kept) [[unlikely]] return give_back(block);
  *static_cast<FreeBlock*>(block) = {blocks.first};
  blocks.first = static_cast<FreeBlock*>(block);
  ++blocks.count;
}

void operator delete(void* block) noexcept { std::free(block); }

#endif

// Where values live: chunks of 32 MiB in one reserved stretch of addresses, filled by bumping a pointer, and a collector.
//
//   chunk:  starts (1 bit per 8 bytes) | marks (likewise) | lines (1 byte per 128 bytes) | objects ...
//
// Nothing is collected until the heap reaches a first budget, so that a short evaluation never pays. A collection marks
// from the native stacks and Traced containers (conservatively: any word that points into an object keeps it) and from
// constants (exactly), follows objects exactly by their kind, and never moves one. Free runs of whole lines are then
// filled again. Thunks that have their result no longer keep what they captured, and words that point to such a thunk are
// replaced by the result, functions excepted (see value.h).
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

class Heap {
 public:
  explicit Heap(Vm& vm);
  Heap(const Heap&) = delete;

  // Zeroed memory for an object, 8-byte aligned; may collect first. Ends the process when the system has no more.
  void* allocate(std::size_t bytes) {
    bytes = (bytes + 7) & ~std::size_t{7};
    void* p = try_allocate(bytes);
    return p ? p : allocate_slow(bytes);
  }
  // The same for a multiple of 8 bytes where the run at hand has room; null otherwise.
  void* try_allocate(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(limit_ - next_)) [[unlikely]] return nullptr;
    char* p = next_;
    next_ += bytes;
    set_start(p);
    return p;
  }

  // Bytes of objects after which memory counts as exhausted; 0: no limit but the machine's.
  void set_limit(std::size_t bytes) {
    maximum_ = bytes;
    if (bytes < threshold_) threshold_ = bytes;
  }
  // For tests: a collection whenever this many bytes have been taken from a run.
  void collect_every(std::size_t bytes) { stress_ = bytes; }
  // True once a collection could not get below the limit: evaluation should fail at its next call.
  bool exhausted() const { return exhausted_; }
  void collect();
  std::size_t mapped_bytes() const { return mapped_; }
  std::uint64_t allocated_bytes() const { return allocated_ + static_cast<std::size_t>(next_ - run_begin_); }
  std::uint32_t collections() const { return collections_; }
  // The native stack in use: everything between the current frame and `top` is a root.
  void add_stack(const void* bottom, const void* top) { stacks_.push_back({bottom, top}); }
  void remove_stack() { stacks_.pop_back(); }

 private:
  friend class Marker;
  static constexpr std::size_t kChunkBytes = std::size_t{32} << 20;
  static constexpr std::size_t kStartBytes = kChunkBytes / 64;
  static constexpr std::size_t kLineBytes = 128;
  static constexpr std::size_t kLines = kChunkBytes / kLineBytes;
  static constexpr std::size_t kHeaderBytes = 2 * kStartBytes + kLines;
  // Larger objects get chunks of their own.
  static constexpr std::size_t kLargeBytes = kChunkBytes / 4;

  // What a chunk-sized stretch of addresses is used for.
  enum class Use : std::uint8_t { Free, Objects, Large, LargeTail };
  struct Stack { const void *bottom, *top; };

  static char* chunk_of(const void* p) {
    return reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(p) & ~(kChunkBytes - 1));
  }
  static std::uint64_t* starts(char* chunk) { return reinterpret_cast<std::uint64_t*>(chunk); }
  static std::uint64_t* marks(char* chunk) { return reinterpret_cast<std::uint64_t*>(chunk + kStartBytes); }
  static std::uint8_t* lines(char* chunk) { return reinterpret_cast<std::uint8_t*>(chunk + 2 * kStartBytes); }
  static void set_start(const char* p) {
    std::size_t bit = (reinterpret_cast<std::uintptr_t>(p) & (kChunkBytes - 1)) >> 3;
    starts(chunk_of(p))[bit >> 6] |= std::uint64_t{1} << (bit & 63);
  }
  char* chunk_at(std::size_t index) const { return base_ + index * kChunkBytes; }

  void* allocate_slow(std::size_t bytes);
  void* allocate_large(std::size_t bytes);
  bool next_run(std::size_t bytes);
  void fresh_chunk();
  std::size_t take_chunks(std::size_t count);
  void end_run();
  void set_run(char* begin, char* end);
  // Start of the object that contains the address, or null.
  Object* object_at(std::uintptr_t address) const;
  void sweep();

  Vm& vm_;
  char* base_ = nullptr;
  std::size_t reserved_chunks_ = 0;
  std::vector<Use> uses_;  // by chunk index; of those taken so far
  char *next_ = nullptr, *limit_ = nullptr, *run_begin_ = nullptr;
  // Where the search for free runs stands; none before the first collection.
  std::size_t run_chunk_ = SIZE_MAX, run_line_ = 0;
  std::size_t mapped_ = 0, threshold_, maximum_ = 0;
  std::uint64_t allocated_ = 0;
  std::uint32_t collections_ = 0;
  std::size_t stress_ = 0;
  bool exhausted_ = false;
  std::vector<Stack> stacks_;
};

// Memory of containers that hold words outside of the heap and the stack: the collector looks through it. Containers of
// Value (or of anything that holds a Value or points into an object) have to use it.
struct TracedBlock {
  TracedBlock *previous, *next;
  std::size_t bytes;
};
extern thread_local TracedBlock traced_blocks;  // head of a ring

template <class T>
struct TracedAllocator {
  using value_type = T;
  TracedAllocator() = default;
  template <class U>
  TracedAllocator(const TracedAllocator<U>&) {}
  T* allocate(std::size_t count) {
    // Words not yet written must not look like pointers.
    auto* block = static_cast<TracedBlock*>(std::calloc(1, sizeof(TracedBlock) + count * sizeof(T)));
    if (!block) throw std::bad_alloc();
    if (!traced_blocks.next) traced_blocks.next = traced_blocks.previous = &traced_blocks;
    *block = {&traced_blocks, traced_blocks.next, count * sizeof(T)};
    block->next->previous = block->previous->next = block;
    return reinterpret_cast<T*>(block + 1);
  }
  void deallocate(T* p, std::size_t) {
    auto* block = reinterpret_cast<TracedBlock*>(p) - 1;
    block->next->previous = block->previous;
    block->previous->next = block->next;
    std::free(block);
  }
  template <class U>
  bool operator==(const TracedAllocator<U>&) const { return true; }
};

using ValueVector = std::vector<Value, TracedAllocator<Value>>;

}  // namespace evalctl::evaluator

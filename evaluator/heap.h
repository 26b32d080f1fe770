// Where values live: chunks of 32 MiB in one reserved stretch of addresses, filled by bumping a pointer, and a collector.
//
//   chunk:  starts (1 bit per 8 bytes) | marks (likewise) | live lines (1 bit per 32 bytes) | taken lines (likewise) | objects ...
//
// Each thread of an evaluation has a Heap, which fills one chunk at a time; no two fill the same, so that nothing there has
// to be atomic. The chunks belong to the SharedHeap of all of them (evaluator/shared_heap.h).
//
// Nothing is collected until the heap reaches a first budget, so that a short evaluation never pays. But where the first few megabytes
// are nearly all garbage, as a loop makes it, they are filled again and again instead (Heap::collect_early). A collection waits
// until every other thread stands still (see evaluator/safepoint.cpp), then marks
// from the native stacks and Traced containers (conservatively: any word that points into an object keeps it) and from
// constants (exactly), follows objects exactly by their kind, and never moves one. Free runs of whole lines are then
// filled again. Thunks that have their result no longer keep what they captured, and words that point to such a thunk are
// replaced by the result, functions excepted (see value.h), unless the thunk itself is marked already.
//
// Marks stay: what a collection left is old, and most collections trace only what is new. They start from the roots, from
// results that old thunks got since (Heap::keep_for), and from what stood on a stack at the last collection, which may have
// been filled since. Nothing else makes an old object point to a new one: a word that is replaced by the result of its thunk
// points to what the thunk, old or new, is known to point to. What is old and dead goes with the next full collection.
//
// The first collection would trace the most, on a heap in which nothing is old. Where one thread evaluates, other threads have
// marked most of it by then, while that one goes on (Heap::mark_ahead): they start from its roots as they are, and look at nothing
// that comes to be meanwhile, which has higher addresses. All that was there counts as old from then on, so that the collection itself finds what
// is new, as any later one does.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <vector>

#include "base/memory.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class SharedHeap;
class Vm;

// Where the parts of a chunk are.
struct ChunkLayout {
  static constexpr std::size_t kChunkBytes = std::size_t{32} << 20;
  static constexpr std::size_t kStartBytes = kChunkBytes / 64;
  static constexpr std::size_t kNoChunk = SIZE_MAX;

  static char* chunk_of(const void* p) {
    return reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(p) & ~(kChunkBytes - 1));
  }
  static std::uint64_t* starts(char* chunk) { return reinterpret_cast<std::uint64_t*>(chunk); }
  static std::uint64_t* marks(char* chunk) { return reinterpret_cast<std::uint64_t*>(chunk + kStartBytes); }
  static void set_start(const char* p) {
    std::size_t bit = (reinterpret_cast<std::uintptr_t>(p) & (kChunkBytes - 1)) >> 3;
    starts(chunk_of(p))[bit >> 6] |= std::uint64_t{1} << (bit & 63);
  }
  // Others may mark meanwhile.
  static bool is_marked(const Object* object) {
    std::size_t bit = (reinterpret_cast<std::uintptr_t>(object) & (kChunkBytes - 1)) >> 3;
    return __atomic_load_n(&marks(chunk_of(object))[bit >> 6], __ATOMIC_RELAXED) >> (bit & 63) & 1;
  }
  // Fetches what is_marked will look at.
  static void fetch_mark(const Object* object) {
    __builtin_prefetch(marks(chunk_of(object)) + ((reinterpret_cast<std::uintptr_t>(object) & (kChunkBytes - 1)) >> 9));
  }
};

class Heap {
 public:
  explicit Heap(Vm& vm);
  // Of another thread of the same evaluation; made on that thread.
  Heap(Vm& vm, Heap& first);
  ~Heap();
  Heap(const Heap&) = delete;

  // Zeroed memory for an object, 8-byte aligned; may collect first. Ends the process when the system has no more, but throws
  // std::bad_alloc for a large object that the limit or the machine has no room for: builtins and operators that make such objects fail then
  // (Vm::out_of_memory).
  void* allocate(std::size_t bytes) {
    bytes = (bytes + 7) & ~std::size_t{7};
    void* p = try_allocate(bytes);
    return p ? p : allocate_slow(bytes);
  }
  // The same beyond the limit, for whoever has seen to it that this is little.
  void* allocate_anyway(std::size_t bytes);
  // The same for a multiple of 8 bytes where the run at hand has room; null otherwise.
  void* try_allocate(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(limit_ - next_)) [[unlikely]] return nullptr;
    char* p = next_;
    next_ += bytes;
    ChunkLayout::set_start(p);
    return p;
  }

  // Bytes of objects after which memory counts as exhausted; 0: no limit but the machine's.
  void set_limit(std::size_t bytes);
  std::size_t limit() const;
  // For tests: a collection whenever a thread has allocated this many bytes, or a little more.
  void collect_every(std::size_t bytes);
  // True once a collection could not get below the limit: evaluation should fail at its next call.
  bool exhausted() const;
  void collect();
  // The same for all that is dead.
  void collect_all();
  // To be called when a word of an object that others may have seen has become `value`, unless a thunk's word became its
  // result (Value::replace_word).
  void keep_for(const Object* holder, Value value) {
    if (has_old_ && value.is_object() && (holder < ahead_end_ || ChunkLayout::is_marked(holder))) [[unlikely]] keep(value.object());
  }
  // To be called when that will be so soon, but not at once: what it takes has to be fetched from far away.
  void will_keep_for(const Object* holder) const {
    if (has_old_) ChunkLayout::fetch_mark(holder);
  }
  std::size_t mapped_bytes() const;
  // By this thread.
  std::uint64_t allocated_bytes() const { return allocated_ + static_cast<std::size_t>(next_ - run_begin_); }
  std::uint32_t collections() const;
  // The native stack in use: everything between the current frame and `top` is a root.
  void add_stack(const void* bottom, const void* top) { stacks_.push_back({bottom, top}); }
  void remove_stack() { stacks_.pop_back(); }

  // Makes each other thread notice at its next call (Vm::may_go_deeper) that something has changed.
  void interrupt_others();
  // Stands still while another thread collects; to be called when Vm::stack_limit says so.
  void pause();
  // Runs what may take long and touches no value: meanwhile other threads need not wait for this one to collect.
  template <class Body>
  [[gnu::noinline]] void while_away(Body&& body) {
    if (stopped_at_) return body();
    // Registers that callers must get back unchanged may hold the only pointer to an object.
    __builtin_unwind_init();
    leave(__builtin_alloca(1));
    struct Back {
      Heap& heap;
      ~Back() { heap.come_back(); }
    } back{*this};
    body();
  }

 private:
  friend class Marker;
  friend class SharedHeap;
  struct Stack { const void *bottom, *top; };
  // Memory of a new chunk that nobody has touched, handed out stretch by stretch: where it ends.
  struct Fresh { char* end = nullptr; };

  void keep(Object* object);
  void mark_ahead();
  void* allocate_slow(std::size_t bytes);
  void* find_room(std::size_t bytes);
  void* allocate_large(std::size_t bytes, bool anyway);
  void require_room(std::size_t bytes);
  // The chunk in which this thread looks for free runs, and the line from which on.
  struct RunSearch { std::size_t chunk = ChunkLayout::kNoChunk, line = 0; };
  // Lines that belong to this thread and are not handed out yet: of 64 that begin at `first`, by bit.
  struct OwnLines { char* first = nullptr; std::uint64_t free = 0; };

  bool next_chunk(RunSearch& at);
  std::span<char> next_run(std::size_t bytes);
  std::span<char> next_run_of_chunk(std::size_t bytes);
  bool take_lines();
  void* begin_run(std::size_t bytes);
  void* take_large(std::size_t bytes);
  void* allocate_between(std::size_t bytes);
  void forget_runs();
  bool fresh_chunk(bool must, bool between);
  // More of the fresh memory behind the run that ends at `limit`. False when there is no more.
  bool lengthen(char*& limit, const Fresh& fresh);
  void end_run();
  void set_run(char* begin, char* end);
  void leave(const void* bottom);
  void come_back();
  void stand_still(std::unique_lock<std::mutex>& lock);
  void stop_others(std::unique_lock<std::mutex>& lock);
  void let_others_go();
  void collect_now();
  void collect_early();
  bool is_little();

  Vm& vm_;
  char *next_ = nullptr, *limit_ = nullptr, *run_begin_ = nullptr;
  // The run for objects that are larger than a line.
  char *large_next_ = nullptr, *large_limit_ = nullptr;
  Fresh fresh_, large_fresh_;
  RunSearch lines_, large_;
  OwnLines own_lines_;
  std::uint64_t allocated_ = 0;
  std::uint64_t allocated_before_ = 0;  // until the last collection
  bool has_old_ = false;  // some objects are marked, or soon will be
  // While others mark ahead: what is below counts as marked.
  const Object* ahead_end_ = nullptr;
  std::uint64_t ahead_at_ = UINT64_MAX;  // bytes allocated by which they begin
  std::vector<Object*> kept_;  // new, and old objects point to them
  std::vector<Stack> stacks_;
  const void* stopped_at_ = nullptr;  // the end of its stack while it stands still
  std::shared_ptr<SharedHeap> shared_;
};

// Memory of containers that hold words outside of the heap and the stack: the collector looks through it. Containers of
// Value (or of anything that holds a Value or points into an object) have to use it. A container belongs to one thread.
struct TracedBlock {
  TracedBlock *previous, *next;
  std::size_t bytes;
};
// Head of the thread's ring; null before the first block.
extern thread_local TracedBlock* traced_ring;
TracedBlock* make_traced_ring();
// Of all threads, which stand still.
void each_traced_block(void (*visit)(void* with, const void* begin, const void* end), void* with);

template <class T>
struct TracedAllocator {
  using value_type = T;
  TracedAllocator() = default;
  template <class U>
  TracedAllocator(const TracedAllocator<U>&) {}
  T* allocate(std::size_t count) {
    // Words not yet written must not look like pointers.
    std::size_t bytes = sizeof(TracedBlock) + count * sizeof(T);
    if (bytes >= base::kAskedFor) [[unlikely]] base::require_memory_for(bytes);
    auto* block = static_cast<TracedBlock*>(bytes <= kSmall ? std::memset(::operator new(bytes), 0, bytes) : std::calloc(1, bytes));
    if (!block) throw std::bad_alloc();
    TracedBlock* ring = traced_ring ? traced_ring : make_traced_ring();
    *block = {ring, ring->next, count * sizeof(T)};
    block->next->previous = block->previous->next = block;
    return reinterpret_cast<T*>(block + 1);
  }
  void deallocate(T* p, std::size_t count) {
    auto* block = reinterpret_cast<TracedBlock*>(p) - 1;
    block->next->previous = block->previous;
    block->previous->next = block->next;
    std::size_t bytes = sizeof(TracedBlock) + count * sizeof(T);
    bytes <= kSmall ? ::operator delete(block, bytes) : std::free(block);
  }
  template <class U>
  bool operator==(const TracedAllocator<U>&) const { return true; }

 private:
  // Fresh pages of large blocks are clear already.
  static constexpr std::size_t kSmall = 512;
};

using ValueVector = std::vector<Value, TracedAllocator<Value>>;

}  // namespace evalctl::evaluator

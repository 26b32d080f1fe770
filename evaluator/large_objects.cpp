// Objects that have chunks of their own.
#include <algorithm>
#include <mutex>
#include <new>

#include "evaluator/heap.h"
#include "evaluator/page_ahead.h"
#include "evaluator/shared_heap.h"

namespace evalctl::evaluator {

void* Heap::allocate_anyway(std::size_t bytes) {
  return bytes >= SharedHeap::kLargeBytes ? allocate_large((bytes + 7) & ~std::size_t{7}, true) : allocate(bytes);
}

// Throws where an object of so many bytes has no room, whatever a collection would find.
void Heap::require_room(std::size_t bytes) {
  SharedHeap& shared = *shared_;
  bool is_limited = shared.maximum_ != 0;
  if (is_limited ? shared.mapped_ + SharedHeap::pages_of(bytes) <= shared.maximum_ : base::has_memory_for(bytes)) return;
  if (!is_limited || bytes <= shared.maximum_) collect_all();
  if (is_limited && shared.live_ + SharedHeap::pages_of(bytes) > shared.maximum_) throw base::LimitReached();
  base::require_memory_for(bytes);
}

void* Heap::allocate_large(std::size_t bytes, bool anyway) {
  SharedHeap& shared = *shared_;
  if (!anyway) require_room(bytes);
  std::size_t count = (bytes + SharedHeap::kHeaderBytes + SharedHeap::kChunkBytes - 1) / SharedHeap::kChunkBytes;
  // Such an object leaves what is free elsewhere as it is, so that up to a chunk it may go beyond.
  std::size_t beyond = shared.maximum_ == 0 ? SharedHeap::kChunkBytes : 0;
  auto fits = [&] { return shared.mapped_ + SharedHeap::pages_of(bytes) <= shared.threshold_ + beyond; };
  std::unique_lock lock(shared.mutex_);
  if (!fits()) {
    lock.unlock();
    collect();
    lock.lock();
    shared.threshold_ = std::max(shared.threshold_, shared.mapped_ + SharedHeap::pages_of(bytes));
  }
  std::size_t index = shared.take_chunks(count);
  if (index == SharedHeap::kNoChunk) throw std::bad_alloc();
  shared.mapped_ -= count * SharedHeap::kChunkBytes - SharedHeap::pages_of(bytes);
  shared.uses_[index] = SharedHeap::Use::Large;
  std::fill_n(shared.uses_.begin() + index + 1, count - 1, SharedHeap::Use::LargeTail);
  char* p = shared.chunk_at(index) + SharedHeap::kHeaderBytes;
  SharedHeap::set_start(p);
  allocated_ += bytes;
  lock.unlock();
  // It is filled from its beginning on.
  if (PageAhead* helper = PageAhead::of_process()) helper->touch(p, p + bytes);
  return p;
}

}  // namespace evalctl::evaluator

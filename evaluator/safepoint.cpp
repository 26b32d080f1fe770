// Threads of one evaluation stand still while one of them collects.
//
// A thread can be stopped where it allocates or goes a level deeper (Vm::Depth), and counts as stopped while it is away. To
// be seen at the next call, whoever stops the others sets the limit of their stacks out of reach; Vm::may_go_deeper finds
// out what is meant.
#include <alloca.h>

#include <deque>

#include "evaluator/heap.h"
#include "evaluator/offers.h"
#include "evaluator/shared_heap.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

struct Ring {
  TracedBlock head;
  bool in_use;
};

struct Rings {
  std::mutex mutex;
  std::deque<Ring> all;
};

Rings& rings() {
  static Rings* instance = new Rings;
  return *instance;
}

// Gives the ring of a thread that ends to the next one. What is still in it stays alive.
struct RingOwner {
  Ring* ring = nullptr;
  ~RingOwner() {
    std::lock_guard lock(rings().mutex);
    if (ring) ring->in_use = false;
    traced_ring = nullptr;
  }
};

char* const kOutOfReach = reinterpret_cast<char*>(UINTPTR_MAX);

}  // namespace

thread_local TracedBlock* traced_ring = nullptr;

TracedBlock* make_traced_ring() {
  thread_local RingOwner owner;
  Rings& known = rings();
  std::lock_guard lock(known.mutex);
  for (Ring& ring : known.all) {
    if (ring.in_use || ring.head.next != &ring.head) continue;
    owner.ring = &ring;
    break;
  }
  if (!owner.ring) {
    owner.ring = &known.all.emplace_back();
    owner.ring->head.next = owner.ring->head.previous = &owner.ring->head;
  }
  owner.ring->in_use = true;
  return traced_ring = &owner.ring->head;
}

void each_traced_block(void (*visit)(void* with, const void* begin, const void* end), void* with) {
  std::lock_guard lock(rings().mutex);
  for (Ring& ring : rings().all)
    for (TracedBlock* b = ring.head.next; b != &ring.head; b = b->next) visit(with, b + 1, reinterpret_cast<char*>(b + 1) + b->bytes);
}

Heap::~Heap() {
  std::lock_guard lock(shared_->mutex_);
  std::erase(shared_->heaps_, this);
  if (shared_->heaps_.empty()) shared_->finish_ahead();
  // Nobody else knows what this thread gave to old objects.
  shared_->next_is_full_ |= !kept_.empty();
  shared_->begins_anew_ |= !kept_.empty();
  --shared_->running_;
  shared_->changed_.notify_all();
}

// Until the collection is over. The registers have been written to the stack above `stopped_at_`.
void Heap::stand_still(std::unique_lock<std::mutex>& lock) {
  --shared_->running_;
  shared_->changed_.notify_all();
  shared_->changed_.wait(lock, [&] { return !shared_->stopping_; });
  ++shared_->running_;
  stopped_at_ = nullptr;
}

[[gnu::noinline]] void Heap::pause() {
  __builtin_unwind_init();
  std::unique_lock lock(shared_->mutex_);
  if (!shared_->stopping_) return;
  stopped_at_ = alloca(1);
  stand_still(lock);
}

void Heap::leave(const void* bottom) {
  std::lock_guard lock(shared_->mutex_);
  stopped_at_ = bottom;
  --shared_->running_;
  if (shared_->stopping_) shared_->changed_.notify_all();
}

void Heap::come_back() {
  std::unique_lock lock(shared_->mutex_);
  shared_->changed_.wait(lock, [&] { return !shared_->stopping_; });
  ++shared_->running_;
  stopped_at_ = nullptr;
}

void Heap::stop_others(std::unique_lock<std::mutex>& lock) {
  shared_->stopping_ = true;
  for (Heap* heap : shared_->heaps_)
    if (heap != this) heap->vm_.stack_limit.store(kOutOfReach, std::memory_order_relaxed);
  shared_->changed_.wait(lock, [&] { return shared_->running_ == 1; });
}

void Heap::let_others_go() {
  shared_->stopping_ = false;
  // When memory is exhausted the next call fails, and says why.
  for (Heap* heap : shared_->heaps_) {
    bool is_told_to_stop = exhausted() || (heap->vm_.works_ahead && heap->vm_.offers->are_closed());
    heap->vm_.stack_limit.store(is_told_to_stop ? kOutOfReach : heap->vm_.stack_floor, std::memory_order_relaxed);
  }
  shared_->changed_.notify_all();
}

[[gnu::noinline]] void Heap::collect() {
  __builtin_unwind_init();
  std::unique_lock lock(shared_->mutex_);
  stopped_at_ = alloca(1);
  // Another thread does it.
  if (shared_->stopping_) return stand_still(lock);
  stop_others(lock);
  collect_now();
  stopped_at_ = nullptr;
  let_others_go();
}

void Heap::collect_all() {
  {
    std::lock_guard lock(shared_->mutex_);
    shared_->next_is_full_ = true;
  }
  collect();
}

void Heap::interrupt_others() {
  std::lock_guard lock(shared_->mutex_);
  for (Heap* heap : shared_->heaps_)
    if (heap != this) heap->vm_.stack_limit.store(kOutOfReach, std::memory_order_relaxed);
}

bool Vm::may_go_deeper() {
  if (stack_limit.load(std::memory_order_relaxed) == kOutOfReach) heap.pause();
  if (works_ahead && offers->are_closed()) return false;
  return depth <= max_call_depth && static_cast<char*>(__builtin_frame_address(0)) > stack_floor && !heap.exhausted();
}

}  // namespace evalctl::evaluator

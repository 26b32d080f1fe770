#include "evaluator/mark_pool.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "evaluator/marker.h"

namespace evalctl::evaluator {

// More do not pay: the memory is what takes the time.
constexpr unsigned kMostHelpers = 3;

MarkPool* MarkPool::of_process() {
  static std::mutex making;
  static MarkPool* pool = nullptr;
  static pid_t made_in = 0;
  std::lock_guard lock(making);
  if (made_in == getpid()) return pool;
  made_in = getpid();
  unsigned helpers = std::min(kMostHelpers, std::max(1u, std::thread::hardware_concurrency()) - 1);
  pool = nullptr;
  if (helpers == 0) return nullptr;
  // Never freed: its threads wait in it until the process ends.
  pool = new MarkPool;
  for (unsigned i = 0; i < helpers; ++i) {
    pthread_t thread;
    auto main = [](void* of) -> void* { return static_cast<MarkPool*>(of)->help(), nullptr; };
    if (pthread_create(&thread, nullptr, main, pool) == 0) pthread_detach(thread);
  }
  return pool;
}

bool MarkPool::open(SharedHeap& heap) {
  std::lock_guard lock(mutex_);
  if (heap_) return false;
  heap_ = &heap;
  members_ = 1;
  idle_ = 0;
  opened_.notify_all();
  return true;
}

void MarkPool::leave_to_others() {
  std::lock_guard lock(mutex_);
  ++idle_;
  changed_.notify_all();
}

void MarkPool::come_back() {
  std::lock_guard lock(mutex_);
  --idle_;
}

// Both numbers go down together, so that for the others it stays over.
void MarkPool::leave() {
  --members_;
  --idle_;
  changed_.notify_all();
}

void MarkPool::close() {
  std::unique_lock lock(mutex_);
  heap_ = nullptr;
  leave();
  changed_.wait(lock, [&] { return members_ == 0; });
}

void MarkPool::give(Batch batch) {
  std::lock_guard lock(mutex_);
  batches_.push_back(std::move(batch));
  ++batches_left_;
  changed_.notify_one();
}

MarkPool::Batch MarkPool::take() {
  std::unique_lock lock(mutex_);
  ++idle_;
  // The last one that has nothing to do tells the others that all is done.
  if (idle_ == members_ && batches_.empty()) changed_.notify_all();
  changed_.wait(lock, [&] { return !batches_.empty() || idle_ == members_; });
  if (batches_.empty()) return {};
  --idle_;
  --batches_left_;
  Batch batch = std::move(batches_.back());
  batches_.pop_back();
  return batch;
}

void MarkPool::help() {
  std::unique_lock lock(mutex_);
  for (;;) {
    opened_.wait(lock, [&] { return heap_ && (idle_ < members_ || !batches_.empty()); });
    SharedHeap& heap = *heap_;
    ++members_;
    lock.unlock();
    Marker(heap, *this).help();
    lock.lock();
    leave();
  }
}

}  // namespace evalctl::evaluator

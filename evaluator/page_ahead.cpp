#include "evaluator/page_ahead.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>
#include <utility>

namespace evalctl::evaluator {

PageAhead* PageAhead::of_process() {
  static std::mutex making;
  static PageAhead* helper = nullptr;
  static pid_t made_in = 0;
  // A process that was forked while another thread was here goes without.
  std::unique_lock lock(making, std::try_to_lock);
  if (!lock) return nullptr;
  if (made_in == getpid()) return helper;
  made_in = getpid();
  helper = nullptr;
  if (std::thread::hardware_concurrency() < 2) return nullptr;
  // Never freed: its thread waits in it until the process ends.
  auto made = new PageAhead;
  pthread_t thread;
  auto main = [](void* of) -> void* { return static_cast<PageAhead*>(of)->work(), nullptr; };
  if (pthread_create(&thread, nullptr, main, made) != 0) return nullptr;
  pthread_detach(thread);
  return helper = made;
}

void PageAhead::touch(char* begin, std::size_t bytes) {
  std::lock_guard lock(mutex_);
  begin_ = begin;
  bytes_ = bytes;
  asked_.notify_one();
}

void PageAhead::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [&] { return begin_ != nullptr; });
    char* begin = std::exchange(begin_, nullptr);
    std::size_t bytes = bytes_;
    lock.unlock();
    // Where the system does not know it (before Linux 5.14), or the memory is gone, nothing happens.
    madvise(begin, bytes, MADV_POPULATE_WRITE);
    lock.lock();
  }
}

}  // namespace evalctl::evaluator

#include "evaluator/page_ahead.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <thread>

namespace evalctl::evaluator {
namespace {

// More of them wait for the same locks of the system.
constexpr unsigned kMostThreads = 3;

}  // namespace

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
  unsigned threads = std::min(std::max(std::thread::hardware_concurrency(), 1u) - 1, kMostThreads);
  if (threads == 0) return nullptr;
  // Never freed: its threads wait in it until the process ends.
  auto made = std::make_unique<PageAhead>();
  auto main = [](void* of) -> void* { return static_cast<PageAhead*>(of)->work(), nullptr; };
  for (; threads > 0; --threads) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, main, made.get()) != 0) break;
    pthread_detach(thread);
    helper = made.get();
  }
  if (helper) made.release();
  return helper;
}

void PageAhead::touch(char* begin, char* end) {
  std::lock_guard lock(mutex_);
  // Mostly one goes on.
  auto goes_on = [&](const Wish& wish) { return begin <= wish.next && wish.next <= end; };
  if (auto wish = std::ranges::find_if(wishes_, goes_on); wish != wishes_.end()) wish->end = end;
  else wishes_[oldest_++ % wishes_.size()] = {begin, end};
  asked_.notify_all();
}

PageAhead::Wish* PageAhead::due() {
  auto wish = std::ranges::find_if(wishes_, [](const Wish& each) { return each.next < each.end; });
  return wish == wishes_.end() ? nullptr : &*wish;
}

void PageAhead::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Wish* wish = nullptr;
    asked_.wait(lock, [&] { return (wish = due()) != nullptr; });
    char* begin = wish->next;
    std::size_t bytes = std::min<std::size_t>(kStretch - reinterpret_cast<std::uintptr_t>(begin) % kStretch, static_cast<std::size_t>(wish->end - begin));
    wish->next += bytes;
    lock.unlock();
    // Where the system does not know it (before Linux 5.14), or the memory is gone, nothing happens.
    madvise(begin, bytes, MADV_POPULATE_WRITE);
    lock.lock();
  }
}

}  // namespace evalctl::evaluator

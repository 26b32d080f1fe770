#include "evaluator/page_ahead.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/huge_pages.h"

namespace evalctl::evaluator {
namespace {

// More of them wait for the same locks of the system.
constexpr unsigned kMostThreads = 3;

char *beside_begin = nullptr, *beside_end = nullptr;

// Touches memory, of one huge page at most, with all of the page in which it begins: the system takes whole pages only. Where it does
// not know of that (before Linux 5.14), or the memory is gone, nothing happens.
void touch_pages(char* memory, std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  constexpr std::chrono::microseconds kSlow{1000};
  constexpr int kSmallAfterSlow = 12;
  std::size_t before_it = reinterpret_cast<std::uintptr_t>(memory) % kPage;
  char* begin = memory - before_it;
  bytes += before_it;
  bool small = base::small_stretches.load(std::memory_order_relaxed) > 0;
  if (small) {
    base::small_stretches.fetch_sub(1, std::memory_order_relaxed);
    madvise(begin, bytes, MADV_NOHUGEPAGE);
  }
  auto before = std::chrono::steady_clock::now();
  madvise(begin, bytes, MADV_POPULATE_WRITE);
  bool slow = std::chrono::steady_clock::now() - before > kSlow;
  if (!small && slow) base::small_stretches.store(kSmallAfterSlow, std::memory_order_relaxed);
}

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
  made->beside_ = {beside_begin, beside_begin};
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

void PageAhead::beside(char* begin, std::size_t bytes) {
  beside_begin = begin;
  beside_end = begin + bytes;
}

void PageAhead::touch(char* begin, char* end) {
  constexpr std::ptrdiff_t kPart = 12;
  std::lock_guard lock(mutex_);
  // Mostly one goes on.
  auto goes_on = [&](const Wish& wish) { return begin <= wish.next && wish.next <= end; };
  auto wish = std::ranges::find_if(wishes_, goes_on);
  if (wish == wishes_.end()) *(wish = &wishes_[oldest_++ % wishes_.size()]) = {begin, begin};
  if (beside_.end == beside_begin) beside_.end += std::min(static_cast<std::ptrdiff_t>(kStretch), beside_end - beside_begin);
  if (end > wish->end) beside_.end += std::min((end - wish->end) / kPart, beside_end - beside_.end);
  wish->end = end;
  if (awake_ == 0) asked_.notify_one();
}

PageAhead::Wish* PageAhead::due() {
  auto wish = std::ranges::find_if(wishes_, [](const Wish& each) { return each.next < each.end; });
  if (wish != wishes_.end()) return &*wish;
  return beside_.end - beside_.next >= static_cast<std::ptrdiff_t>(kStretch) ? &beside_ : nullptr;
}

// Waking a thread costs who evaluates tens of microseconds. So the last one that is awake looks for new wishes now and then, and sleeps when
// there were none for some time.
PageAhead::Wish* PageAhead::wait(std::unique_lock<std::mutex>& lock) {
  constexpr auto kBetween = std::chrono::microseconds(300);
  constexpr int kLooks = 60;
  for (int looks = 0; awake_ == 1 && looks < kLooks; ++looks) {
    lock.unlock();
    std::this_thread::sleep_for(kBetween);
    lock.lock();
    if (Wish* wish = due()) return wish;
  }
  Wish* wish = nullptr;
  --awake_;
  asked_.wait(lock, [&] { return (wish = due()) != nullptr; });
  ++awake_;
  return wish;
}

void PageAhead::work() {
  std::unique_lock lock(mutex_);
  for (++awake_;;) {
    Wish* wish = due();
    if (!wish) wish = wait(lock);
    char* begin = wish->next;
    std::size_t bytes = std::min<std::size_t>(kStretch - reinterpret_cast<std::uintptr_t>(begin) % kStretch, static_cast<std::size_t>(wish->end - begin));
    wish->next += bytes;
    if (due()) asked_.notify_one();
    lock.unlock();
    touch_pages(begin, bytes);
    lock.lock();
  }
}

}  // namespace evalctl::evaluator

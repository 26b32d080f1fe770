#include "lsp/scheduler.h"

#include <algorithm>

namespace evalctl::lsp {

Scheduler::Scheduler(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Scheduler::~Scheduler() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
    for (auto& [key, cancel] : running_) *cancel = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::shared_ptr<Cancel> Scheduler::add(std::string key, Work work, std::chrono::milliseconds delay) {
  auto cancel = std::make_shared<Cancel>(false);
  {
    std::lock_guard lock(mutex_);
    if (!key.empty()) {
      std::erase_if(waiting_, [&](const Job& job) { return job.key == key; });
      for (auto& [running, flag] : running_) {
        if (running == key) *flag = true;
      }
    }
    waiting_.push_back({std::move(key), std::move(work), Clock::now() + delay, cancel});
  }
  wake_.notify_one();
  return cancel;
}

void Scheduler::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto now = Clock::now();
    auto next = std::ranges::find_if(waiting_, [&](const Job& job) { return job.ready <= now; });
    if (next == waiting_.end()) {
      auto soonest = std::ranges::min_element(waiting_, {}, &Job::ready);
      if (soonest == waiting_.end()) wake_.wait(lock);
      else wake_.wait_until(lock, Clock::time_point(soonest->ready));
      continue;
    }
    Job job = std::move(*next);
    waiting_.erase(next);
    running_.emplace_back(job.key, job.cancel);
    lock.unlock();
    // A job that fails (for want of memory, say) must not end the server.
    try {
      job.work(*job.cancel);
    } catch (const std::exception&) {
    }
    lock.lock();
    std::erase_if(running_, [&](const auto& entry) { return entry.second == job.cancel; });
  }
}

}  // namespace evalctl::lsp

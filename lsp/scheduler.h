// Runs jobs on a few threads, so that the input thread never waits.
//
// A job may bear a key: a newer job of the same key drops a waiting one and tells a running one to stop. That is how
// work for a text that has changed meanwhile is not done.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lsp/snapshot.h"

namespace evalctl::lsp {

class Scheduler {
 public:
  using Work = std::function<void(const Cancel&)>;
  using Clock = std::chrono::steady_clock;

  explicit Scheduler(unsigned threads);
  // Drops what waits, and waits for what runs.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Runs `work` in order of arrival, not before `delay` has passed. The returned flag cancels it; a job that is
  // cancelled before it runs is still called, so that it can answer.
  std::shared_ptr<Cancel> add(std::string key, Work work, std::chrono::milliseconds delay = {});

 private:
  struct Job {
    std::string key;
    Work work;
    Clock::time_point ready;
    std::shared_ptr<Cancel> cancel;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> waiting_;
  std::vector<std::pair<std::string, std::shared_ptr<Cancel>>> running_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace evalctl::lsp

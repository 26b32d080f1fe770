// A line on the terminal that says what is going on: what is fetched or checked, how much was evaluated, for how long.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "cli/session.h"

namespace evalctl::cli {

// Shown for as long as the object lives, after a first half second, and only where standard error is a terminal; elsewhere it
// does nothing. What else is written to standard error clears it first.
class Progress {
 public:
  explicit Progress(Session& session);
  ~Progress();
  Progress(const Progress&) = delete;

  // Takes the line away; nothing is shown any more.
  void stop();

 private:
  void run();
  void draw();
  void clear();

  Session& session_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string activity_;
  bool shown_ = false, done_ = false;
  std::thread thread_;
};

}  // namespace evalctl::cli

// Several values of one command evaluated at once, on threads that share what they evaluate.
#pragma once
#include <functional>

#include "cli/session.h"

namespace evalctl::cli {

// Calls `evaluate` with 0 ... count - 1 on as many threads, each with its own Vm. True when all calls gave true; their messages
// are then shown, in the order of the numbers. At the first that fails the others are given up, and nothing is shown.
bool evaluate_at_once(Session& session, unsigned threads, std::size_t count, const std::function<bool(evaluator::Vm&, std::size_t)>& evaluate);

// A process that stands by while another evaluates at once. When that fails, this one does the same from the beginning on one
// thread, so that the error and the messages before it are those of one thread.
class Standby {
 public:
  // Returns in both processes; in the one that stands by when it is needed. That one ends when it is not.
  explicit Standby(Session& session);
  ~Standby();
  Standby(const Standby&) = delete;
  bool is_needed() const { return pid_ == 0; }
  // Lets the other process do it. It does not show again the messages that this one has shown. Returns the status that it
  // ends with.
  int take_over(const Session& session);

 private:
  int pid_ = -1, pipe_ = -1;
};

}  // namespace evalctl::cli

// Values that are about to be forced for certain, offered to threads that have nothing to do.
//
// Whoever goes through several such values offers them all (Ahead), and then goes on in order as if nobody else was there:
// what another thread has claimed meanwhile it waits for, what has failed there it evaluates again, with frames of its own.
// The thread that works ahead may do nothing that is seen from outside (Vm::may_act), and gives up where others wait for it
// in a circle. Oldest offers are taken first: they are the largest.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;
class Ahead;
struct AttrsObject;

// How much of a value is wanted.
enum class Wanted : std::uint8_t {
  Head,
  Text,        // as Vm::coerce_to_string makes one
  StoredText,  // the same, with paths copied to the store
  Json,        // as toJSON goes through it, with paths copied to the store
};

class Offers {
 public:
  Offers();
  Offers(const Offers&) = delete;

  // Evaluates what is offered until `close`. On a thread of its own.
  void help(Vm& vm);
  // Makes helpers give up what they are at.
  void close(Vm& vm);
  bool are_closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  friend class Ahead;
  static constexpr std::size_t kMost = 4096;

  struct Offer {
    Value value;
    const Ahead* from = nullptr;
    std::uint32_t depth = 0;  // of calls
    Wanted wanted = Wanted::Head;
  };

  bool wait(Vm& vm);
  bool take(Offer& offer);
  bool have_room() const { return count_.load(std::memory_order_relaxed) < kMost; }
  // The number of the offer.
  std::uint64_t add(const Offer& offer);
  // Those from number `first` on that `from` made.
  void forget(const Ahead* from, std::uint64_t first);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Offer, TracedAllocator<Offer>> ring_;  // by number modulo kMost
  std::uint64_t first_ = 0, end_ = 0;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> closed_{false};
};

// The offers of a thread that goes through values; those that nobody took are taken back when it is done.
class Ahead {
 public:
  explicit Ahead(Vm& vm);
  ~Ahead() {
    if (made_any_) [[unlikely]] take_back();
  }
  Ahead(const Ahead&) = delete;
  explicit operator bool() const { return offers_ != nullptr; }
  // Delayed calls of the function with each value, of which all but the first are offered.
  ValueVector calls(Value function, std::span<const Value> values);
  // What the attributes hold, the first by text excepted.
  void offer(AttrsObject* attrs, Wanted wanted);
  // All but the first one.
  void offer(std::span<const Value> values, Wanted wanted) {
    if (!offers_) [[likely]] return;
    for (std::size_t i = 1; i < values.size(); ++i) add(Value::read_word(values[i]), wanted);
  }

 private:
  void add(Value v, Wanted wanted);
  void take_back();

  Vm& vm_;
  Offers* offers_;
  bool made_any_ = false;
  std::uint64_t first_ = 0;
};

}  // namespace evalctl::evaluator

// Calls of whole files that are alike give one result.
//
// A file that is a function, as nixpkgs is, is often called again with arguments that are equal: by each host of a fleet, by
// each input of a flake. What such a call gives is a value that costs seconds once its parts are evaluated. So of calls that
// are large the arguments are described as they are when the call returns; a later call whose arguments have the same
// description then gives the value of the first, with all that was evaluated in it.
//
// Nothing is evaluated to find that out, so that laziness and errors stay as they are: what is not evaluated is described by
// its code and by what it captured. Two things can be told from evaluating twice: a message inside of the value comes once,
// and parts of the two values are the same to `==` where it compares functions.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

// What a value is made of, at one moment, as far as it is evaluated. A graph of nodes, which starts at node 0.
class Description {
 public:
  // Null when the value is too large, or holds something that cannot be described.
  static std::shared_ptr<const Description> of(Value v);
  // Whether `v` is described by this too. Costs as much as of() at most.
  bool fits(Value v) const;

 private:
  struct Node {
    Kind kind;
    std::uint64_t what;  // the code, the shape, the row, the number or how many parts
    std::uint32_t first, count;  // of its parts, in parts_
  };
  struct Parts;

  std::vector<Node> nodes_;
  ValueVector words_;                 // of each node; kept, so that the same word is the same value
  std::vector<std::uint32_t> parts_;  // nodes
};

// The calls of one process. Thread-safe.
class SharedCalls {
 public:
  // Calls of fewer functions inside of a call make it too small to look at.
  static constexpr std::uint64_t kLeastCalls = 5000;

  // What the function of that code gives for `argument`, for which it has just given `result`: the same, or what it gave for
  // an equal argument before. Both are evaluated.
  Value result_of(std::uint32_t code, Value argument, Value result);

 private:
  static constexpr std::size_t kMostOfOne = 16;
  struct Call {
    std::shared_ptr<const Description> argument;
    ValueVector result;  // one
  };

  std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::deque<Call>> calls_;  // by code
};

}  // namespace evalctl::evaluator

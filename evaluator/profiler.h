// Where evaluation spends its time: a tree of the functions, delayed expressions and builtins that were running, by path.
//
// While `profiler` is set, each run of bytecode and each call of a builtin is a Frame. What passes between two events
// belongs to the innermost frame. The interpreter does the work then: bodies start without heat, see run().
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "evaluator/builtin.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {

class Profiler {
 public:
  struct Node {
    const Code* code = nullptr;           // or
    const BuiltinRow* builtin = nullptr;  // or neither: the root
    Node* parent = nullptr;
    std::uint32_t depth = 0;
    std::vector<Node*> children;
    std::uint64_t self = 0;   // nanoseconds
    std::uint64_t bytes = 0;  // allocated by itself
    std::uint64_t calls = 0;
  };

  // Counts what happens until it ends as done by `code` or `builtin`.
  class Frame {
   public:
    Frame(Vm& vm, const Code* code, const BuiltinRow* builtin);
    ~Frame();
    Frame(const Frame&) = delete;

   private:
    Vm& vm_;
    Node* before_;
  };

  explicit Profiler(Vm& vm);
  // Ends the count.
  const Node& root();

 private:
  void charge(Vm& vm);
  Node* child(const Code* code, const BuiltinRow* builtin);

  Vm& vm_;
  std::deque<Node> nodes_;  // never moved
  Node* current_;
  std::uint64_t last_time_, last_bytes_;
  bool ended_ = false;
};

// Stands for the collector, as if it were a builtin.
extern const BuiltinRow kCollection;

// Null: nobody asks.
extern Profiler* profiler;

}  // namespace evalctl::evaluator

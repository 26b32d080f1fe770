// Machine code for what runs often: loads the compiler when it is first needed, compiles in the background, and makes the
// code executable.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <vector>

#include "evaluator/jit/jit.h"
#include "evaluator/native.h"

namespace evalctl::stdlib {

enum class TierMode : unsigned char { Interpreter, Jit, Auto };

// One for a process, never destroyed: code runs to the very end.
class NativeTier : public evaluator::NativeTier {
 public:
  // Sets up `vm`: with Jit each function is compiled before it first runs, with Auto when it has run often enough.
  static void attach(evaluator::Vm& vm, TierMode mode);
  // Whether the compiler is at work; then the process must end without the destructors of libraries.
  static bool is_compiling();

  std::int32_t hot(evaluator::Vm& vm, const evaluator::Code& code) override;

 private:
  explicit NativeTier(TierMode mode) : mode_(mode) {}
  void start_thread();
  void work();
  bool load_compiler();
  void compile(const std::vector<evaluator::jit::Unit>& units);
  void publish(const std::vector<evaluator::jit::Unit>& units, const evaluator::jit::Image& image);

  TierMode mode_;
  evaluator::jit::Compile* compiler_ = nullptr;
  bool is_unavailable_ = false;
  std::mutex compiling_;
  // What waits for the thread.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<evaluator::jit::Unit> queue_;
  bool has_thread_ = false;
};

}  // namespace evalctl::stdlib

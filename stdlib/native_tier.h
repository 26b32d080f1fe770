// Machine code for what runs often: found in the cache of earlier runs, or compiled in the background by a compiler that is
// loaded when it is first needed.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "evaluator/jit/jit.h"
#include "evaluator/native.h"
#include "stdlib/code_cache.h"

namespace evalctl::stdlib {

// Jit: each function is compiled before it first runs, without the cache. Auto: from the cache, or when it is the body of a
// loop. Collect: what has run some times is remembered, for compile_collected.
enum class TierMode : unsigned char { Interpreter, Jit, Auto, Collect };

// One for a process, never destroyed: code runs to the very end.
class NativeTier : public evaluator::NativeTier {
 public:
  // `heat`: runs of a function before the cache is asked, and before Collect remembers it; -1 for what is sensible.
  static void attach(evaluator::Vm& vm, TierMode mode, std::int32_t heat);
  // Before the process ends: keeps the code that was made. False while the compiler is at work, in which case the process
  // must end without the destructors of libraries.
  static bool finish();
  // Compiles what Collect has found, and keeps it. Returns the number of functions now in the cache; fails when there
  // is no compiler, and when the cache cannot be written.
  static base::Result<long> compile_collected();

  std::int32_t hot(evaluator::Vm& vm, const evaluator::Code& code, const evaluator::Value* captures) override;

 private:
  struct Request {
    evaluator::jit::Unit unit;
    std::string key;
  };

  NativeTier(TierMode mode, std::int32_t collect_heat) : mode_(mode), collect_heat_(collect_heat) {}
  static Request request(evaluator::Vm& vm, const evaluator::Code& code, const evaluator::Value* captures);
  // Whether a function that ran kLoopRuns times since the last look did most of the work there was.
  bool is_loop(const evaluator::Vm& vm, const evaluator::Code& code);
  bool take_from_cache(const evaluator::Code& code);
  void start_thread();
  void work();
  std::vector<Request> take_batch();
  bool load_compiler();
  // False when the compiler has failed, which is a mistake in it.
  bool compile(const std::vector<Request>& requests);
  void publish(const std::vector<Request>& requests, const evaluator::jit::Image& image);

  TierMode mode_;
  std::int32_t collect_heat_;
  std::unique_ptr<CodeCache> cache_;
  evaluator::jit::Compile* compiler_ = nullptr;
  bool is_unavailable_ = false, is_of_another_build_ = false;
  std::atomic<bool> was_told_{false};
  std::mutex compiling_;
  // Held while the cache is asked.
  std::mutex lookup_;
  // What waits for the thread.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Request> queue_;
  struct Pace { std::uint64_t runs = 0; bool is_loop = false; };
  std::unordered_map<const evaluator::Body*, Pace> paces_;
  bool has_thread_ = false;
};

}  // namespace evalctl::stdlib

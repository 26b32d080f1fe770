// An evaluator for fuzz targets: builtins defined, on a stack of its own, no files and no store.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"

// What a run evaluates is kept for as long as the process lives: texts, trees, codes.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace evalctl::fuzz {

inline void hold(bool condition) {
  if (!condition) std::abort();
}

// One machine on a thread of its own, on which it stays. Never taken down: the end of the process does that.
class Machine {
 public:
  // `collect_every`: bytes allocated between collections; 0 for what is usual.
  explicit Machine(std::size_t collect_every = 0) : vm(world) {
    world.pure = true;
    vm.max_call_depth = 300;
    if (collect_every != 0) vm.heap.collect_every(collect_every);
    std::thread([this] {
      evaluator::run_on_large_stack(vm, std::size_t{256} << 20, [](void* raw) { static_cast<Machine*>(raw)->serve(); }, this);
    }).detach();
  }

  stdlib::World world;
  evaluator::Vm vm;

  // Runs `body`, which may leave a pending error, with builtins defined.
  void run(const std::function<void()>& body) {
    std::unique_lock lock(mutex_);
    body_ = &body;
    changed_.notify_all();
    changed_.wait(lock, [&] { return body_ == nullptr; });
  }

  // ---- Inside run.
  // `text` is kept for as long as the process lives.
  evaluator::Value evaluate(std::string text) {
    return vm.evaluate_text(*new std::string(std::move(text)), "«fuzz»", "/");
  }
  // The whole value as text; "error: ..." where it has none.
  std::string print(evaluator::Value value) {
    std::string out;
    if (value && vm.force_deep(value) && vm.show_all(vm.force(value), out)) return out;
    return vm.error ? "error: " + vm.error->message : "error";
  }

 private:
  void serve() {
    hold(world.open_store("").has_value());
    stdlib::define_builtins(vm);
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return body_ != nullptr; });
      (*body_)();
      vm.error.reset();
      body_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* body_ = nullptr;
};

}  // namespace evalctl::fuzz

// An evaluator for fuzz targets: builtins defined, on a stack of its own, no files and no store.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"

namespace evalctl::fuzz {

inline void hold(bool condition) {
  if (!condition) std::abort();
}

class Machine {
 public:
  // `collect_every`: bytes allocated between collections; 0 for what is usual.
  explicit Machine(std::size_t collect_every = 0) : vm(world) {
    world.pure = true;
    vm.max_call_depth = 300;
    if (collect_every != 0) vm.heap.collect_every(collect_every);
  }

  stdlib::World world;
  evaluator::Vm vm;

  // Runs `body`, which may leave a pending error, with builtins defined.
  void run(const std::function<void()>& body) {
    struct Task {
      Machine* machine;
      const std::function<void()>* body;
    } task{this, &body};
    evaluator::run_on_large_stack(vm, std::size_t{256} << 20, [](void* raw) {
      auto* t = static_cast<Task*>(raw);
      if (!std::exchange(t->machine->defined_, true)) {
        hold(t->machine->world.open_store("").has_value());
        stdlib::define_builtins(t->machine->vm);
      }
      (*t->body)();
      t->machine->vm.error.reset();
    }, &task);
  }

  // ---- Inside run.
  // `text` is kept for as long as the process lives.
  evaluator::Value evaluate(std::string text) {
    texts_.push_back(std::make_unique<std::string>(std::move(text)));
    return vm.evaluate_text(*texts_.back(), "«fuzz»", "/");
  }
  // The whole value as text; "error: ..." where it has none.
  std::string print(evaluator::Value value) {
    std::string out;
    if (value && vm.force_deep(value) && vm.show_all(vm.force(value), out)) return out;
    return vm.error ? "error: " + vm.error->message : "error";
  }

 private:
  bool defined_ = false;
  std::vector<std::unique_ptr<std::string>> texts_;
};

// A machine that is replaced after so many uses, since texts and code are kept.
class Machines {
 public:
  explicit Machines(std::size_t collect_every = 0) : collect_every_(collect_every) {}
  Machine& next() {
    if (uses_++ % 500 == 0) {
      machine_.reset();
      machine_ = std::make_unique<Machine>(collect_every_);
    }
    return *machine_;
  }

 private:
  std::size_t collect_every_;
  std::size_t uses_ = 0;
  std::unique_ptr<Machine> machine_;
};

}  // namespace evalctl::fuzz

// The native stack that evaluation runs on.
#include <alloca.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "evaluator/offers.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

struct StackTask {
  Vm* vm;
  void (*body)(void*);
  void* argument;
  char* bottom;
};

// What one native frame may need beyond the limit: a deep call chain of C++ library code.
constexpr std::size_t kStackReserve = std::size_t{1} << 20;

void* stack_main(void* raw) {
  auto* task = static_cast<StackTask*>(raw);
  Vm* outside = std::exchange(current_vm, task->vm);
  task->vm->set_stack_floor(task->bottom + kStackReserve);
  task->vm->heap.add_stack(task->bottom, __builtin_frame_address(0));
  task->body(task->argument);
  task->vm->heap.remove_stack();
  current_vm = outside;
  return nullptr;
}

// One of several threads, with the Vm of `first` and its own number.
struct Helper {
  Vm* first;
  std::uint8_t number;
  const std::function<void(Vm&)>* body;
  void* stack;
  std::size_t bytes;
  Offers* offers = nullptr;
  pthread_t thread{};
  Vm::Statistics counted{};
};

void* helper_main(void* raw) {
  auto* helper = static_cast<Helper*>(raw);
  Vm vm(*helper->first, helper->number, helper->offers);
  vm.set_stack_floor(static_cast<char*>(helper->stack) + kStackReserve);
  vm.heap.add_stack(helper->stack, __builtin_frame_address(0));
  (*helper->body)(vm);
  vm.heap.remove_stack();
  helper->counted = vm.statistics;
  return nullptr;
}

}  // namespace

// The ends of the calling thread's stack. The bottom is null when it is not known.
struct StackEnds {
  char* bottom;
  char* top;
};

static StackEnds stack_ends() {
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t bytes = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {nullptr, static_cast<char*>(__builtin_frame_address(0))};
  pthread_attr_getstack(&attributes, &bottom, &bytes);
  pthread_attr_destroy(&attributes);
  return {static_cast<char*>(bottom), static_cast<char*>(bottom) + bytes};
}

// A stack of at most `bytes`, with a guard page: less where the address space is limited (ulimit -v). Sets `bytes` to its
// size. Null when not even a small one can be had.
static void* reserve_stack(std::size_t& bytes) {
  constexpr std::size_t kSmallest = std::size_t{16} << 20;
  for (; bytes >= kSmallest; bytes /= 2) {
    void* stack = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) continue;
    mprotect(stack, 4096, PROT_NONE);
    return stack;
  }
  return nullptr;
}

// Runs `body` on the stack at hand, as deep as it reaches.
static void run_here(Vm& vm, void (*body)(void*), void* argument) {
  StackEnds ends = stack_ends();
  if (ends.bottom) vm.set_stack_floor(ends.bottom + kStackReserve);
  __builtin_unwind_init();
  vm.heap.add_stack(ends.bottom ? ends.bottom : alloca(1), ends.top);
  body(argument);
  vm.heap.remove_stack();
}

void run_on_large_stack(Vm& vm, std::size_t bytes, void (*body)(void*), void* argument) {
  void* stack = reserve_stack(bytes);
  if (!stack) return run_here(vm, body, argument);
  // The caller's words are roots too, those in registers included.
  __builtin_unwind_init();
  vm.heap.add_stack(alloca(1), stack_ends().top);
  StackTask task{&vm, body, argument, static_cast<char*>(stack)};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, bytes);
  pthread_t thread;
  bool started = pthread_create(&thread, &attributes, stack_main, &task) == 0;
  if (started) pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  vm.heap.remove_stack();
  munmap(stack, bytes);
  if (!started) run_here(vm, body, argument);
}

// False where there is no room for it, or no thread to be had.
static bool start(Helper& helper) {
  helper.stack = reserve_stack(helper.bytes);
  if (!helper.stack) return false;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, helper.stack, helper.bytes);
  bool started = pthread_create(&helper.thread, &attributes, helper_main, &helper) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) munmap(helper.stack, helper.bytes);
  return started;
}

static void join(std::deque<Helper>& helpers) {
  for (Helper& helper : helpers) {
    pthread_join(helper.thread, nullptr);
    munmap(helper.stack, helper.bytes);
  }
}

static void start(std::deque<Helper>& helpers, Vm& first, std::uint32_t count, std::size_t bytes, const std::function<void(Vm&)>& body,
                  Offers* offers = nullptr) {
  for (std::uint32_t i = 1; i <= std::min(count, kMostThreads); ++i) {
    Helper& helper = helpers.emplace_back(Helper{&first, static_cast<std::uint8_t>(i), &body, nullptr, bytes, offers});
    if (start(helper)) continue;
    helpers.pop_back();
    break;
  }
}

void run_on_threads(Vm& first, std::uint32_t count, std::size_t bytes, const std::function<void(Vm&)>& body) {
  std::deque<Helper> helpers;
  // While threads are started, and until they end, this one is no hindrance to a collection.
  first.heap.while_away([&] {
    start(helpers, first, count, bytes, body);
    join(helpers);
  });
  for (const Helper& helper : helpers) first.statistics.add(helper.counted);
  if (helpers.empty()) body(first);
}

void run_with_helpers(Vm& vm, std::uint32_t count, std::size_t bytes, const std::function<void()>& body) {
  Offers offers;
  std::deque<Helper> helpers;
  const std::function<void(Vm&)> help = [&](Vm& own) { offers.help(own); };
  vm.heap.while_away([&] { start(helpers, vm, count, bytes, help, &offers); });
  if (!helpers.empty()) vm.offers = &offers;
  body();
  vm.offers = nullptr;
  offers.close(vm);
  vm.heap.while_away([&] { join(helpers); });
  for (const Helper& helper : helpers) vm.statistics.add(helper.counted);
}

}  // namespace evalctl::evaluator

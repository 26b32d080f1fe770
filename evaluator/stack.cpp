// The native stack that evaluation runs on.
#include <alloca.h>
#include <pthread.h>
#include <sys/mman.h>

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
  task->vm->stack_limit = task->bottom + kStackReserve;
  task->vm->heap.add_stack(task->bottom, __builtin_frame_address(0));
  task->body(task->argument);
  task->vm->heap.remove_stack();
  return nullptr;
}

}  // namespace

// The end of the calling thread's stack.
static const void* stack_top() {
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t bytes = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return __builtin_frame_address(0);
  pthread_attr_getstack(&attributes, &bottom, &bytes);
  pthread_attr_destroy(&attributes);
  return static_cast<char*>(bottom) + bytes;
}

void run_on_large_stack(Vm& vm, std::size_t bytes, void (*body)(void*), void* argument) {
  void* stack = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    body(argument);
    return;
  }
  mprotect(stack, 4096, PROT_NONE);
  // The caller's words are roots too, those in registers included.
  __builtin_unwind_init();
  vm.heap.add_stack(alloca(1), stack_top());
  StackTask task{&vm, body, argument, static_cast<char*>(stack)};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, bytes);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, stack_main, &task) == 0) {
    pthread_join(thread, nullptr);
  } else {
    body(argument);
  }
  pthread_attr_destroy(&attributes);
  vm.heap.remove_stack();
  munmap(stack, bytes);
}

}  // namespace evalctl::evaluator

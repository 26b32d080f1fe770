// Where objects live: chunks from the kernel, filled by bumping a pointer; and the stack that evaluation runs on.
#include <pthread.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{32} << 20;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

char* map_chunk(std::size_t bytes) {
  void* p = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    static const char text[] = "error: out of memory\n";
    std::fwrite(text, 1, sizeof text - 1, stderr);
    std::_Exit(1);
  }
  auto address = (reinterpret_cast<std::uintptr_t>(p) + kHugePage - 1) & ~(kHugePage - 1);
  madvise(reinterpret_cast<void*>(address), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<char*>(address);
}

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
  task->body(task->argument);
  return nullptr;
}

}  // namespace

void* Vm::allocate_slow(std::size_t bytes) {
  statistics.bytes += kChunkBytes;
  if (bytes >= kChunkBytes / 4) return map_chunk((bytes + kHugePage - 1) & ~(kHugePage - 1));
  next_ = map_chunk(kChunkBytes);
  limit_ = next_ + kChunkBytes;
  void* p = next_;
  next_ += bytes;
  return p;
}

void run_on_large_stack(Vm& vm, std::size_t bytes, void (*body)(void*), void* argument) {
  void* stack = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    body(argument);
    return;
  }
  mprotect(stack, 4096, PROT_NONE);
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
  munmap(stack, bytes);
}

}  // namespace evalctl::evaluator

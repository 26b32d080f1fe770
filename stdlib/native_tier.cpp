#include "stdlib/native_tier.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

// Of the unwinder, which exceptions for memory that runs out go through.
extern "C" void __register_frame(void*);

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Runs of a function before it is compiled: what takes some milliseconds to compile has to come back often.
constexpr std::int32_t kHeat = 1'000'000;
// How long to wait before looking for code that is being made.
constexpr std::int32_t kPatience = 200;
// Functions compiled at once.
constexpr std::size_t kBatch = 16;

std::atomic<bool> is_at_work{false};
std::atomic<bool> is_forked{false};

std::string program_folder() {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return "";
  return std::filesystem::path(std::string(path, static_cast<std::size_t>(length))).parent_path().string();
}

// Maps code where nobody can write any more. Null when the system refuses.
char* map_code(const std::vector<char>& bytes) {
  void* p = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  std::memcpy(p, bytes.data(), bytes.size());
  if (mprotect(p, bytes.size(), PROT_READ | PROT_EXEC) == 0) return static_cast<char*>(p);
  munmap(p, bytes.size());
  return nullptr;
}

}  // namespace

void NativeTier::attach(Vm& vm, TierMode mode) {
  if (mode == TierMode::Interpreter) return;
  static auto* tier = new NativeTier(mode);
  vm.native_tier = tier;
  vm.native_heat = mode == TierMode::Jit ? 0 : kHeat;
}

bool NativeTier::is_compiling() { return is_at_work.load(); }

std::int32_t NativeTier::hot(Vm& vm, const Code& code) {
  jit::Unit unit{&code, code.body};
  if (is_forked) return INT32_MAX;
  if (mode_ == TierMode::Jit) {
    compile({unit});
    return INT32_MAX;
  }
  std::lock_guard lock(mutex_);
  // Asked again before it was done.
  for (const jit::Unit& waiting : queue_)
    if (waiting.body == unit.body) return kPatience;
  queue_.push_back(unit);
  if (!has_thread_) start_thread();
  wake_.notify_one();
  return kPatience;
}

// A forked process has no such thread, and a compiler whose state nobody knows: it goes on with what code there is.
void NativeTier::start_thread() {
  has_thread_ = true;
  pthread_atfork(nullptr, nullptr, [] {
    is_at_work = false;
    is_forked = true;
  });
  std::thread([this] { work(); }).detach();
}

void NativeTier::work() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
  for (;;) {
    std::vector<jit::Unit> units;
    {
      std::unique_lock lock(mutex_);
      is_at_work = false;
      wake_.wait(lock, [this] { return !queue_.empty(); });
      is_at_work = true;
      std::size_t count = std::min(queue_.size(), kBatch);
      units.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    compile(units);
  }
}

bool NativeTier::load_compiler() {
  if (compiler_ || is_unavailable_) return compiler_;
  std::string folder = program_folder();
  for (const char* place : {"/evalctl-jit.so", "/../lib/evalctl-jit.so"}) {
    void* library = dlopen((folder + place).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    compiler_ = reinterpret_cast<jit::Compile*>(dlsym(library, jit::kCompileSymbol));
    if (compiler_) return true;
  }
  is_unavailable_ = true;
  return false;
}

void NativeTier::compile(const std::vector<jit::Unit>& units) {
  std::lock_guard lock(compiling_);
  jit::Image image;
  if (load_compiler() && compiler_(units, code_table, image)) publish(units, image);
}

void NativeTier::publish(const std::vector<jit::Unit>& units, const jit::Image& image) {
  char* base = map_code(image.bytes);
  if (!base) return;
  if (image.frames) __register_frame(base + image.frames);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (image.entries[i] == jit::kDeclined) continue;
    units[i].body->native.store(reinterpret_cast<NativeEntry>(base + image.entries[i]), std::memory_order_release);
  }
}

}  // namespace evalctl::stdlib

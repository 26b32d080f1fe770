#include "stdlib/native_tier.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "evaluator/native_key.h"
#include "evaluator/stamp.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Runs of a function before the cache is asked; between two looks at how fast it runs; and before it is worth a place in
// the cache.
constexpr std::int32_t kLookupHeat = 32, kLoopRuns = 65'536, kCollectHeat = 200;
// A function is compiled in a running evaluation when it makes at least this part of what runs between two looks. Loading
// the compiler takes as long as some hundred thousand runs, and some 60 MB: that pays in a loop, where few functions do all the
// work and go on doing it, and not where the runs of thousands of functions add up.
constexpr std::uint64_t kLoopShare = 4;
// How long to wait before looking for code that is being made.
constexpr std::int32_t kPatience = 200;
// Functions compiled at once.
constexpr std::size_t kBatch = 16;

std::atomic<bool> is_at_work{false};
std::atomic<bool> is_forked{false};
NativeTier* instance = nullptr;

std::string program_folder() {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return "";
  return std::filesystem::path(std::string(path, static_cast<std::size_t>(length))).parent_path().string();
}

}  // namespace

void NativeTier::attach(Vm& vm, TierMode mode, std::int32_t heat) {
  if (mode == TierMode::Interpreter) return;
  if (!instance) instance = new NativeTier(mode, heat < 0 ? kCollectHeat : heat);
  vm.native_tier = instance;
  vm.native_heat = mode == TierMode::Jit ? 0 : heat < 0 ? kLookupHeat : heat;
}

bool NativeTier::finish() {
  if (!instance) return true;
  {
    // The thread shall not begin anything now.
    std::lock_guard lock(instance->mutex_);
    instance->queue_.clear();
    if (is_at_work.load()) return false;
  }
  std::lock_guard lock(instance->compiling_);
  if (instance->cache_ && !is_forked) instance->cache_->write();
  return true;
}

base::Result<long> NativeTier::compile_collected() {
  for (;;) {
    std::vector<Request> requests = instance->take_batch();
    if (requests.empty()) break;
    instance->compile(requests);
  }
  if (instance->is_unavailable_) return base::fail("there is no compiler beside this program");
  if (instance->cache_ && !instance->cache_->write()) {
    std::string folder = CodeCache::folder();
    return base::fail(folder.empty() ? "there is no folder for machine code" : fmt::format("machine code cannot be kept in '{}'", folder));
  }
  return static_cast<long>(CodeCache().function_count());
}

std::int32_t NativeTier::hot(Vm& vm, const Code& code, const Value* captures) {
  if (is_forked) return INT32_MAX;
  if (mode_ == TierMode::Jit) {
    bool has_failed = !compile({request(vm, code, captures)});
    if (has_failed && !was_told_.exchange(true)) vm.host.message("warning: the compiler to machine code has failed; going on without it");
    if (is_of_another_build_ && !was_told_.exchange(true))
      vm.host.message("warning: the compiler to machine code beside this program, evalctl-jit.so, belongs to another build; going on without it");
    return INT32_MAX;
  }
  if (!code.body->was_looked_up.exchange(true)) {
    auto lock = lock_away(lookup_);
    if (!cache_) cache_ = std::make_unique<CodeCache>();
    if (!cache_->empty()) {
      prepare_native(vm, code);
      if (take_from_cache(code)) {
        ++vm.statistics.cached_code;
        return INT32_MAX;
      }
    }
    return mode_ == TierMode::Collect ? collect_heat_ : kLoopRuns;
  }
  auto lock = lock_away(mutex_);
  if (mode_ == TierMode::Auto && !is_loop(vm, code)) return kLoopRuns;
  // Asked again before it was done.
  for (const Request& waiting : queue_)
    if (waiting.unit.body == code.body) return kPatience;
  queue_.push_back(request(vm, code, captures));
  if (mode_ == TierMode::Collect) return INT32_MAX;
  if (!has_thread_) start_thread();
  wake_.notify_one();
  return kPatience;
}

NativeTier::Request NativeTier::request(Vm& vm, const Code& code, const Value* captures) {
  prepare_native(vm, code);
  std::string key = native_key(code);
  return {{&code, code.body, native_id(key), known_callees(vm, code, captures)}, key};
}

bool NativeTier::is_loop(const Vm& vm, const Code& code) {
  std::uint64_t runs = vm.statistics.calls + vm.statistics.thunks_forced;
  Pace& pace = paces_[code.body];
  if (pace.is_loop) return true;
  pace.is_loop = pace.runs && runs - pace.runs <= kLoopRuns * kLoopShare;
  pace.runs = runs;
  return pace.is_loop;
}

bool NativeTier::take_from_cache(const Code& code) {
  std::unique_lock lock(compiling_, std::try_to_lock);
  char* entry = lock ? cache_->find(native_key(code)) : nullptr;
  if (entry) code.body->native.store(reinterpret_cast<NativeEntry>(entry), std::memory_order_release);
  return entry;
}

// A forked process has no such thread, and a compiler whose state nobody knows: it goes on with what code there is.
void NativeTier::start_thread() {
  has_thread_ = true;
  pthread_atfork(nullptr, nullptr, [] {
    is_at_work = false;
    is_forked = true;
  });
  try {
    std::thread([this] { work(); }).detach();
  } catch (const std::system_error&) {
    // Where memory is short there is none, and nothing is compiled.
  }
}

std::vector<NativeTier::Request> NativeTier::take_batch() {
  auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kBatch));
  std::vector<Request> requests(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return requests;
}

void NativeTier::work() {
  for (;;) {
    std::vector<Request> requests;
    {
      std::unique_lock lock(mutex_);
      is_at_work = false;
      wake_.wait(lock, [this] { return !queue_.empty(); });
      is_at_work = true;
      requests = take_batch();
    }
    compile(requests);
  }
}

bool NativeTier::load_compiler() {
  if (compiler_ || is_unavailable_) return compiler_;
  std::string folder = program_folder();
  for (const char* place : {"/evalctl-jit.so", "/../lib/evalctl-jit.so"}) {
    void* library = dlopen((folder + place).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    auto* stamp = reinterpret_cast<jit::Stamp*>(dlsym(library, jit::kStampSymbol));
    if (!stamp || std::strcmp(stamp(), kStamp) != 0) {
      is_of_another_build_ = true;
      continue;
    }
    compiler_ = reinterpret_cast<jit::Compile*>(dlsym(library, jit::kCompileSymbol));
    if (compiler_) return true;
  }
  is_unavailable_ = true;
  return false;
}

bool NativeTier::compile(const std::vector<Request>& requests) {
  std::lock_guard lock(compiling_);
  std::vector<jit::Unit> units;
  for (const Request& request : requests) units.push_back(request.unit);
  jit::Image image;
  if (!load_compiler()) return true;
  if (!compiler_(units, code_table, image)) return false;
  publish(requests, image);
  return true;
}

void NativeTier::publish(const std::vector<Request>& requests, const jit::Image& image) {
  char* base = map_code(image.bytes.data(), image.bytes.size(), image.frames);
  if (!base) return;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    keys.push_back(requests[i].key);
    if (image.entries[i] == jit::kDeclined) continue;
    requests[i].unit.body->native.store(reinterpret_cast<NativeEntry>(base + image.entries[i]), std::memory_order_release);
  }
  if (cache_) cache_->add(image, keys);
}

}  // namespace evalctl::stdlib

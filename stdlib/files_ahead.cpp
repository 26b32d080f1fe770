#include "stdlib/files_ahead.h"

#include <pthread.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/files.h"
#include "evaluator/program.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Address space for the parser and for lowering, whose depth is limited.
constexpr std::size_t kStackOfThread = std::size_t{64} << 20;
constexpr unsigned kMostThreads = 2;

// The one that a fork has to stop.
FilesAhead* instance = nullptr;

}  // namespace

FilesAhead::FilesAhead(Vm& vm) : vm_(vm), is_off_(std::thread::hardware_concurrency() < 2 || instance) {
  if (is_off_) return;
  instance = this;
  static const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  is_off_ = registered != 0;
}

FilesAhead::~FilesAhead() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
    changed_.notify_all();
  }
  if (!is_off_)
    for (unsigned long thread : threads_) pthread_join(thread, nullptr);
  if (instance == this) instance = nullptr;
}

// Those that are at a file finish it; none holds a lock of the process then, or the mutex.
void FilesAhead::before_fork() {
  if (!instance) return;
  std::unique_lock lock(instance->mutex_);
  instance->stands_still_ = true;
  instance->changed_.wait(lock, [] { return instance->at_work_ == 0; });
  lock.release();
}

void FilesAhead::after_fork_in_parent() {
  if (!instance) return;
  instance->stands_still_ = false;
  instance->changed_.notify_all();
  instance->mutex_.unlock();
}

void FilesAhead::after_fork_in_child() {
  if (!instance) return;
  instance->is_off_ = true;
  instance->mutex_.unlock();
}

void FilesAhead::expect_listed(const Ir& ir, const std::string& directory, const std::string& disk) {
  if (is_off_ || disk.empty()) return;
  std::lock_guard lock(mutex_);
  for (const IrNode& node : ir.nodes) {
    if (node.kind != IrKind::List) continue;
    for (std::uint32_t word : ir.extra.subspan(node.a, node.b)) {
      const IrNode& element = ir.nodes[word];
      if (element.kind != IrKind::Path) continue;
      std::string_view text = ir.text.substr(element.a, element.b);
      auto below = [&](const std::string& folder) { return canonical_path(folder + '/' + std::string(text)); };
      if (text.starts_with('.')) expect(below(directory), below(disk));
    }
  }
  if (!waiting_.empty() && threads_.empty()) start_threads();
  changed_.notify_all();
}

// With the mutex held.
void FilesAhead::expect(std::string path, std::string disk) {
  if (!path.ends_with(".nix") || files_.size() >= kMostFiles) return;
  if (files_.try_emplace(path).second) waiting_.push_back({std::move(path), std::move(disk)});
}

void FilesAhead::start_threads() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackOfThread);
  for (unsigned i = 0; i < std::min(kMostThreads, std::thread::hardware_concurrency() - 1); ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, thread_main, this) != 0) break;
    threads_.push_back(thread);
  }
  pthread_attr_destroy(&attributes);
  is_off_ = threads_.empty();
}

void* FilesAhead::thread_main(void* self) {
  static_cast<FilesAhead*>(self)->work();
  return nullptr;
}

void FilesAhead::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ends_ || (!stands_still_ && !waiting_.empty() && bytes_ < kMostBytes); });
    if (ends_) return;
    Expected expected = std::move(waiting_.front());
    waiting_.pop_front();
    File& done = files_.at(expected.path);
    if (done.state != File::Waiting) continue;
    done.state = File::AtWork;
    ++at_work_;
    lock.unlock();
    std::string text = base::peek_file(expected.disk, kLargestFile);
    auto ir = text.empty() ? nullptr : lower_quietly(vm_, text);
    lock.lock();
    --at_work_;
    bytes_ += text.size();
    done.state = File::Done;
    done.text = std::move(text);
    done.ir = std::move(ir);
    changed_.notify_all();
  }
}

std::unique_ptr<const Ir> FilesAhead::take(const std::string& file, std::string& text) {
  if (is_off_) return nullptr;
  std::unique_lock lock(mutex_);
  auto found = files_.find(file);
  if (found == files_.end()) return nullptr;
  File& expected = found->second;
  if (expected.state == File::AtWork) while_away([&] { changed_.wait(lock, [&] { return expected.state == File::Done; }); });
  // Nobody else is to begin with it.
  if (expected.state == File::Waiting) {
    expected.state = File::Done;
    return nullptr;
  }
  auto ir = std::move(expected.ir);
  std::string known = std::exchange(expected.text, {});
  bytes_ -= known.size();
  changed_.notify_all();
  if (!ir || known != text) return nullptr;
  text.swap(known);
  return ir;
}

}  // namespace evalctl::stdlib

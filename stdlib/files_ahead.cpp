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

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// The one that a fork has to stop.
FilesAhead* instance = nullptr;

}  // namespace

FilesAhead::FilesAhead(Vm& vm, bool forgets_texts)
    : vm_(vm), forgets_texts_(forgets_texts), is_off_(std::thread::hardware_concurrency() < 2 || instance) {
  if (is_off_) return;
  instance = this;
  static const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  is_off_ = registered != 0;
}

FilesAhead::~FilesAhead() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
    due_.notify_all();
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
  instance->at_rest_.wait(lock, [] { return instance->at_work_ == 0; });
  lock.release();
}

void FilesAhead::after_fork_in_parent() {
  if (!instance) return;
  instance->stands_still_ = false;
  instance->due_.notify_all();
  instance->mutex_.unlock();
}

void FilesAhead::after_fork_in_child() {
  if (!instance) return;
  instance->is_off_ = true;
  instance->mutex_.unlock();
}

void FilesAhead::expect_named(const Ir& ir, const std::string& directory, const std::string& disk) {
  if (is_off_ || disk.empty()) return;
  std::lock_guard lock(mutex_);
  std::size_t before = waiting_.size();
  auto add = [&](const std::string& text) {
    auto below = [&](const std::string& folder) { return canonical_path(folder + '/' + text); };
    if (text.starts_with('.')) expect(below(directory), below(disk));
  };
  for (const std::string& path : ir.parts->listed_paths) add(path);
  // A file that names more, as all-packages.nix does, uses few of them.
  if (ir.parts->path_count <= IrParts::kFirstPaths)
    for (const std::string& path : ir.parts->first_paths) add(path);
  if (waiting_.size() == before) return;
  if (threads_.empty()) start_threads();
  due_.notify_all();
}

// With the mutex held.
void FilesAhead::expect(std::string path, std::string disk) {
  if (files_.size() >= kMostFiles) return;
  if (!path.ends_with(".nix")) path += "/default.nix", disk += "/default.nix";
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
    due_.wait(lock, [&] { return ends_ || (!stands_still_ && !waiting_.empty() && bytes_ < kMostBytes); });
    if (ends_) return;
    Expected expected = std::move(waiting_.front());
    waiting_.pop_front();
    File& done = files_.at(expected.path);
    if (done.state != File::Waiting) continue;
    done.state = File::AtWork;
    ++at_work_;
    lock.unlock();
    std::string text = base::peek_file(expected.disk, kLargestFile);
    Ready ready{text.empty() ? nullptr : lower_quietly(vm_, text), std::nullopt};
    if (ready.ir) expect_named(*ready.ir, folder_of(expected.path), folder_of(expected.disk));
    if (ready.ir && forgets_texts_) ready.digest.emplace(text);
    lock.lock();
    --at_work_;
    bytes_ += text.size();
    done.state = File::Done;
    done.text = std::move(text);
    done.ready = std::move(ready);
    if (takers_ != 0) done_.notify_all();
    if (stands_still_) at_rest_.notify_all();
  }
}

FilesAhead::Ready FilesAhead::take(const std::string& file, std::string& text) {
  if (is_off_) return {};
  std::unique_lock lock(mutex_);
  auto found = files_.find(file);
  if (found == files_.end()) return {};
  File& expected = found->second;
  if (expected.state == File::AtWork) {
    // Coming back waits for a collection, which may wait for who wants the lock.
    ++takers_;
    while_away([&] {
      done_.wait(lock, [&] { return expected.state == File::Done; });
      lock.unlock();
    });
    lock.lock();
    --takers_;
  }
  // Nobody else is to begin with it.
  if (expected.state == File::Waiting) {
    expected.state = File::Done;
    return {};
  }
  Ready ready = std::move(expected.ready);
  std::string known = std::exchange(expected.text, {});
  bool was_full = bytes_ >= kMostBytes;
  bytes_ -= known.size();
  if (was_full) due_.notify_all();
  if (!ready.ir || known != text) return {};
  text.swap(known);
  return ready;
}

}  // namespace evalctl::stdlib

// Formatting of files and folders: several threads walk the folders and format what they find.
//
// The unit of work is a folder: a thread lists it, leaves its subfolders to whoever is free and formats its files.
#include <dirent.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/files.h"
#include "cli/fmt_file.h"
#include "cli/fmt_plan.h"
#include "cli/streams.h"
#include "formatter/folder.h"

namespace evalctl::cli {
namespace {

using formatter::Folder;
using Status = FormatOutcome::Status;
using Clock = std::chrono::steady_clock;

constexpr auto kProgressAfter = std::chrono::milliseconds(200);

// What version control keeps for itself.
bool is_private_folder(std::string_view name) { return name == ".git" || name == ".hg" || name == ".jj" || name == ".svn"; }

struct Task {
  // As the user wrote it, and the same without links: messages show the one, settings go by the other.
  std::string path;
  // The folder around it, and its name there. A root, which the user named, has none.
  Folder::Pointer parent;
  std::string name;
};

struct Listing {
  Folder::Contents contents;
  std::vector<std::string> folders, files;
};

// While it lives, whoever ends the process waits for the files at hand: none is left half done, with a temporary file beside it.
// Threads that start meanwhile are in it, too.
class FinishedFiles {
 public:
  FinishedFiles() {
    sigemptyset(&ending_);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ending_, signal);
    pthread_sigmask(SIG_BLOCK, &ending_, &before_);
  }
  // Here a signal that waits takes effect.
  ~FinishedFiles() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  FinishedFiles(const FinishedFiles&) = delete;

  // Whether somebody waits.
  bool are_enough() const {
    sigset_t waiting;
    return sigpending(&waiting) == 0 && (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGHUP) == 1);
  }

 private:
  sigset_t ending_, before_;
};

class Walk {
 public:
  explicit Walk(const FormatPlan& plan) : plan_(plan) {}

  void add(Task task);
  void run(unsigned threads);
  void finish(FormatOutcome outcome);
  int report();

 private:
  void work();
  void root(const Task& task);
  void subfolder(const Task& task);
  void visit(const std::string& path, const Folder::Pointer& here, const Listing& listing);
  bool is_left_out(const Folder& here, const std::string& name, bool is_folder) const;
  void file(const std::string& path, const Folder& here, const std::string& name);
  void show_progress();
  void summarize() const;

  const FormatPlan& plan_;
  const FinishedFiles* finished_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
  std::size_t running_ = 0;
  // All but those of unchanged files.
  std::vector<FormatOutcome> outcomes_;
  std::size_t unchanged_ = 0, formatted_ = 0, failed_ = 0;
  std::set<std::string> settings_errors_;
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point shown_ = started_;
};

std::string cannot_read(const std::string& path) { return fmt::format("cannot read '{}': {}", path, std::strerror(errno)); }

std::string join(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

void Walk::add(Task task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void Walk::run(unsigned threads) {
  std::optional<FinishedFiles> finished;
  if (plan_.writes_files()) finished_ = &finished.emplace();
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
  work();
  for (std::thread& other : others) other.join();
  finished_ = nullptr;
}

void Walk::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return !tasks_.empty() || running_ == 0; });
    if (tasks_.empty()) break;
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    ++running_;
    lock.unlock();
    if (task.parent) subfolder(task);
    else root(task);
    lock.lock();
    --running_;
  }
  changed_.notify_all();
}

// What a folder holds that matters. Links are left out: what they point to is met where it lies.
bool list(const std::string& path, Listing& out) {
  DIR* stream = opendir(path.c_str());
  if (!stream) return false;
  while (dirent* entry = readdir(stream)) {
    std::string_view name = entry->d_name;
    unsigned char type = entry->d_type;
    struct stat status;
    if (type == DT_UNKNOWN && lstat(join(path, entry->d_name).c_str(), &status) == 0) {
      type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_LNK;
    }
    if (name == ".git") out.contents.repository = true;
    else if (name == "evalctl.toml") out.contents.project_file = true;
    else if (name == ".editorconfig") out.contents.editor_config = true;
    else if (name == ".gitignore") out.contents.ignore_file = true;
    else if (type == DT_REG && name.ends_with(".nix")) out.files.emplace_back(name);
    if (type == DT_DIR && name != "." && name != ".." && !is_private_folder(name)) out.folders.emplace_back(name);
  }
  closedir(stream);
  return true;
}

// A file or folder that the user named.
void Walk::root(const Task& task) {
  struct stat status;
  char* resolved = stat(task.path.c_str(), &status) == 0 ? realpath(task.path.c_str(), nullptr) : nullptr;
  if (!resolved) return finish(failed_outcome(plan_, task.path, cannot_read(task.path)));
  std::string absolute = resolved;
  std::free(resolved);
  if (S_ISDIR(status.st_mode)) {
    Listing listing;
    if (!list(task.path, listing)) return finish(failed_outcome(plan_, task.path, cannot_read(task.path)));
    return visit(task.path, Folder::open(absolute, plan_.use_settings), listing);
  }
  if (plan_.as_nixfmt && !task.path.ends_with(".nix")) return;
  std::size_t slash = absolute.rfind('/');
  std::string name = absolute.substr(slash + 1);
  Folder::Pointer here = Folder::open(slash == 0 ? "/" : absolute.substr(0, slash), plan_.use_settings);
  if (here->is_excluded_with_folders(name)) return;
  if (plan_.exclude.judge(task.path, false) == formatter::IgnorePatterns::Verdict::Ignored) return;
  file(task.path, *here, name);
}

void Walk::subfolder(const Task& task) {
  Listing listing;
  if (!list(task.path, listing)) return finish(failed_outcome(plan_, task.path, cannot_read(task.path)));
  visit(task.path, Folder::enter(task.parent, task.name, plan_.use_settings ? listing.contents : Folder::Contents{}), listing);
}

void Walk::visit(const std::string& path, const Folder::Pointer& here, const Listing& listing) {
  for (const std::string& name : listing.folders) {
    if (!is_left_out(*here, name, true)) add({join(path, name), here, name});
  }
  for (const std::string& name : listing.files) {
    if (!is_left_out(*here, name, false)) file(join(path, name), *here, name);
  }
}

bool Walk::is_left_out(const Folder& here, const std::string& name, bool is_folder) const {
  if (plan_.use_ignore_files && here.is_ignored(name, is_folder)) return true;
  if (here.is_excluded(name, is_folder)) return true;
  if (plan_.exclude.empty()) return false;
  // The patterns of the command line are relative to the working folder.
  static const std::string working = base::working_folder();
  std::string absolute = join(here.path(), name);
  std::string_view relative = absolute;
  if (absolute.starts_with(join(working, ""))) relative.remove_prefix(join(working, "").size());
  return plan_.exclude.judge(relative, is_folder) == formatter::IgnorePatterns::Verdict::Ignored;
}

void Walk::file(const std::string& path, const Folder& here, const std::string& name) {
  if (finished_ && finished_->are_enough()) return;
  if (!here.error().empty()) {
    // Said once, not for each file.
    std::unique_lock lock(mutex_);
    if (!settings_errors_.insert(here.error()).second) return;
    lock.unlock();
    return finish(failed_outcome(plan_, path, here.error()));
  }
  finish(format_file(plan_, path, options_for(plan_, here.options(name, {}))));
}

void Walk::finish(FormatOutcome outcome) {
  std::lock_guard lock(mutex_);
  switch (outcome.status) {
    case Status::Unchanged: ++unchanged_; break;
    case Status::Changed: ++formatted_; break;
    case Status::Failed: ++failed_; break;
  }
  if (!outcome.output.empty() || !outcome.errors.empty()) outcomes_.push_back(std::move(outcome));
  if (on_terminal_ && !plan_.quiet && !plan_.as_nixfmt) show_progress();
}

void Walk::show_progress() {
  Clock::time_point now = Clock::now();
  if (now - shown_ < kProgressAfter) return;
  shown_ = now;
  fmt::print(stderr, "\r\x1b[K{} files", unchanged_ + formatted_ + failed_);
  std::fflush(stderr);
}

void Walk::summarize() const {
  auto count = [](std::size_t n, std::string_view what) {
    return n == 0 ? std::string() : fmt::format("{} file{} {}, ", n, n == 1 ? "" : "s", what);
  };
  double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  fmt::print(stderr, "{}{}{}in {:.2f} s\n", count(formatted_, plan_.writes_files() ? "formatted" : "to be formatted"),
             count(failed_, "failed"), count(unchanged_, "already formatted"), seconds);
}

int Walk::report() {
  if (shown_ != started_) fmt::print(stderr, "\r\x1b[K");
  std::ranges::sort(outcomes_, {}, &FormatOutcome::path);
  for (const FormatOutcome& outcome : outcomes_) {
    std::fwrite(outcome.output.data(), 1, outcome.output.size(), stdout);
    std::fwrite(outcome.errors.data(), 1, outcome.errors.size(), stderr);
  }
  bool written = !output_failed();
  if (on_terminal_ && !plan_.quiet && !plan_.as_nixfmt) summarize();
  bool found = formatted_ > 0 && !plan_.writes_files();
  if (plan_.as_nixfmt) return failed_ > 0 || found ? 1 : 0;
  return failed_ > 0 || !written ? 2 : found ? 1 : 0;
}

}  // namespace

int format_paths(const FormatPlan& plan) {
  // A large file needs large blocks one after the other: these go back to the system at once. Small ones are kept.
  constexpr int kLargeBlock = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  mallopt(M_TRIM_THRESHOLD, 4 * kLargeBlock);
  Walk walk(plan);
  unsigned threads = 1;
  for (const std::string& path : plan.paths) {
    struct stat status;
    if (path == "-") {
      walk.finish(format_standard_input(plan));
      continue;
    }
    bool is_folder = stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (is_folder || plan.paths.size() > 8) threads = plan.threads ? plan.threads : std::max(1u, std::thread::hardware_concurrency());
    walk.add({path, nullptr, {}});
  }
  walk.run(threads);
  return walk.report();
}

}  // namespace evalctl::cli

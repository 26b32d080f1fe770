#include "cli/watch.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/files.h"
#include "evaluator/dependencies.h"
#include "evaluator/edits.h"
#include "evaluator/program.h"
#include "stdlib/lowered_files.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

// Exit status of a process that wants another one to begin anew.
constexpr int kAnew = 75;
// Whoever has more is no user's project.
constexpr std::size_t kMostFollowed = 1000;
// A saved file may come in several steps.
constexpr int kSettleMilliseconds = 10;
// Where the kernel does not tell of changes.
constexpr int kPollMilliseconds = 500;

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/');
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int Watch::repeat(Words words, int (*run)(Words)) {
  for (;;) {
    std::fflush(nullptr);
    pid_t child = fork();
    if (child < 0) {
      fmt::print(stderr, "error: cannot start a process\n");
      return 1;
    }
    if (child == 0) return run(words);
    int status = wait_for(child);
    if (status != kAnew) return status;
  }
}

Watch::Watch(Session& session, bool follows) : session_(session) {
  base::observations = &observations_;
  folders_.push_back(base::working_folder());
  if (!follows) return;
  session_.tier = stdlib::TierMode::Interpreter;
  session_.vm.dependencies = new Dependencies;
  session_.vm.dependencies->follows = [this](std::string_view path) { return is_followed(path); };
}

bool Watch::is_followed(std::string_view path) {
  if (session_.world.is_in_store(path) || followed_ >= kMostFollowed) return false;
  auto holds = [&](const std::string& folder) { return is_below(path, folder); };
  auto named = [&](const stdlib::SearchEntry& entry) { return entry.path == path; };
  return std::ranges::any_of(folders_, holds) || std::ranges::any_of(session_.world.search_path, named);
}

// Blocks until something that was read may have changed.
void Watch::wait() {
  int events = inotify_init1(IN_CLOEXEC);
  bool told = events >= 0;
  for (const std::string& folder : observations_.folders())
    told = told && inotify_add_watch(events, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB) >= 0;
  pollfd waited{told ? events : -1, POLLIN, 0};
  poll(&waited, 1, told ? -1 : kPollMilliseconds);
  alignas(inotify_event) char buffer[1 << 14];
  while (told && poll(&waited, 1, kSettleMilliseconds) > 0 && read(events, buffer, sizeof buffer) > 0) {}
  if (events >= 0) close(events);
}

// Takes over the edits of followed files. False when evaluation has to begin anew.
bool Watch::take_edits() {
  Vm& vm = session_.vm;
  std::vector<std::uint32_t> codes;
  for (std::uint32_t number = 1, files = vm.program().files.size(); number < files; ++number) {
    const SourceFile& file = vm.program().files[number];
    if (!file.is_followed) continue;
    auto text = session_.world.read_file(file.path);
    if (!text) return false;
    if (*text == file.text()) continue;
    // Positions point into it.
    auto leaves = edit_leaves(vm, number, *new std::string(std::move(*text)));
    if (!leaves) return false;
    codes.insert(codes.end(), leaves->begin(), leaves->end());
  }
  vm.dependencies->forget(codes);
  return true;
}

// In a fork: the status that it ends with.
int Watch::again(const std::function<bool()>& evaluate, std::string& seen) {
  auto begin = std::chrono::steady_clock::now();
  bool refreshed = false;
  if (!session_.vm.dependencies || seen.empty() || !base::Observations::hold(seen, refreshed) || !take_edits()) return kAnew;
  if (!evaluate()) return kAnew;
  std::fflush(stdout);
  std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  fmt::print(stderr, "evaluated again in {:.0f} ms\n", taken.count());
  return 0;
}

void Watch::stand_by(const std::function<bool()>& evaluate) {
  base::observations = nullptr;
  std::fflush(stdout);
  if (session_.world.lowered) session_.world.lowered->write(session_.vm, session_.parse_cache == Session::ParseCache::Always);
  std::string seen = observations_.to_text([this](const std::string& path) { return is_followed(path); });
  for (;;) {
    wait();
    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) _exit(again(evaluate, seen));
    int status = child < 0 ? kAnew : wait_for(child);
    if (status != 0) _exit(status);
  }
}

void Watch::wait_and_end() {
  base::observations = nullptr;
  std::fflush(nullptr);
  wait();
  _exit(kAnew);
}

}  // namespace evalctl::cli

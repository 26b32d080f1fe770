#include "cli/watch.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include "base/observations.h"

namespace evalctl::cli {
namespace {

// Exit status of a process that wants another one to begin anew.
constexpr int kAnew = 75;
// A saved file may come in several steps.
constexpr int kSettleMilliseconds = 10;
// Where the kernel does not tell of changes.
constexpr int kPollMilliseconds = 500;

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Tells of changes in folders.
class Events {
 public:
  Events() : number_(inotify_init1(IN_CLOEXEC)), told_(number_ >= 0) {}
  void follow(const std::set<std::string>& folders) {
    for (const std::string& folder : folders)
      told_ = told_ && inotify_add_watch(number_, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB) >= 0;
  }
  // Blocks until there is one; any time may pass where they are not told.
  void wait() const {
    alignas(inotify_event) char buffer[1 << 14];
    pollfd waited{told_ ? number_ : -1, POLLIN, 0};
    poll(&waited, 1, told_ ? -1 : kPollMilliseconds);
    while (told_ && poll(&waited, 1, kSettleMilliseconds) > 0 && read(number_, buffer, sizeof buffer) > 0) {}
  }

 private:
  int number_;
  bool told_;
};

// Answers again until somebody has to begin anew.
void repeat_answer() {
  Events events;
  for (;;) {
    events.follow(standing->folders);
    auto begin = std::chrono::steady_clock::now();
    // What changed while it was evaluated counts.
    bool edited = standing->was_edited(), holds = standing->holds();
    if (!edited && (holds || !standing->seen)) {
      events.wait();
      if (standing->seen) continue;
    }
    if (!holds || !standing->takes_edits() || !standing->again()) return;
    std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    fmt::print(stderr, "evaluated again in {:.0f} ms\n", taken.count());
    standing->rest();
  }
}

int evaluate_and_repeat(Words words, int (*stand_by)(Words)) {
  base::Observations observations;
  base::observations = &observations;
  int status = stand_by(words);
  base::observations = nullptr;
  std::fflush(nullptr);
  if (!standing) return status;
  standing->folders = observations.folders();
  standing->seen = observations.to_text();
  if (standing->seen || observations.is_forgotten()) repeat_answer();
  // Otherwise something has changed while it was evaluated, or so shortly before that the next change would not be told.
  else poll(nullptr, 0, base::kClockStep / 1'000'000 + 1);
  return kAnew;
}

}  // namespace

int watch(Words words, int (*stand_by)(Words)) {
  pid_t parent = getpid();
  for (;;) {
    std::fflush(nullptr);
    pid_t child = fork();
    if (child < 0) {
      fmt::print(stderr, "error: cannot start a process\n");
      return 1;
    }
    if (child == 0) {
      // Nobody is left to whom it could answer.
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      _exit(getppid() == parent ? evaluate_and_repeat(words, stand_by) : 1);
    }
    int status = wait_for(child);
    if (status != kAnew) return status;
  }
}

}  // namespace evalctl::cli

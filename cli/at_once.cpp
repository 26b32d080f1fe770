#include "cli/at_once.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <utility>

#include "base/observations.h"

namespace evalctl::cli {

using namespace evaluator;

bool evaluate_at_once(Session& session, unsigned threads, std::size_t count, const std::function<bool(Vm&, std::size_t)>& evaluate) {
  std::vector<std::vector<std::string>> messages(count);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  run_on_threads(session.vm, threads, kStackBytes, [&](Vm& vm) {
    for (std::size_t i; !failed && (i = next.fetch_add(1)) < count;) {
      auto* outside = std::exchange(stdlib::World::held_messages, &messages[i]);
      try {
        if (!evaluate(vm, i)) failed = true;
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      stdlib::World::held_messages = outside;
      vm.error.reset();
    }
  });
  if (failed) return false;
  for (const auto& of_one : messages)
    for (const std::string& message : of_one) session.world.message(message);
  return true;
}

Standby::Standby(Session& session) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  std::fflush(stdout);
  std::fflush(stderr);
  pid_t parent = getpid();
  pid_ = fork();
  if (pid_ != 0) {
    close(ends[0]);
    pipe_ = ends[1];
    return;
  }
  close(ends[1]);
  session.ends_inside = true;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  ssize_t got = 0;
  do got = read(ends[0], &session.shown_elsewhere, sizeof session.shown_elsewhere);
  while (got < 0 && errno == EINTR);
  if (got != sizeof session.shown_elsewhere || getppid() != parent) _exit(0);
  close(ends[0]);
  if (auto opened = session.world.reopen_store_after_fork(); !opened) session.vm.fail_other("{}", opened.error().message);
}

Standby::~Standby() {
  if (pipe_ < 0) return;
  close(pipe_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

int Standby::take_over(const Session& session) {
  int status = 0;
  std::fflush(stdout);
  // Nobody here learns what the other process reads.
  base::saw_what_changes();
  if (pid_ < 0 || write(pipe_, &session.messages, sizeof session.messages) != sizeof session.messages) return 1;
  close(pipe_);
  pipe_ = -1;
  waitpid(pid_, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace evalctl::cli

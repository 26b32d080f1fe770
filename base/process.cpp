#include "base/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/observations.h"

extern char** environ;

namespace evalctl::base {
namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { (void)!pipe2(ends, O_CLOEXEC); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
};

// Reads what is there; false at the end.
bool drain(int descriptor, std::string& out) {
  char buffer[65536];
  ssize_t got = read(descriptor, buffer, sizeof buffer);
  if (got < 0) return errno == EINTR;
  out.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

void collect(Pipe& output, Pipe& errors, ProcessResult& result) {
  pollfd waits[2] = {{output.ends[0], POLLIN, 0}, {errors.ends[0], POLLIN, 0}};
  std::string* targets[2] = {&result.output, &result.errors};
  for (int open = 2; open > 0;) {
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
    for (int i = 0; i < 2; ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0 || drain(waits[i].fd, *targets[i])) continue;
      waits[i].fd = -1;
      --open;
    }
  }
}

// A program to be started: its words and variables as the system wants them.
class Start {
 public:
  Start(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
    for (const std::string& word : words) arguments_.push_back(const_cast<char*>(word.c_str()));
    arguments_.push_back(nullptr);
    for (char** variable = environ; *variable; ++variable) {
      std::string_view text = *variable;
      if (!environment.contains(std::string(text.substr(0, text.find('='))))) settings_.emplace_back(text);
    }
    for (const auto& [name, value] : environment) settings_.push_back(name + "=" + value);
    for (std::string& setting : settings_) variables_.push_back(setting.data());
    variables_.push_back(nullptr);
  }

  Result<pid_t> run(const posix_spawn_file_actions_t* actions) {
    pid_t child = 0;
    int failure = posix_spawnp(&child, arguments_[0], actions, nullptr, arguments_.data(), variables_.data());
    if (failure) return fail(fmt::format("cannot run '{}': {}", arguments_[0], std::strerror(failure)));
    return child;
  }

 private:
  std::vector<char*> arguments_, variables_;
  std::vector<std::string> settings_;
};

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProcessResult> run_program(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
  saw_what_changes();
  Start start(words, environment);
  Pipe output, errors;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, errors.ends[1], 2);
  auto child = start.run(&actions);
  posix_spawn_file_actions_destroy(&actions);
  if (!child) return std::unexpected(child.error());
  output.close_end(1);
  errors.close_end(1);
  ProcessResult result;
  collect(output, errors, result);
  result.status = wait_for(*child);
  return result;
}

Result<int> run_attached(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
  saw_what_changes();
  auto child = Start(words, environment).run(nullptr);
  if (!child) return std::unexpected(child.error());
  return wait_for(*child);
}

Result<ProcessResult> run_attached_for_output(const std::vector<std::string>& words) {
  saw_what_changes();
  Pipe output;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output.ends[1], 1);
  auto child = Start(words, {}).run(&actions);
  posix_spawn_file_actions_destroy(&actions);
  if (!child) return std::unexpected(child.error());
  output.close_end(1);
  ProcessResult result;
  while (drain(output.ends[0], result.output)) {}
  result.status = wait_for(*child);
  return result;
}

}  // namespace evalctl::base

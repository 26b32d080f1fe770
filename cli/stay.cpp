#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/observations.h"
#include "cli/answers.h"
#include "cli/streams.h"
#include "cli/watch.h"

namespace evalctl::cli {
namespace {

constexpr std::string_view kOption = "--stay";
constexpr char kAnswered = 'a';

struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  int number;
};

// None when the path is too long for a socket.
std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// A message of one byte, which passes on standard output and standard error.
struct Passing {
  explicit Passing(char* byte) : part{byte, 1} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
  }
  iovec part;
  alignas(cmsghdr) char room[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr message{};
};

bool send_streams(int connection) {
  char byte = 0;
  Passing passing(&byte);
  cmsghdr* header = CMSG_FIRSTHDR(&passing.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(2 * sizeof(int));
  int streams[2] = {STDOUT_FILENO, STDERR_FILENO};
  std::memcpy(CMSG_DATA(header), streams, sizeof streams);
  return sendmsg(connection, &passing.message, MSG_NOSIGNAL) == 1;
}

// Makes the streams of whoever asks this process's own.
bool take_streams(int connection) {
  char byte = 0;
  Passing passing(&byte);
  if (recvmsg(connection, &passing.message, MSG_CMSG_CLOEXEC) != 1) return false;
  cmsghdr* header = CMSG_FIRSTHDR(&passing.message);
  if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(2 * sizeof(int))) return false;
  int streams[2];
  std::memcpy(streams, CMSG_DATA(header), sizeof streams);
  Descriptor output(streams[0]), errors(streams[1]);
  output_was_replaced();
  return dup2(output.number, STDOUT_FILENO) >= 0 && dup2(errors.number, STDERR_FILENO) >= 0;
}

bool is_own(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

// Whether a process that has stayed has given the answer.
bool ask(const std::string& socket_path) {
  auto address = address_of(socket_path);
  Descriptor connection(address ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1);
  if (connection.number < 0 || connect(connection.number, reinterpret_cast<sockaddr*>(&*address), sizeof *address) != 0) return false;
  char answered = 0;
  return is_own(connection.number) && send_streams(connection.number) && read(connection.number, &answered, 1) == 1 && answered == kAnswered;
}

// Nobody reads or writes there.
void drop_streams() {
  Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing.number, stream);
}

// For one that asks. False when somebody has to begin anew.
bool answer(int connection, std::string& seen) {
  standing->was_edited();
  bool refreshed = false;
  bool answered = take_streams(connection) && base::Observations::hold(seen, refreshed, false) && standing->again();
  drop_streams();
  return answered && write(connection, &kAnswered, 1) == 1;
}

// Until nobody has asked for so long, or somebody has to begin anew; the socket is gone before whoever asked hears of that.
void serve(int listener, const std::string& socket_path, int milliseconds, std::string seen) {
  for (pollfd waited{listener, POLLIN, 0}; poll(&waited, 1, milliseconds) > 0;) {
    Descriptor connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.number < 0 || !is_own(connection.number) || answer(connection.number, seen)) continue;
    unlink(socket_path.c_str());
    return;
  }
  unlink(socket_path.c_str());
}

// Unless another process stands there already.
void stay_behind(const std::string& file, int milliseconds) {
  auto seen = kept_observations(file);
  std::string socket_path = file + ".socket";
  auto address = address_of(socket_path);
  if (!standing || !standing->evaluate || !seen || !address) return;
  auto* where = reinterpret_cast<sockaddr*>(&*address);
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listener.number < 0 || probe.number < 0 || connect(probe.number, where, sizeof *address) == 0) return;
  unlink(socket_path.c_str());
  if (bind(listener.number, where, sizeof *address) != 0 || listen(listener.number, 8) != 0) return;
  serve(listener.number, socket_path, milliseconds, std::move(*seen));
}

// The milliseconds of --stay; none when they cannot be read.
std::optional<int> time_to_stay(Words words) {
  constexpr int kMostSeconds = 86'400;
  auto option = std::ranges::find(words, kOption);
  if (option == words.end() || option + 1 == words.end()) return std::nullopt;
  const std::string& text = option[1];
  int seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kMostSeconds) return std::nullopt;
  return seconds * 1000;
}

}  // namespace

int stay(std::string_view command, Words words, int (*run)(Words)) {
  auto milliseconds = time_to_stay(words);
  if (!milliseconds) {
    fmt::print(stderr, "error: '--stay' takes a number of seconds, of a day at most\n");
    return 2;
  }
  if (replay_answer(command, words)) return 0;
  std::string file = answer_file(command, words);
  if (!file.empty() && ask(file + ".socket")) return 0;
  int ends[2];
  pid_t child = -1;
  if (file.empty() || pipe2(ends, O_CLOEXEC) != 0 || (child = fork()) < 0) return run_remembered(command, words, run);
  Descriptor result(ends[0]), given(ends[1]);
  if (child == 0) {
    char status = static_cast<char>(flush_output(run_remembered(command, words, run)));
    setsid();
    drop_streams();
    bool heard = write(given.number, &status, 1) == 1;
    for (Descriptor* end : {&result, &given}) close(std::exchange(end->number, -1));
    if (heard && status == 0) stay_behind(file, *milliseconds);
    _exit(0);
  }
  close(std::exchange(given.number, -1));
  char status = 0;
  if (read(result.number, &status, 1) == 1) return status;
  int ended = 0;
  waitpid(child, &ended, 0);
  return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

}  // namespace evalctl::cli

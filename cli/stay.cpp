#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/files.h"
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

bool write_all(int connection, std::string_view text) {
  while (!text.empty()) {
    ssize_t sent = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool read_all(int connection, char* text, std::size_t size) {
  while (size > 0) {
    ssize_t got = read(connection, text, size);
    if (got <= 0) return false;
    text += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

// All variables, each with a zero behind it, after their size.
bool send_environment(int connection) {
  std::string all;
  for (char** variable = environ; *variable; ++variable) all.append(*variable).append(1, '\0');
  std::uint32_t size = static_cast<std::uint32_t>(all.size());
  return write_all(connection, {reinterpret_cast<const char*>(&size), sizeof size}) && write_all(connection, all);
}

// Makes the variables of whoever asks this process's own: what is read again is told from them.
bool take_environment(int connection) {
  constexpr std::uint32_t kMostBytes = 1 << 24;
  std::uint32_t size = 0;
  if (!read_all(connection, reinterpret_cast<char*>(&size), sizeof size) || size > kMostBytes) return false;
  std::string all(size, '\0');
  if (!read_all(connection, all.data(), size)) return false;
  clearenv();
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    std::string variable = all.c_str() + at;
    std::size_t equals = variable.find('=', 1);
    if (equals != variable.npos) setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
  }
  return true;
}

// Whether the working folder is the one that its path leads to, as it was when the path was asked for: it may have been moved,
// and another one have taken its place.
bool is_in_place(const std::string& folder) {
  struct stat here, there;
  return stat(".", &here) == 0 && stat(folder.c_str(), &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
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
  return is_own(connection.number) && send_streams(connection.number) && send_environment(connection.number) &&
         read(connection.number, &answered, 1) == 1 && answered == kAnswered;
}

// Nobody reads or writes there.
void drop_streams() {
  Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing.number, stream);
}

// Where a process waits to be asked.
struct Post {
  std::string socket_path;
  std::string folder;  // the working folder
};

// For one that asks. False when somebody has to begin anew; the socket is gone before whoever asked hears of that.
bool answer(int connection, const Post& post) {
  bool asked = take_streams(connection) && take_environment(connection) && is_in_place(post.folder);
  if (asked) standing->was_edited();
  bool answered = asked && standing->takes_edits() && standing->holds() && standing->again();
  drop_streams();
  bool stays = answered && standing->seen;
  if (!stays) unlink(post.socket_path.c_str());
  return (!answered || write_all(connection, {&kAnswered, 1})) && stays;
}

// Until nobody has asked for so long, or somebody has to begin anew.
void serve(int listener, const Post& post, int milliseconds) {
  for (pollfd waited{listener, POLLIN, 0}; poll(&waited, 1, milliseconds) > 0;) {
    Descriptor connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.number < 0 || !is_own(connection.number)) continue;
    if (!answer(connection.number, post)) return;
    close(std::exchange(connection.number, -1));
    standing->rest();
  }
  unlink(post.socket_path.c_str());
}

// Unless another process stands there already.
void wait_for_questions(const Post& post, int milliseconds) {
  auto address = address_of(post.socket_path);
  if (!address) return;
  auto* where = reinterpret_cast<sockaddr*>(&*address);
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listener.number < 0 || probe.number < 0 || connect(probe.number, where, sizeof *address) == 0) return;
  unlink(post.socket_path.c_str());
  if (bind(listener.number, where, sizeof *address) != 0 || listen(listener.number, 8) != 0) return;
  serve(listener.number, post, milliseconds);
}

// Once the answer is there. Of what was edited meanwhile somebody else evaluates the answer, who leaves another process behind.
void stay_behind(int answered, const Post& post, int milliseconds, Words words, int (*stand_by)(Words)) {
  setsid();
  drop_streams();
  char byte = 0;
  if (read(answered, &byte, 1) != 1) return;
  base::Observations observations;
  base::observations = &observations;
  int status = stand_by(words);
  base::observations = nullptr;
  if (status != 0 || !standing || !standing->evaluate) return;
  standing->seen = observations.to_text();
  bool refreshed = false;
  if (standing->seen && base::Observations::hold(*standing->seen, refreshed)) wait_for_questions(post, milliseconds);
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

int stay(std::string_view command, Words words, int (*answer)(Words), int (*stand_by)(Words)) {
  auto milliseconds = time_to_stay(words);
  if (!milliseconds) {
    fmt::print(stderr, "error: '--stay' takes a number of seconds, of a day at most\n");
    return 2;
  }
  if (replay_answer(command, words)) return 0;
  std::string file = answer_file(command, words), socket_path = file + ".socket";
  if (!file.empty() && ask(socket_path)) return 0;
  int ends[2];
  if (file.empty() || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return run_remembered(command, words, answer);
  auto mine = std::make_unique<Descriptor>(ends[0]), other = std::make_unique<Descriptor>(ends[1]);
  pid_t child = fork();
  if (child == 0) {
    mine.reset();
    stay_behind(other->number, {socket_path, base::working_folder()}, *milliseconds, words, stand_by);
    _exit(0);
  }
  other.reset();
  bool repeats = false;
  int status = run_remembered(command, words, answer, &repeats);
  if (child > 0 && status == 0 && repeats) send(mine->number, &kAnswered, 1, MSG_NOSIGNAL);
  return status;
}

}  // namespace evalctl::cli

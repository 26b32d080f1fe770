#include "store/daemon_connection.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

extern char** environ;

namespace evalctl::store {
namespace {

constexpr std::uint64_t kClientMagic = 0x6e697863, kDaemonMagic = 0x6478696f;
constexpr std::uint64_t kNewest = protocol(37), kOldest = protocol(25);

enum Message : std::uint64_t {
  kNext = 0x6f6c6d67, kRead = 0x64617461, kWrite = 0x64617416, kLast = 0x616c7473, kError = 0x63787470, kStartActivity = 0x53545254,
  kStopActivity = 0x53544f50, kResult = 0x52534c54
};

// The kinds of activities and results that a person wants to see.
constexpr std::uint64_t kBuildActivity = 105, kSubstituteActivity = 108, kBuildLogLine = 101;

// `text` without the escape sequences that colour it: who shows it adds its own.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\033') {
      out += text[i];
      continue;
    }
    // "ESC [ digits and semicolons, a letter".
    if (i + 1 < text.size() && text[i + 1] == '[') {
      i = std::min(text.find_first_not_of("0123456789;", i + 2), text.size() - 1);
    }
  }
  return out;
}

}  // namespace

std::string daemon_socket_path() {
  if (const char* path = std::getenv("NIX_DAEMON_SOCKET_PATH"); path && *path) return path;
  const char* state = std::getenv("NIX_STATE_DIR");
  return fmt::format("{}/daemon-socket/socket", state && *state ? state : "/nix/var/nix");
}

base::Result<std::unique_ptr<DaemonConnection>> DaemonConnection::connect(const std::string& socket_path, DaemonLog log) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return base::fail(fmt::format("the path of the socket '{}' is too long", socket_path));
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0 || ::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    int code = errno;
    if (file >= 0) close(file);
    return base::fail(fmt::format("cannot connect to the Nix daemon at '{}': {}", socket_path, std::strerror(code)));
  }
  // A daemon that goes away is an error of the next write, not the end of this process.
  signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<DaemonConnection> result(new DaemonConnection(file, file, 0, std::move(log)));
  if (auto greeted = result->greet(); !greeted) return std::unexpected(greeted.error());
  return result;
}

base::Result<std::unique_ptr<DaemonConnection>> DaemonConnection::start(DaemonLog log) {
  int requests[2] = {-1, -1}, answers[2] = {-1, -1};
  if (pipe2(requests, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
    return base::fail(fmt::format("cannot start 'nix-daemon': {}", std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, requests[0], 0);
  posix_spawn_file_actions_adddup2(&actions, answers[1], 1);
  const char* words[] = {"nix-daemon", "--stdio", nullptr};
  pid_t child = 0;
  int code = posix_spawnp(&child, words[0], &actions, nullptr, const_cast<char* const*>(words), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(requests[0]);
  close(answers[1]);
  if (code != 0) {
    close(requests[1]);
    close(answers[0]);
    return base::fail(fmt::format("cannot start 'nix-daemon': {}", std::strerror(code)));
  }
  signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<DaemonConnection> result(new DaemonConnection(answers[0], requests[1], child, std::move(log)));
  if (auto greeted = result->greet(); !greeted) return std::unexpected(greeted.error());
  return result;
}

DaemonConnection::~DaemonConnection() {
  if (child_ == 0) return;
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
}

base::Result<void> DaemonConnection::greet() {
  wire_.put(kClientMagic);
  wire_.flush();
  if (wire_.number() != kDaemonMagic) wire_.fail("what answers is no Nix daemon");
  std::uint64_t theirs = wire_.number();
  if (wire_.ok() && (theirs >> 8 != 1 || theirs < kOldest)) {
    wire_.fail(fmt::format("the Nix daemon speaks protocol {}.{}; {}.{} or newer is needed", theirs >> 8, theirs & 0xff, kOldest >> 8,
                           kOldest & 0xff));
  }
  version_ = std::min(theirs, kNewest);
  wire_.put(kNewest);
  wire_.put(std::uint64_t{0});  // no processor affinity
  wire_.put(std::uint64_t{0});  // no space to be reserved
  wire_.flush();
  if (version_ >= protocol(33)) wire_.text();    // its release
  if (version_ >= protocol(35)) wire_.number();  // whether it trusts us
  answered();
  return result();
}

Wire& DaemonConnection::begin(Operation operation) {
  wire_.put(static_cast<std::uint64_t>(operation));
  return wire_;
}

base::Result<void> DaemonConnection::result() {
  if (!wire_.ok()) return base::fail(wire_.failure());
  if (error_.empty()) return {};
  return base::fail(std::exchange(error_, {}));
}

bool DaemonConnection::answered() {
  wire_.flush();
  error_.clear();
  while (wire_.ok()) {
    switch (std::uint64_t message = wire_.number()) {
      case kLast: return wire_.ok();
      case kError: read_error(); return false;
      case kNext: {
        std::string line = plain(wire_.text());
        while (line.ends_with('\n')) line.pop_back();
        if (log_ && !line.empty()) log_(line);
        break;
      }
      case kStartActivity: read_activity(); break;
      case kStopActivity: wire_.number(); break;
      case kResult: read_result(); break;
      case kWrite: wire_.text(); break;
      case kRead: wire_.fail("the Nix daemon asked for data that no request of ours has"); break;
      default:
        if (wire_.ok()) wire_.fail(fmt::format("the Nix daemon sent an unknown message ({:#x})", message));
    }
  }
  return false;
}

void DaemonConnection::read_error() {
  if (version_ >= protocol(26)) {
    wire_.text();    // "Error"
    wire_.number();  // level
    wire_.text();    // name
    error_ = plain(wire_.text());
    wire_.number();  // no position
    for (std::uint64_t count = wire_.number(); count > 0 && wire_.ok(); --count) {
      wire_.number();
      wire_.text();
    }
  } else {
    error_ = wire_.text();
    wire_.number();  // status
  }
  if (error_.starts_with("error: ")) error_.erase(0, 7);
  if (error_.empty()) error_ = "the Nix daemon reported a failure without saying which";
}

void DaemonConnection::read_fields() {
  last_field_.clear();
  for (std::uint64_t count = wire_.number(); count > 0 && wire_.ok(); --count) {
    if (wire_.number() == 0) wire_.number();
    else last_field_ = wire_.text();
  }
}

void DaemonConnection::read_activity() {
  wire_.number();  // which
  wire_.number();  // level
  std::uint64_t kind = wire_.number();
  std::string text = wire_.text();
  read_fields();
  wire_.number();  // the activity it belongs to
  if (log_ && !text.empty() && (kind == kBuildActivity || kind == kSubstituteActivity)) log_(plain(text));
}

void DaemonConnection::read_result() {
  wire_.number();  // of which activity
  std::uint64_t kind = wire_.number();
  read_fields();
  if (log_ && kind == kBuildLogLine) log_(last_field_);
}

}  // namespace evalctl::store

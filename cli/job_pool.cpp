#include "cli/job_pool.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

namespace evalctl::cli {
namespace {

// A message is its length and its bytes: of a request the names of a path, of an answer the kind, whether the worker ends,
// and the names or the line. Each name ends with a zero byte, which Nix's strings cannot hold.
constexpr std::size_t kHeader = sizeof(std::uint64_t);

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string framed(std::string_view bytes) {
  std::uint64_t size = bytes.size();
  std::string out(reinterpret_cast<const char*>(&size), kHeader);
  return out.append(bytes);
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Appends what is there. False at the end.
bool receive_some(int socket, std::string& into) {
  char buffer[65536];
  ssize_t got = 0;
  do got = recv(socket, buffer, sizeof buffer, 0);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  into.append(buffer, static_cast<std::size_t>(got));
  return true;
}

// Takes the first message from `received`, when it is whole.
bool take_message(std::string& received, std::string& message) {
  std::uint64_t size = 0;
  if (received.size() < kHeader) return false;
  std::memcpy(&size, received.data(), kHeader);
  if (received.size() - kHeader < size) return false;
  message = received.substr(kHeader, size);
  received.erase(0, kHeader + size);
  return true;
}

std::string packed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(name) += '\0';
  return out;
}

std::vector<std::string> unpacked(std::string_view bytes) {
  std::vector<std::string> names;
  while (!bytes.empty()) {
    std::size_t end = std::min(bytes.find('\0'), bytes.size() - 1);
    names.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  return names;
}

// Bytes of memory that this process takes, those included that it shares with the one it was forked from.
std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file && std::fscanf(file, "%zu %zu", &total, &resident) != 2) resident = 0;
  if (file) std::fclose(file);
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string cause_of_death(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return "was killed, perhaps because memory ran out";
  if (WIFSIGNALED(status)) return fmt::format("died of signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

JobPool::JobPool(Limits limits, Read read, Done done) : limits_(limits), read_(std::move(read)), done_(std::move(done)) {
  limits_.workers = std::max(limits_.workers, 1u);
}

JobPool::~JobPool() {
  for (Worker& worker : workers_) {
    if (worker.pid != 0 && worker.busy) kill(worker.pid, SIGTERM);
    end(worker);
  }
}

bool JobPool::start(std::string& error) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    error = fmt::format("cannot start a worker: {}", std::strerror(errno));
    return false;
  }
  std::fflush(stdout);
  std::fflush(stderr);
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) {
    error = fmt::format("cannot start a worker: {}", std::strerror(errno));
    close(sockets[0]);
    close(sockets[1]);
    return false;
  }
  if (pid == 0) {
    // A worker ends with the process it works for, also when that is killed.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    close(sockets[0]);
    for (const Worker& other : workers_) {
      if (other.socket >= 0) close(other.socket);
    }
    serve(sockets[1]);
  }
  close(sockets[1]);
  auto free = std::find_if(workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.pid == 0; });
  if (free == workers_.end()) free = workers_.insert(free, Worker{});
  free->pid = pid;
  free->socket = sockets[0];
  return true;
}

void JobPool::serve(int socket) {
  std::size_t at_start = resident_bytes();
  std::string received, message;
  bool fresh = true, ends = false;
  while (!ends) {
    while (!take_message(received, message)) {
      if (!receive_some(socket, received)) _exit(0);
    }
    JobReply reply = read_(unpacked(message), fresh, ends);
    fresh = false;
    std::size_t taken = resident_bytes();
    // What was there at the start would be there in another worker too.
    if (taken > limits_.memory && taken - std::min(taken, at_start) > limits_.memory / 8) ends = true;
    std::string answer{static_cast<char>(reply.kind), ends ? '1' : '0'};
    answer += reply.kind == JobReply::Kind::Line ? reply.line : packed(reply.names);
    std::fflush(stderr);
    if (!send_all(socket, framed(answer))) break;
  }
  // Nothing of the other process is to be flushed or freed here.
  _exit(0);
}

void JobPool::give(Worker& worker) {
  worker.path = *waiting_.begin();
  waiting_.erase(waiting_.begin());
  worker.busy = true;
  worker.begun = now();
  // When it died meanwhile, reading from it will tell.
  send_all(worker.socket, framed(packed(worker.path)));
}

void JobPool::end(Worker& worker) {
  if (worker.socket >= 0) close(worker.socket);
  if (worker.pid != 0) waitpid(worker.pid, nullptr, 0);
  worker = Worker{};
}

void JobPool::finished(const AttributePath& path, JobReply reply, double begun) {
  for (AttributePath next : done_(path, std::move(reply), now() - begun, stop_)) waiting_.insert(std::move(next));
}

void JobPool::receive(Worker& worker) {
  if (!receive_some(worker.socket, worker.received)) return died(worker);
  std::string message;
  if (!take_message(worker.received, message) || message.size() < 2) return;
  worker.busy = false;
  AttributePath path = std::move(worker.path);
  double begun = worker.begun;
  JobReply reply{static_cast<JobReply::Kind>(message[0]), {}, {}};
  bool ends = message[1] == '1';
  if (reply.kind == JobReply::Kind::Line) reply.line = message.substr(2);
  else reply.names = unpacked(std::string_view(message).substr(2));
  if (ends) end(worker);
  finished(path, std::move(reply), begun);
}

void JobPool::died(Worker& worker) {
  int status = 0;
  waitpid(worker.pid, &status, 0);
  close(worker.socket);
  Worker dead = std::move(worker);
  worker = Worker{};
  if (!dead.busy) return;
  std::string error = fmt::format("error: the process that evaluated this {}\n", cause_of_death(status));
  finished(dead.path, {JobReply::Kind::Line, {}, error_line(dead.path, error, "")}, dead.begun);
}

bool JobPool::run(std::set<AttributePath> paths, std::string& error) {
  waiting_ = std::move(paths);
  while (!stop_) {
    for (Worker& worker : workers_) {
      if (worker.pid != 0 && !worker.busy && !waiting_.empty()) give(worker);
    }
    auto running = static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(), [](const Worker& w) { return w.pid != 0; }));
    if (!waiting_.empty() && running < limits_.workers) {
      // With fewer workers than wanted it goes on, if slower.
      if (!start(error) && running == 0) return false;
      if (error.empty()) continue;
    }
    std::vector<pollfd> polled;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (!workers_[i].busy) continue;
      polled.push_back({workers_[i].socket, POLLIN, 0});
      places.push_back(i);
    }
    if (polled.empty()) break;
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) break;
    for (std::size_t i = 0; i < polled.size() && !stop_; ++i) {
      if (polled[i].revents != 0) receive(workers_[places[i]]);
    }
  }
  error.clear();
  return true;
}

}  // namespace evalctl::cli

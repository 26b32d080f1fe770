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
#include <mutex>

namespace evalctl::cli {
namespace {

// A message is its length and its bytes: the number of a job, then of a request the names of its path, of an answer the
// kind, whether the process ends, how many messages there are, these, and the names or the line. Each text ends with a
// zero byte, which Nix's strings cannot hold.
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

std::string number_bytes(std::uint64_t number) { return {reinterpret_cast<const char*>(&number), sizeof number}; }

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  bytes.remove_prefix(std::min(bytes.size(), sizeof number));
  return number;
}

std::string packed_reply(std::uint64_t number, const JobReply& reply, bool ends) {
  std::string out = number_bytes(number);
  out += {static_cast<char>(reply.kind), ends ? '1' : '0'};
  out += number_bytes(reply.messages.size()) + packed(reply.messages);
  return out + packed(has_line(reply) ? std::vector{reply.line} : reply.names);
}

JobReply unpacked_reply(std::string_view bytes, bool& ends) {
  JobReply reply{static_cast<JobReply::Kind>(bytes[0]), {}, {}, {}};
  ends = bytes[1] == '1';
  bytes.remove_prefix(2);
  std::size_t messages = take_number(bytes);
  std::vector<std::string> texts = unpacked(bytes);
  auto end = texts.begin() + static_cast<std::ptrdiff_t>(std::min(messages, texts.size()));
  reply.messages.assign(texts.begin(), end);
  texts.erase(texts.begin(), end);
  if (has_line(reply) && !texts.empty()) reply.line = std::move(texts[0]);
  else reply.names = std::move(texts);
  return reply;
}

// The worker's end of its socket. Its threads take requests from it in turn.
class Requests {
 public:
  explicit Requests(int socket) : socket_(socket) {}
  // Ends the process when there will be no more. Nothing of the other process is to be flushed or freed then.
  std::uint64_t next(AttributePath& path) {
    std::lock_guard lock(receiving_);
    std::string message;
    while (!take_message(received_, message))
      if (!receive_some(socket_, received_)) _exit(0);
    std::string_view bytes = message;
    std::uint64_t number = take_number(bytes);
    path = unpacked(bytes);
    return number;
  }
  void answer(const std::string& text) {
    std::lock_guard lock(sending_);
    if (!send_all(socket_, framed(text))) _exit(0);
  }

 private:
  int socket_;
  std::mutex receiving_, sending_;
  std::string received_;
};

}  // namespace

JobPool::JobPool(evaluator::Vm& vm, Limits limits, MakeReader make_reader, Done done)
    : vm_(vm), limits_(limits), make_reader_(std::move(make_reader)), done_(std::move(done)) {
  limits_.threads = std::max(limits_.threads, 1u);
}

JobPool::~JobPool() {
  for (auto& [number, worker] : workers_) {
    if (worker.pid == 0) continue;
    if (!worker.tasks.empty()) kill(worker.pid, SIGTERM);
    end(worker);
  }
}

bool JobPool::start(bool alone, std::string& error) {
  auto failed = [&] {
    error = fmt::format("cannot start a worker: {}", std::strerror(errno));
    return false;
  };
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return failed();
  std::fflush(stdout);
  std::fflush(stderr);
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) {
    failed();
    close(sockets[0]);
    close(sockets[1]);
    return false;
  }
  if (pid == 0) {
    // A worker ends with the process it works for, also when that is killed.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    close(sockets[0]);
    for (const auto& [number, other] : workers_) close(other.socket);
    serve(sockets[1], alone);
  }
  close(sockets[1]);
  Worker& worker = workers_[started_++];
  worker.pid = pid;
  worker.socket = sockets[0];
  worker.alone = alone;
  return true;
}

void JobPool::serve(int socket, bool alone) {
  std::size_t at_start = resident_bytes();
  Requests requests(socket);
  auto work = [&](evaluator::Vm& vm) {
    Read read = make_reader_(vm, alone);
    AttributePath path;
    for (;;) {
      std::uint64_t number = 0;
      vm.heap.while_away([&] { number = requests.next(path); });
      bool ends = false;
      JobReply reply = read(path, ends);
      std::size_t taken = resident_bytes();
      // What was there at the start would be there in another worker too.
      ends |= taken > limits_.memory && taken - std::min(taken, at_start) > limits_.memory / 8;
      std::fflush(stderr);
      requests.answer(packed_reply(number, reply, ends));
    }
  };
  if (alone || limits_.threads == 1) work(vm_);
  else evaluator::run_on_threads(vm_, limits_.threads, evaluator::kStackBytes, work);
  _exit(0);
}

void JobPool::give(Worker& worker, std::set<AttributePath>& from) {
  Task& task = worker.tasks[++given_];
  task = {*from.begin(), now()};
  from.erase(from.begin());
  // When it died meanwhile, reading from it will tell.
  send_all(worker.socket, framed(number_bytes(given_) + packed(task.path)));
}

void JobPool::end(Worker& worker) {
  close(worker.socket);
  waitpid(worker.pid, nullptr, 0);
}

void JobPool::finished(const Task& task, JobReply reply) {
  if (reply.kind == JobReply::Kind::Alone) return waiting_alone_.insert(task.path), void();
  for (AttributePath next : done_(task.path, std::move(reply), now() - task.begun, stop_)) waiting_.insert(std::move(next));
}

void JobPool::answered(Worker& worker, std::string_view message) {
  std::uint64_t number = take_number(message);
  auto task = worker.tasks.extract(number);
  if (task.empty() || message.size() < 2) return;
  bool ends = false;
  JobReply reply = unpacked_reply(message, ends);
  worker.ends |= ends || worker.alone;
  finished(task.mapped(), std::move(reply));
}

void JobPool::receive(Worker& worker) {
  if (!receive_some(worker.socket, worker.received)) return died(worker);
  std::string message;
  while (!stop_ && take_message(worker.received, message)) answered(worker, message);
}

void JobPool::died(Worker& worker) {
  int status = 0;
  waitpid(worker.pid, &status, 0);
  close(worker.socket);
  worker.pid = 0;
  // Of several jobs nobody knows which was too much for it.
  bool known = worker.tasks.size() == 1;
  for (const auto& [number, task] : worker.tasks) {
    std::string error = fmt::format("error: the process that evaluated this {}\n", cause_of_death(status));
    if (known) finished(task, {JobReply::Kind::Failure, {}, error_line(task.path, error, ""), {}});
    else waiting_alone_.insert(task.path);
  }
  worker.tasks.clear();
}

JobPool::Worker* JobPool::shared_worker() {
  auto found = std::ranges::find_if(workers_, [](const auto& w) { return !w.second.alone && !w.second.ends; });
  return found == workers_.end() ? nullptr : &found->second;
}

std::size_t JobPool::busy_alone() const {
  return static_cast<std::size_t>(std::ranges::count_if(workers_, [](const auto& w) { return w.second.alone; }));
}

bool JobPool::give_jobs(std::string& error) {
  if (waiting_.empty()) return true;
  Worker* worker = shared_worker();
  // One process after the other: the budget is that of one.
  bool old_one = std::ranges::any_of(workers_, [](const auto& w) { return !w.second.alone && w.second.ends; });
  if (!worker && old_one) return true;
  if (!worker && !start(false, error)) return false;
  if (!worker) worker = shared_worker();
  while (!waiting_.empty() && worker->tasks.size() < limits_.threads) give(*worker, waiting_);
  return true;
}

// One at a time while others are evaluated.
bool JobPool::give_jobs_alone(std::string& error) {
  bool others = std::ranges::any_of(workers_, [](const auto& w) { return !w.second.alone && !w.second.tasks.empty(); });
  while (!waiting_alone_.empty() && busy_alone() < (others ? 1 : limits_.threads)) {
    // With fewer than wanted it goes on, if slower.
    if (!start(true, error)) return std::ranges::any_of(workers_, [](const auto& w) { return !w.second.tasks.empty(); });
    give(workers_.rbegin()->second, waiting_alone_);
  }
  return true;
}

void JobPool::wait() {
  std::vector<pollfd> polled;
  std::vector<std::size_t> numbers;
  for (const auto& [number, worker] : workers_) {
    if (worker.tasks.empty()) continue;
    polled.push_back({worker.socket, POLLIN, 0});
    numbers.push_back(number);
  }
  if (poll(polled.data(), polled.size(), -1) < 0) return;
  for (std::size_t i = 0; i < polled.size() && !stop_; ++i)
    if (polled[i].revents != 0) receive(workers_[numbers[i]]);
}

// Those that died, or have grown too large and are done.
void JobPool::end_workers() {
  for (auto it = workers_.begin(); it != workers_.end();) {
    Worker& worker = it->second;
    bool over = worker.pid == 0 || (worker.ends && worker.tasks.empty());
    if (over && worker.pid != 0) end(worker);
    it = over ? workers_.erase(it) : std::next(it);
  }
}

bool JobPool::run(std::set<AttributePath> paths, std::string& error) {
  waiting_ = std::move(paths);
  while (!stop_) {
    end_workers();
    if (!give_jobs(error) || !give_jobs_alone(error)) return false;
    if (std::ranges::all_of(workers_, [](const auto& w) { return w.second.tasks.empty(); })) break;
    wait();
  }
  error.clear();
  return true;
}

}  // namespace evalctl::cli

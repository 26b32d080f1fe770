#include "lsp/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

#include "lsp/worker_queries.h"
#include "lsp/worker_session.h"
#include "stdlib/lowered_files.h"

namespace evalctl::lsp {
namespace {

// ---- Limits of a process at work. A timer's signal looks at them: it comes however the work goes astray.
volatile sig_atomic_t watched_descriptor = -1;
std::int64_t watched_deadline = 0;  // CLOCK_MONOTONIC, milliseconds
std::uint64_t watched_pages = 0;

std::int64_t now_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// Resident pages. Safe in a signal handler.
std::uint64_t resident_pages() {
  char text[128];
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text);
  close(file);
  std::uint64_t pages = 0;
  ssize_t i = 0;
  while (i < size && text[i] != ' ') ++i;
  for (++i; i < size && text[i] >= '0' && text[i] <= '9'; ++i) pages = pages * 10 + static_cast<std::uint64_t>(text[i] - '0');
  return pages;
}

[[noreturn]] void give_up(Reply reason) {
  char frame[sizeof(std::uint64_t) + 1] = {1};
  frame[sizeof(std::uint64_t)] = static_cast<char>(reason);
  // Whatever was sent before was whole frames.
  (void)!send(watched_descriptor, frame, sizeof frame, MSG_NOSIGNAL);
  _exit(3);
}

void watch(int) {
  int saved = errno;
  if (now_milliseconds() > watched_deadline) give_up(Reply::OutOfTime);
  if (watched_pages != 0 && resident_pages() > watched_pages) give_up(Reply::OutOfMemory);
  errno = saved;
}

void start_watch(int descriptor, std::uint64_t milliseconds, std::uint64_t memory_bytes) {
  watched_descriptor = descriptor;
  watched_deadline = now_milliseconds() + static_cast<std::int64_t>(milliseconds);
  watched_pages = memory_bytes == 0 ? 0 : resident_pages() + memory_bytes / static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action{};
  action.sa_handler = watch;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  itimerval every{{0, 20'000}, {0, 20'000}};
  setitimer(ITIMER_REAL, &every, nullptr);
}

void stop_watch() {
  itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
}

// The kernel says so when something happens to the connection: that it is closed, or that there is room to write again.
void look_after_server(int) {
  int saved = errno;
  pollfd connection{watched_descriptor, POLLRDHUP, 0};
  if (poll(&connection, 1, 0) == 1 && (connection.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) _exit(0);
  errno = saved;
}

// Ends this process as soon as the server closes the connection, however busy it is.
void die_with(int descriptor, bool on) {
  watched_descriptor = descriptor;
  struct sigaction action{};
  action.sa_handler = look_after_server;
  action.sa_flags = SA_RESTART;
  sigaction(SIGIO, &action, nullptr);
  fcntl(descriptor, F_SETOWN, getpid());
  int flags = fcntl(descriptor, F_GETFL);
  fcntl(descriptor, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC);
  if (on) look_after_server(0);
}

// ---- The processes

// For the next start; what fails only costs time then. Nothing interrupts it.
void keep_lowered_files(Machine& machine) {
  stop_watch();
  if (machine.world.lowered) (void)machine.world.lowered->write(machine.vm, false);
  (void)machine.world.tree_hashes.write();
}

class Server {
 public:
  Server(Machine& machine, Session* session) : machine_(machine), session_(session) {}

  // Forks a process for every socket that comes in. Returns only in those, with the socket; nothing at the end.
  std::optional<Socket> accept(Socket& control) {
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
      auto socket = control.receive_socket();
      if (!socket) return std::nullopt;
      pid_t child = fork();
      if (child != 0) continue;
      signal(SIGCHLD, SIG_DFL);
      control.close();
      return socket;
    }
  }

  // Answers the request on `socket`. A session goes on as a server itself.
  void handle(Socket socket) {
    auto frame = socket.receive();
    if (!frame) return;
    Reader in(*frame);
    auto kind = static_cast<Request>(in.number());
    std::uint64_t milliseconds = in.number();
    std::uint64_t memory = machine_.setup.memory_bytes;
    start_watch(socket.descriptor(), milliseconds, memory);
    die_with(socket.descriptor(), true);
    if (memory != 0) machine_.vm.heap.set_limit(machine_.vm.heap.mapped_bytes() + memory);
    if (kind == Request::Session) return serve_session(std::move(socket), in);
    if (kind == Request::Edit) return serve_edited(std::move(socket), in);
    Writer out;
    bool answered = answer(machine_, session_, kind, in, out, [&](const std::string& part) { send_frame(socket, Reply::Part, part); });
    // The limits end a process between frames only.
    stop_watch();
    if (answered) socket.send(static_cast<char>(Reply::Answer) + out.take());
    else socket.send(std::string(1, static_cast<char>(Reply::Failed)));
  }

 private:
  // The limits end a process between frames only.
  static void send_frame(Socket& socket, Reply kind, const std::string& content) {
    sigset_t alarm, before;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, &before);
    socket.send(static_cast<char>(kind) + content);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void serve_session(Socket socket, Reader& in) {
    Session session(machine_, read_session_setup(in));
    session.run([&](const std::vector<Problem>& problems) {
      Writer out;
      out.list(problems, [&](const Problem& problem) { write(out, problem); });
      send_frame(socket, Reply::Problems, out.take());
    });
    go_on(std::move(socket), session);
  }

  // A session of which only what an edit changes is evaluated.
  void serve_edited(Socket socket, Reader& in) {
    if (session_ && session_->run_again(read_session_setup(in))) return go_on(std::move(socket), *session_);
    stop_watch();
    socket.send(std::string(1, static_cast<char>(Reply::Failed)));
  }

  // Is the server of this session until its end.
  void go_on(Socket socket, Session& session) {
    Writer out;
    session.write_summary(out);
    stop_watch();
    die_with(socket.descriptor(), false);
    if (!socket.send(static_cast<char>(Reply::Ready) + out.take())) return;
    keep_lowered_files(machine_);
    Server inner(machine_, &session);
    if (auto query = inner.accept(socket)) inner.handle(std::move(*query));
  }

  Machine& machine_;
  Session* session_;
};

void serve(Machine& machine, Socket& control) {
  constexpr std::uint64_t kLoadingMilliseconds = 110'000;
  start_watch(control.descriptor(), kLoadingMilliseconds, machine.setup.memory_bytes);
  die_with(control.descriptor(), true);
  if (!machine.start()) return;
  machine.load();
  keep_lowered_files(machine);
  stop_watch();
  die_with(control.descriptor(), false);
  Writer ready;
  ready.text(machine.setup.nixpkgs);
  // What must not change for as long as this process is of use.
  ready.texts(machine.world.imported_files());
  if (!control.send(static_cast<char>(Reply::Ready) + ready.take())) return;
  Server server(machine, nullptr);
  if (auto query = server.accept(control)) server.handle(std::move(*query));
}

}  // namespace

int run_worker(int descriptor) {
  Socket control(descriptor);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  // Standard output belongs to the protocol of the server, and traces interest nobody here.
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard : {0, 1, 2}) dup2(nowhere, standard);
  auto frame = control.receive();
  if (!frame) return 0;
  Reader in(*frame);
  // Never freed: the process ends with it.
  auto* machine = new Machine(read_setup(in));
  struct Task { Machine* machine; Socket* control; } task{machine, &control};
  evaluator::run_on_large_stack(machine->vm, evaluator::kStackBytes, [](void* raw) {
    auto* t = static_cast<Task*>(raw);
    try {
      serve(*t->machine, *t->control);
    } catch (const std::exception&) {
    }
    // Also in forked processes, where no other thread is left.
    _exit(0);
  }, &task);
  return 0;
}

}  // namespace evalctl::lsp

#include "lsp/project_evaluation.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>

#include "lsp/modules.h"

extern char** environ;

namespace evalctl::lsp {
namespace {

constexpr std::chrono::seconds kLoadingPatience{120};
constexpr int kWorkerDescriptor = 3;

// The worker: this program, whatever has become of its file. -1 when it cannot be started.
pid_t spawn_worker(const Socket& end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, end.descriptor(), kWorkerDescriptor);
  std::string descriptor = std::to_string(kWorkerDescriptor);
  char program[] = "evalctl", command[] = "lsp", option[] = "--worker";
  char* arguments[] = {program, command, option, descriptor.data(), nullptr};
  pid_t process = -1;
  if (posix_spawn(&process, "/proc/self/exe", &actions, nullptr, arguments, environ) != 0) process = -1;
  posix_spawn_file_actions_destroy(&actions);
  return process;
}

// Where byte `offset` of `before` is in `after`; the texts are the same outside of one stretch. Nothing inside of it.
struct Moved {
  std::size_t same_front, same_back, before_size, after_size;
  Moved(std::string_view before, std::string_view after) : before_size(before.size()), after_size(after.size()) {
    std::size_t most = std::min(before.size(), after.size());
    same_front = static_cast<std::size_t>(std::mismatch(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(most), after.begin()).first - before.begin());
    same_back = 0;
    while (same_back < most - same_front && before[before.size() - 1 - same_back] == after[after.size() - 1 - same_back]) ++same_back;
  }
  std::optional<Range> range(std::uint32_t begin, std::uint32_t end) const {
    if (end <= same_front) return Range{begin, end};
    if (begin >= before_size - same_back) {
      auto shift = static_cast<std::int64_t>(after_size) - static_cast<std::int64_t>(before_size);
      return Range{static_cast<std::uint32_t>(begin + shift), static_cast<std::uint32_t>(end + shift)};
    }
    return std::nullopt;
  }
};

}  // namespace

ProjectEvaluation::ProjectEvaluation(Project project, const EvaluationListener& listener)
    : project_(std::move(project)), listener_(listener), nixpkgs_(project_.nixpkgs), thread_([this] { run(); }) {}

ProjectEvaluation::~ProjectEvaluation() { stop(); }

void ProjectEvaluation::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    stale_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  collections_.clear();
  drop_worker();
}

// What a text was before its mistakes.
DocumentPtr ProjectEvaluation::evaluated_version(const DocumentPtr& document) {
  if (document->analysis().parsed.diagnostics.empty()) return document;
  DocumentPtr good = Document::good_version(document);
  auto known = versions_.find(document->path);
  if (known == versions_.end() || !known->second.evaluated) return good;
  // A version that comes soon after another was made before that was known to be good.
  const DocumentPtr& before = known->second.evaluated;
  bool is_later = before->version <= document->version && (!good || good->version < before->version);
  return is_later ? before : good;
}

// Where a text has mistakes, and is evaluated as it was the last time, somebody is typing where the mistake is.
bool ProjectEvaluation::is_worth_evaluating(const Snapshot& snapshot, const std::string& file) {
  std::erase_if(versions_, [&](const auto& entry) { return !snapshot.open_documents().contains(entry.first); });
  auto open = snapshot.open_documents().find(file);
  if (open == snapshot.open_documents().end()) return true;
  Versions now{open->second, evaluated_version(open->second)};
  Versions before = std::exchange(versions_[file], now);
  return !before.newest || now.newest == before.newest || now.newest == now.evaluated || now.evaluated != before.evaluated;
}

void ProjectEvaluation::changed(std::shared_ptr<const Snapshot> snapshot, const std::string& file) {
  {
    std::lock_guard lock(mutex_);
    // Threads tell of changes in any order; what is older than known is known.
    if (snapshot->order() < newest_) return;
    if (!is_worth_evaluating(*snapshot, file)) return;
    newest_ = snapshot->order();
    due_ = Clock::now() + std::chrono::milliseconds(snapshot->settings().debounce_milliseconds);
    pending_ = std::move(snapshot);
    stale_ = true;
  }
  wake_.notify_all();
}

void ProjectEvaluation::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!pending_) {
      wake_.wait(lock);
      continue;
    }
    if (Clock::now() < due_) {
      wake_.wait_until(lock, Clock::time_point(due_));
      continue;
    }
    auto snapshot = std::exchange(pending_, nullptr);
    stale_ = false;
    lock.unlock();
    try {
      evaluate(snapshot);
    } catch (const std::exception&) {
      // For want of memory, say: the next change tries again.
    }
    lock.lock();
  }
}

void ProjectEvaluation::evaluate(const std::shared_ptr<const Snapshot>& snapshot) {
  bool modules = false;
  for (const auto& [path, document] : snapshot->open_documents()) {
    if (!path.starts_with(project_.root + "/")) continue;
    modules |= is_module(document->analysis());
  }
  {
    std::lock_guard lock(mutex_);
    evaluated_.clear();
    for (const auto& [path, document] : snapshot->open_documents())
      if (path.starts_with(project_.root + "/")) evaluated_[path] = evaluated_version(document);
    has_modules_ |= modules || !project_.system_module.empty();
  }
  if (!ensure_worker()) return;
  if (!project_.is_nixpkgs && !run_session(snapshot)) return;
  if (!stale_) refresh_indexes(snapshot);
}

bool ProjectEvaluation::inputs_changed() {
  return std::ranges::any_of(loaded_, [](const auto& input) {
    struct stat status;
    return stat(input.first.c_str(), &status) != 0 || base::stamp_of(status) != input.second;
  });
}

void ProjectEvaluation::drop_worker() {
  std::lock_guard lock(mutex_);
  session_.close();
  worker_.close();
  answers_.clear();
  if (worker_process_ > 0) {
    kill(worker_process_, SIGKILL);
    waitpid(worker_process_, nullptr, 0);
  }
  worker_process_ = -1;
}

// Starts the worker if there is none, or none of use. False when there is none afterwards.
bool ProjectEvaluation::ensure_worker() {
  bool dead = worker_process_ > 0 && waitpid(worker_process_, nullptr, WNOHANG) != 0;
  if (dead) worker_process_ = -1;
  if (worker_process_ > 0 && worker_ && !inputs_changed()) return true;
  drop_worker();
  std::int64_t begin = base::now() - base::kClockStep;
  auto [mine, other] = Socket::pair();
  pid_t process = mine ? spawn_worker(other) : -1;
  if (process < 0) return false;
  other.close();
  {
    std::lock_guard lock(mutex_);
    worker_process_ = process;
  }
  listener_.progress("loading nixpkgs", true);
  Writer setup;
  write(setup, WorkerSetup{.nixpkgs = project_.nixpkgs, .flake = project_.flake, .system = project_.system,
                           .load_modules = has_modules_ && !project_.is_nixpkgs, .memory_bytes = project_.memory_bytes});
  std::optional<std::string> ready;
  if (mine.send(setup.bytes())) {
    // A change of a text does not make loading useless: only the end of the server does.
    auto deadline = Clock::now() + kLoadingPatience;
    ready = mine.receive(deadline, &stopping_);
  }
  listener_.progress("loading nixpkgs", false);
  if (!ready || ready->empty() || (*ready)[0] != static_cast<char>(Reply::Ready)) {
    drop_worker();
    return false;
  }
  Reader in(std::string_view(*ready).substr(1));
  std::string nixpkgs = in.text();
  std::vector<std::pair<std::string, base::Stamp>> loaded;
  for (const std::string& path : in.texts()) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) continue;
    base::Stamp stamp = base::stamp_of(status);
    // What changed meanwhile may not be what was loaded: it is loaded again when it is needed next.
    loaded.emplace_back(path, stamp.changed < begin || stamp.changed > base::now() ? stamp : base::Stamp{});
  }
  std::lock_guard lock(mutex_);
  nixpkgs_ = nixpkgs;
  loaded_ = std::move(loaded);
  worker_ = std::move(mine);
  wake_.notify_all();
  return true;
}

SessionSetup ProjectEvaluation::session_setup(const Snapshot& snapshot) const {
  SessionSetup setup{.entries = project_.entries, .modules = {}, .files = {}, .buffers = {}};
  if (!project_.system_module.empty()) setup.modules.push_back(project_.system_module);
  for (const auto& [path, evaluated] : evaluated_) {
    DocumentPtr saved = snapshot.saved(path);
    if (evaluated && (!saved || saved->text.bytes() != evaluated->text.bytes())) {
      setup.buffers.emplace_back(path, evaluated->text.bytes());
      // Evaluation comes to files through links, or behind them.
      if (std::string real = real_path(path); real != path) setup.buffers.emplace_back(real, evaluated->text.bytes());
    }
    bool is_entry = std::ranges::find(setup.entries, path) != setup.entries.end();
    if (is_entry || !path.ends_with(".nix")) continue;
    const DocumentPtr& shown = evaluated ? evaluated : snapshot.open_documents().at(path);
    (is_module(shown->analysis()) ? setup.modules : setup.files).push_back(path);
  }
  return setup;
}

std::optional<Socket> ProjectEvaluation::connect(bool to_session, Request request, std::uint64_t milliseconds, std::string_view body) {
  auto [mine, other] = Socket::pair();
  if (!mine) return std::nullopt;
  Writer out;
  out.number(static_cast<std::uint64_t>(request));
  out.number(milliseconds);
  {
    std::lock_guard lock(mutex_);
    Socket& control = to_session && session_ ? session_ : worker_;
    if (!control || !control.send_socket(other)) return std::nullopt;
  }
  if (!mine.send(out.take() + std::string(body))) return std::nullopt;
  return std::move(mine);
}

bool ProjectEvaluation::edit_session(const SessionSetup& wanted) {
  {
    std::lock_guard lock(mutex_);
    if (!session_) return false;
  }
  Writer setup;
  write(setup, wanted);
  auto connection = connect(true, Request::Edit, project_.milliseconds, setup.bytes());
  auto patience = std::chrono::milliseconds(project_.milliseconds) + std::chrono::seconds(2);
  auto frame = connection ? connection->receive(Clock::now() + patience, &stale_) : std::nullopt;
  if (!frame || frame->empty() || (*frame)[0] != static_cast<char>(Reply::Ready)) return false;
  {
    std::lock_guard lock(mutex_);
    Reader in(std::string_view(*frame).substr(1));
    take_configurations(in, false);
    session_ = std::move(*connection);
  }
  publish({});
  return true;
}

bool ProjectEvaluation::run_session(const std::shared_ptr<const Snapshot>& snapshot) {
  SessionSetup wanted = session_setup(*snapshot);
  if (edit_session(wanted)) return true;
  if (stale_) return false;
  Writer setup;
  write(setup, wanted);
  std::optional<Socket> connection;
  {
    // Sessions are made of the worker, never of another session.
    auto [mine, other] = Socket::pair();
    Writer out;
    out.number(static_cast<std::uint64_t>(Request::Session));
    out.number(project_.milliseconds);
    std::lock_guard lock(mutex_);
    if (mine && worker_ && worker_.send_socket(other) && mine.send(out.take() + setup.take())) connection = std::move(mine);
  }
  if (!connection) return false;
  std::map<std::string, std::vector<KnownProblem>> found;
  for (;;) {
    auto frame = connection->receive(Clock::now() + std::chrono::milliseconds(project_.milliseconds) + std::chrono::seconds(2), &stale_);
    if (stale_) return false;
    if (!frame || frame->empty()) {
      // It was ended from outside. The worker may be gone as well, which the next change finds out.
      break;
    }
    Reader in(std::string_view(*frame).substr(1));
    auto reply = static_cast<Reply>((*frame)[0]);
    if (reply == Reply::Problems) {
      take_problems(in, *snapshot, found);
    } else if (reply == Reply::Ready) {
      std::lock_guard lock(mutex_);
      take_configurations(in, !found.empty());
      session_ = std::move(*connection);
      break;
    } else {
      add_failure(reply, *snapshot, found);
      break;
    }
  }
  publish(std::move(found));
  return true;
}

void ProjectEvaluation::take_configurations(Reader& in, bool has_problems) {
  std::vector<Configuration> configurations(in.count());
  for (Configuration& one : configurations) {
    one.entry = in.text();
    one.names = in.texts();
    one.files = in.texts();
  }
  // What does not get as far as being a configuration for a mistake, while somebody types, still is meant to be the one it was.
  for (Configuration& before : configurations_) {
    bool failed = has_problems && std::ranges::find(project_.entries, before.entry) != project_.entries.end();
    auto same = [&](const Configuration& one) { return one.entry == before.entry && one.names == before.names; };
    if (failed && std::ranges::none_of(configurations, same)) configurations.push_back(std::move(before));
  }
  configurations_ = std::move(configurations);
  answers_.clear();
  parts_.clear();
}

void ProjectEvaluation::add_failure(Reply reply, const Snapshot& snapshot, std::map<std::string, std::vector<KnownProblem>>& found) const {
  Problem problem;
  problem.code = reply == Reply::OutOfTime ? "E100" : "E101";
  problem.message = reply == Reply::OutOfTime     ? fmt::format("evaluation took more than {} s and was stopped", static_cast<double>(project_.milliseconds) / 1000)
                    : reply == Reply::OutOfMemory ? fmt::format("evaluation needed more than {} MiB and was stopped", project_.memory_bytes >> 20)
                                                  : "evaluation failed";
  SessionSetup files = session_setup(snapshot);
  std::vector<std::string> blamed = files.entries;
  if (blamed.empty()) blamed = files.modules;
  if (blamed.empty()) blamed = files.files;
  if (blamed.empty()) return;
  problem.primary.path = blamed[0];
  if (DocumentPtr document = snapshot.document(blamed[0])) found[document->path].push_back({problem, document});
}

void ProjectEvaluation::take_problems(Reader& in, const Snapshot& snapshot, std::map<std::string, std::vector<KnownProblem>>& found) {
  std::size_t count = in.count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Problem problem = read_problem(in);
    problem.primary.path = snapshot.client_path(problem.primary.path);
    for (Problem::Place& fix : problem.fixes) fix.path = snapshot.client_path(fix.path);
    DocumentPtr document = snapshot.document(problem.primary.path);
    if (auto open = evaluated_.find(problem.primary.path); open != evaluated_.end()) document = open->second;
    // A syntax error is shown already.
    if (!document || problem.primary.end > document->text.size() || !document->analysis().parsed.diagnostics.empty()) continue;
    found[document->path].push_back({std::move(problem), std::move(document)});
  }
}

void ProjectEvaluation::publish(std::map<std::string, std::vector<KnownProblem>> found) {
  std::set<std::string> paths;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [path, problems] : problems_) paths.insert(path);
    for (const auto& [path, problems] : found) paths.insert(path);
    problems_ = std::move(found);
  }
  if (!paths.empty()) listener_.problems({paths.begin(), paths.end()});
}

std::vector<std::string> ProjectEvaluation::problem_paths() {
  std::vector<std::string> paths;
  std::lock_guard lock(mutex_);
  for (const auto& [path, problems] : problems_) paths.push_back(path);
  return paths;
}

std::vector<Finding> ProjectEvaluation::problems(const Document& document) {
  std::vector<Finding> out;
  std::lock_guard lock(mutex_);
  auto known = problems_.find(document.path);
  if (known == problems_.end()) return out;
  for (const KnownProblem& one : known->second) {
    Moved moved(one.document->text.bytes(), document.text.bytes());
    auto range = moved.range(one.problem.primary.begin, one.problem.primary.end);
    if (!range) continue;
    Finding finding{.code = one.problem.code, .message = one.problem.message,
                    .severity = one.problem.warning ? Severity::Warning : Severity::Error, .range = *range, .fixes = {}, .related = {}};
    for (const Problem::Place& place : one.problem.related) finding.related.push_back({place.path, {place.begin, place.end}, place.text});
    for (std::size_t i = 0; i < one.problem.fixes.size(); ++i) {
      const Problem::Place& fix = one.problem.fixes[i];
      auto where = fix.path == document.path ? moved.range(fix.begin, fix.end) : std::nullopt;
      if (where) finding.fixes.push_back({one.problem.fix_titles[i], {{*where, fix.text}}, false});
    }
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace evalctl::lsp

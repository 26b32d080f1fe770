// `evalctl jobs`, and what nix-eval-jobs does under its own name: every derivation of a set, one line of JSON each. An
// attribute that fails gives a line that says so; the others go on.
#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/installables.h"
#include "cli/job_constituents.h"
#include "cli/job_pool.h"
#include "cli/job_reader.h"
#include "cli/job_reports.h"
#include "cli/streams.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

// What the command line says beside JobOptions.
struct JobsCommand {
  InstallableOptions root;
  JobOptions jobs;
  JobPool::Limits limits;
  std::string shard, shard_depth, workers, worker_memory, budget, sarif, junit;
  bool in_order = true, no_instantiate = false, fail = false;
  bool as_nix_eval_jobs = false, flake = false;
};

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool usage(std::string_view message) {
  fmt::print(stderr, "error: {}\n", message);
  return false;
}

// "2/8": the second of eight parts.
bool parse_shard(const JobsCommand& command, JobOptions& options) {
  if (command.shard.empty()) return true;
  std::size_t slash = command.shard.find('/');
  std::uint32_t part = 0, parts = 0;
  if (slash == command.shard.npos || !parse_number(std::string_view(command.shard).substr(0, slash), part) ||
      !parse_number(std::string_view(command.shard).substr(slash + 1), parts) || part < 1 || part > parts) {
    return usage(fmt::format("'{}' is no part; write for example --shard 2/8 for the second of eight", command.shard));
  }
  options.part = part - 1;
  options.parts = parts;
  return true;
}

// Threads and what memory they may take: of --workers, --max-memory-size (of one) and --memory-budget (of all).
bool parse_limits(JobsCommand& command) {
  JobPool::Limits& limits = command.limits;
  limits.threads = command.as_nix_eval_jobs ? 1 : std::max(1u, std::thread::hardware_concurrency());
  if (!command.workers.empty() && (!parse_number(command.workers, limits.threads) || limits.threads < 1)) {
    return usage(fmt::format("'{}' is no number of workers", command.workers));
  }
  limits.threads = std::min(limits.threads, evaluator::kMostThreads);
  std::size_t megabytes = 4096;
  if (!command.worker_memory.empty() && !parse_number(command.worker_memory, megabytes)) {
    return usage(fmt::format("'{}' is no number of megabytes", command.worker_memory));
  }
  limits.memory = (megabytes << 20) * limits.threads;
  if (command.budget.empty()) return true;
  auto budget = parse_bytes(command.budget);
  if (!budget) return usage(fmt::format("'{}' is no amount of memory; write for example 512M or 4G", command.budget));
  limits.memory = *budget;
  return true;
}

// Of the line of a job that failed.
std::string error_of(const std::string& line) { return nlohmann::json::parse(line)["error"]; }

class Jobs {
 public:
  Jobs(Session& session, const JobsCommand& command) : session_(session), command_(command), options_(command.jobs) {}

  int run(Value root, Value apply) {
    if (auto written = session_.world.store->flush(); !written) return fail(written.error().message);
    if (apply) session_.vm.kept.push_back(apply);
    EnteredSets entered(session_.vm, root);
    JobReply first = JobReader(session_, session_.vm, options_, entered, apply).read({});
    std::set<AttributePath> paths;
    // Where the whole set fails there are no jobs.
    if (first.kind == JobReply::Kind::Failure) return fmt::print(stderr, "{}", error_of(first.line)), 1;
    if (first.kind == JobReply::Kind::Line) take({}, std::move(first), 0);
    for (std::string& name : first.names) paths.insert({std::move(name)});
    open_ = paths;
    bool stopped = false;
    std::uint32_t files_before = session_.vm.program().files.size();
    JobPool pool(session_.vm, command_.limits, [&](Vm& vm, bool alone) { return reader(vm, entered, apply, alone, files_before); },
                 [&](const AttributePath& path, JobReply reply, double seconds, bool& stop) {
                   auto next = take(path, std::move(reply), seconds);
                   stop = stopped = broken_;
                   return next;
                 });
    std::string error;
    if (!pool.run(std::move(paths), error)) return fail(error);
    if (stopped) return 1;
    if (options_.constituents) {
      resolve_constituents(session_, lines_, options_.roots_folder, [&](const std::string& line) { print(line); });
    }
    progress("");
    return report();
  }

 private:
  // What waits for its turn. No line: there are only messages.
  struct Finished {
    JobResult result;
    std::vector<std::string> messages;
    bool failed;
  };

  int fail(const std::string& message) {
    session_.vm.fail_other("{}", message);
    return 1;
  }

  // In a worker, on the thread of `vm`.
  JobPool::Read reader(Vm& vm, EnteredSets& entered, Value apply, bool alone, std::uint32_t files_before) {
    std::call_once(reopened_, [&] {
      if (auto opened = session_.world.reopen_store_after_fork(); !opened) reopen_error_ = "error: " + opened.error().message + "\n";
    });
    auto reader = std::make_shared<JobReader>(session_, vm, options_, entered, apply, alone ? std::nullopt : std::optional(files_before));
    return [this, &vm, reader](const AttributePath& path, bool& exhausted) {
      auto failed = [&](const std::string& message) { return JobReply{JobReply::Kind::Failure, {}, error_line(path, message, ""), {}}; };
      if (!reopen_error_.empty()) return failed(reopen_error_);
      std::vector<std::string> messages;
      stdlib::World::held_messages = &messages;
      JobReply reply;
      try {
        reply = reader->read(path);
        exhausted = vm.heap.exhausted();
      } catch (const std::bad_alloc&) {
        exhausted = true;
        reply = failed("error: out of memory\n");
      }
      stdlib::World::held_messages = nullptr;
      reply.messages = std::move(messages);
      return reply;
    };
  }

  // What was found at `path`: printed now or when its turn comes. Gives what is to be read next.
  std::set<AttributePath> take(const AttributePath& path, JobReply reply, double seconds) {
    std::set<AttributePath> next;
    for (std::string& name : reply.names) {
      AttributePath child = path;
      child.push_back(std::move(name));
      next.insert(std::move(child));
    }
    open_.insert(next.begin(), next.end());
    open_.erase(path);
    if (has_line(reply)) ++done_;
    if (has_line(reply) || !reply.messages.empty()) {
      finished_[path] = {{join(path), std::move(reply.line), seconds}, std::move(reply.messages), reply.kind == JobReply::Kind::Failure};
    }
    while (!finished_.empty() && (!command_.in_order || open_.empty() || finished_.begin()->first < *open_.begin())) {
      emit(std::move(finished_.begin()->second));
      finished_.erase(finished_.begin());
    }
    progress(join(path));
    return next;
  }

  void emit(Finished finished) {
    for (const std::string& message : finished.messages) session_.world.message(message);
    JobResult& result = finished.result;
    if (result.line.empty()) return;
    if (finished.failed) ++failed_;
    // Hydra shows what stands on standard error.
    if (finished.failed && command_.as_nix_eval_jobs) fmt::print(stderr, "{}\n", error_of(result.line));
    bool waits = false;
    if (options_.constituents) {
      lines_[result.attribute] = result.line;
      waits = result.line.contains("\"namedConstituents\":[\"");
    }
    if (!waits) print(result.line);
    if (!command_.sarif.empty() || !command_.junit.empty()) results_.push_back(std::move(result));
  }

  void print(const std::string& line) {
    std::string whole = line + "\n";
    // Nobody reads: there is no use in going on.
    std::fwrite(whole.data(), 1, whole.size(), stdout);
    broken_ = output_failed();
  }

  void progress(const std::string& at) const {
    if (isatty(STDERR_FILENO) == 0 || isatty(STDOUT_FILENO) != 0) return;
    if (at.empty()) fmt::print(stderr, "\r\x1b[K{} jobs, {} failed\n", done_, failed_);
    else fmt::print(stderr, "\r\x1b[K{} done, {} failed, {} to come: {:.60}", done_, failed_, open_.size(), at);
    std::fflush(stderr);
  }

  int report() {
    const InstallableOptions& root = command_.root;
    std::string suite = root.has_expression ? "expression" : root.file;
    if (!root.words[0].empty()) suite += (suite.empty() ? "" : "#") + root.words[0];
    if (!command_.sarif.empty()) {
      if (auto written = write_sarif(command_.sarif, results_); !written) return fail(written.error().message);
    }
    if (!command_.junit.empty()) {
      if (auto written = write_junit(command_.junit, suite, results_); !written) return fail(written.error().message);
    }
    return command_.fail && failed_ > 0 ? 1 : 0;
  }

  Session& session_;
  const JobsCommand& command_;
  const JobOptions& options_;
  std::set<AttributePath> open_;
  std::map<AttributePath, Finished> finished_;
  std::once_flag reopened_;
  std::string reopen_error_;
  std::map<std::string, std::string> lines_;  // by attribute, for aggregates
  std::vector<JobResult> results_;
  std::size_t done_ = 0, failed_ = 0;
  bool broken_ = false;
};

// Of a flake without an attribute all of it: `inputs` and `outputs`, among which --select may choose.
Value whole_flake(Session& session, const JobsCommand& command) {
  auto reference = stdlib::parse_reference(command.root.words[0], {.base_folder = base::working_folder()});
  if (!reference) return session.vm.fail(reference.error());
  return Installables(session, command.root).flake(*reference);
}

Value root_of(Session& session, const JobsCommand& command) {
  if (command.flake && !command.root.words[0].contains('#')) return whole_flake(session, command);
  std::vector<Selected> found;
  if (!Installables(session, command.root).select_all(found)) return {};
  if (found.size() != 1 || !found[0].value) return session.vm.fail_other("'{}' does not name one set of jobs", command.root.words[0]);
  return found[0].value;
}

int run_all(Session& session, const JobsCommand& command) {
  const JobOptions& options = command.jobs;
  Value root = root_of(session, command);
  if (root && !options.select.empty()) {
    Value function = session.evaluate_expression(options.select);
    root = session.auto_call(root);
    if (root && function) root = session.vm.call(function, root);
    if (root && !session.vm.force_attrs(root, "the result of --select")) return 1;
  }
  Value apply = options.apply.empty() ? Value() : session.evaluate_expression(options.apply);
  if (!root || session.vm.error) return 1;
  return Jobs(session, command).run(root, apply);
}

std::vector<Option> option_table(JobsCommand& command) {
  JobOptions& jobs = command.jobs;
  return {
      text("--apply", jobs.apply),
      text("--select", jobs.select),
      text("--shard", command.shard),
      text("--shard-depth", command.shard_depth),
      text("--workers", command.workers),
      text("--max-memory-size", command.worker_memory),
      text("--memory-budget", command.budget),
      text("--gc-roots-dir", jobs.roots_folder),
      text("--sarif", command.sarif),
      text("--junit", command.junit),
      flag("--fail", command.fail),
      flag("--flake", command.flake),
      flag("--unordered", command.in_order, false),
      flag("--force-recurse", jobs.force_recurse),
      flag("--meta", jobs.meta),
      flag("--show-input-drvs", jobs.input_derivations),
      flag("--constituents", jobs.constituents),
      flag("--check-cache-status", jobs.cache_status),
      flag("--no-instantiate|--read-only|--readonly-mode", command.no_instantiate),
  };
}

bool check(JobsCommand& command) {
  JobOptions& jobs = command.jobs;
  if (!command.shard_depth.empty() && (!parse_number(command.shard_depth, jobs.shard_depth) || jobs.shard_depth < 1)) {
    return usage(fmt::format("'{}' is no depth", command.shard_depth));
  }
  if (!parse_shard(command, jobs) || !parse_limits(command)) return false;
  if (jobs.constituents && jobs.parts > 1) return usage("--constituents needs all jobs, so it does not go with --shard");
  if (!command.no_instantiate) return true;
  if (jobs.cache_status) return usage("--check-cache-status needs derivations in the store, so it does not go with --no-instantiate");
  if (jobs.constituents) return usage("--constituents needs derivations in the store, so it does not go with --no-instantiate");
  return true;
}

// nix-eval-jobs takes one argument: a file, with --expr an expression, with --flake a flake.
bool take_argument(JobsCommand& command, std::vector<std::string>& positional) {
  if (positional.size() != 1) return usage("nix-eval-jobs takes one argument: what has the jobs");
  InstallableOptions& root = command.root;
  root.no_files = command.flake;
  root.search = {{}, {}};
  if (command.flake) return true;
  (root.has_expression ? root.expression : root.file) = std::move(positional[0]);
  positional.clear();
  return true;
}

int run_jobs_as(Words words, bool as_nix_eval_jobs) {
  // Never freed: the process ends with it.
  Session& session = *new Session;
  session.nix_errors = true;
  session.world.hashes->keep_texts = true;
  JobsCommand& command = *new JobsCommand;
  command.as_nix_eval_jobs = as_nix_eval_jobs;
  // Who reads the lines of nix-eval-jobs expects each as soon as there is one.
  command.in_order = !as_nix_eval_jobs;
  command.root.search = {{"hydraJobs", "checks.%", "packages.%"}, {}};
  std::vector<Option> table = option_table(command);
  // As an option of nix-eval-jobs, which comes first here, it has no value: the expression is the argument.
  if (as_nix_eval_jobs) table.push_back(flag("-E|--expr", command.root.has_expression));
  command.root.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional)) return 2;
  if (as_nix_eval_jobs && !take_argument(command, positional)) return 2;
  // The profiler watches one thread.
  if (!session.profile_file.empty()) command.workers = "1";
  if (!check(command) || !command.root.take_words(session, std::move(positional))) return 2;
  session.world.read_only = command.no_instantiate || (session.store.empty() && !stdlib::World::has_machine_store());
  session.shares_calls = true;
  return session.run([&] { return run_all(session, command); });
}

}  // namespace

int run_jobs(Words words) { return run_jobs_as(words, false); }
int run_nix_eval_jobs(Words words) { return run_jobs_as(words, true); }

}  // namespace evalctl::cli

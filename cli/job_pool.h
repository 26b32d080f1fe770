// Processes that evaluate jobs. One evaluates most of them, on several threads that share what they evaluate. It is forked from
// the process that evaluated the root; when it has grown too large it ends after its jobs, and another one takes its place.
//
// A job whose answer would depend on what else was evaluated before, or meanwhile, is evaluated again in a process of its
// own, so that the answers are the same for any number of threads.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>

#include "cli/job.h"
#include "evaluator/vm.h"

namespace evalctl::cli {

class JobPool {
 public:
  struct Limits {
    unsigned threads = 1;
    // Bytes of memory after which a process is replaced.
    std::size_t memory = std::size_t{4} << 30;
  };
  // In a process, on one of its threads: what stands at the path. `exhausted`: this process must not go on.
  using Read = std::function<JobReply(const AttributePath& path, bool& exhausted)>;
  // What reads on the thread of `vm`. `alone`: the process is there for one job.
  using MakeReader = std::function<Read(evaluator::Vm& vm, bool alone)>;
  // Here: takes what was found, and gives the paths that are to be read in turn. Nothing more is read once `stop` is set.
  using Done = std::function<std::set<AttributePath>(const AttributePath& path, JobReply reply, double seconds, bool& stop)>;

  JobPool(evaluator::Vm& vm, Limits limits, MakeReader make_reader, Done done);
  ~JobPool();
  JobPool(const JobPool&) = delete;

  // Reads all, in the order of the paths. An error when no process can be started.
  bool run(std::set<AttributePath> paths, std::string& error);

 private:
  struct Task {
    AttributePath path;
    double begun = 0;
  };
  struct Worker {
    int pid = 0, socket = -1;
    bool alone = false;
    bool ends = false;                     // gets no more jobs
    std::map<std::uint64_t, Task> tasks;  // that it is at, by number
    std::string received;
  };

  bool start(bool alone, std::string& error);
  [[noreturn]] void serve(int socket, bool alone);
  bool give_jobs(std::string& error);
  bool give_jobs_alone(std::string& error);
  void give(Worker& worker, std::set<AttributePath>& from);
  void wait();
  void receive(Worker& worker);
  void answered(Worker& worker, std::string_view message);
  void died(Worker& worker);
  void end(Worker& worker);
  void end_workers();
  void finished(const Task& task, JobReply reply);
  Worker* shared_worker();
  std::size_t busy_alone() const;

  evaluator::Vm& vm_;
  Limits limits_;
  MakeReader make_reader_;
  Done done_;
  std::set<AttributePath> waiting_, waiting_alone_;
  std::map<std::size_t, Worker> workers_;  // by a number
  std::size_t started_ = 0;
  std::uint64_t given_ = 0;
  bool stop_ = false;
};

}  // namespace evalctl::cli

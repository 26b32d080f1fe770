// Processes that evaluate jobs. Each is forked from the one that evaluated the root, so that what is evaluated there is shared;
// one that has grown too large ends after its job, and another one takes its place.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "cli/job.h"

namespace evalctl::cli {

class JobPool {
 public:
  struct Limits {
    unsigned workers = 1;
    // Bytes of memory after which a worker is replaced.
    std::size_t memory = std::size_t{4} << 30;
  };
  // In a worker: what stands at the path; `fresh` when it is the worker's first. `exhausted`: this worker must not go on.
  using Read = std::function<JobReply(const AttributePath& path, bool fresh, bool& exhausted)>;
  // Here: takes what was found, and gives the paths that are to be read in turn. Nothing more is read once `stop` is set.
  using Done = std::function<std::set<AttributePath>(const AttributePath& path, JobReply reply, double seconds, bool& stop)>;

  JobPool(Limits limits, Read read, Done done);
  ~JobPool();
  JobPool(const JobPool&) = delete;

  // Reads all, in the order of the paths. An error when no worker can be started.
  bool run(std::set<AttributePath> paths, std::string& error);

 private:
  struct Worker {
    int pid = 0, socket = -1;
    bool busy = false;
    AttributePath path;
    double begun = 0;
    std::string received;
  };

  bool start(std::string& error);
  [[noreturn]] void serve(int socket);
  void give(Worker& worker);
  void receive(Worker& worker);
  void died(Worker& worker);
  void end(Worker& worker);
  void finished(const AttributePath& path, JobReply reply, double begun);

  Limits limits_;
  Read read_;
  Done done_;
  std::set<AttributePath> waiting_;
  std::vector<Worker> workers_;
  bool stop_ = false;
};

}  // namespace evalctl::cli

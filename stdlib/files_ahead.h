// Files that will probably be imported, read, parsed and lowered on other threads before.
//
// Whoever has lowered a file names the paths that it lists (`imports = [ ./a.nix ./b.nix ]`), which are nearly always imported.
// What is made ahead is nothing but the IR of a text. Whoever imports a file looks for it, reads it and checks it as if nobody
// had been there, and then takes the IR if the text is the same; so nothing depends on what was read here, and when.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluator/ir.h"
#include "evaluator/vm.h"

namespace evalctl::stdlib {

class FilesAhead {
 public:
  // The globals have to be defined. No threads are made before there is a file for them.
  explicit FilesAhead(evaluator::Vm& vm);
  // Waits until each thread has finished the file that it is at.
  ~FilesAhead();
  FilesAhead(const FilesAhead&) = delete;

  // Files in lists of paths in the IR of a file of that folder, which stands at `disk`.
  void expect_listed(const evaluator::Ir& ir, const std::string& directory, const std::string& disk);
  // The IR of the text of `file`, if it was made, or is being made; else null. `text` becomes the same text that was read here,
  // so that only one of them takes memory that lasts.
  std::unique_ptr<const evaluator::Ir> take(const std::string& file, std::string& text);

 private:
  // A file of those that are expected.
  struct File {
    enum State { Waiting, AtWork, Done } state = Waiting;
    std::string text;
    std::unique_ptr<const evaluator::Ir> ir;
  };

  static constexpr std::size_t kMostFiles = 4096, kMostBytes = std::size_t{64} << 20, kLargestFile = std::size_t{4} << 20;

  void expect(std::string path, std::string disk);
  void start_threads();
  static void* thread_main(void* self);
  void work();
  // Around a fork: the threads are not there in the child, which goes on without.
  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();

  evaluator::Vm& vm_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, File> files_;
  struct Expected { std::string path, disk; };
  std::deque<Expected> waiting_;
  std::size_t at_work_ = 0, bytes_ = 0;
  bool ends_ = false, is_off_ = false, stands_still_ = false;
  std::vector<unsigned long> threads_;  // pthread_t
};

}  // namespace evalctl::stdlib

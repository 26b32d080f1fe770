// Files that will probably be imported, read, parsed and lowered on other threads before.
//
// Whoever has lowered a file tells which paths it lists (`imports = [ ./a.nix ./b.nix ]`), which are nearly always imported, and, where
// there are few, which it names at all (`import ./a.nix`, `callPackage ./b { }`); so do the threads here. What is made ahead is nothing but the IR of a text. Whoever imports a file looks for it, reads it and checks it as if nobody
// had been there, and then takes the IR if the text is the same; so nothing depends on what was read here, and when.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluator/ir.h"
#include "evaluator/vm.h"
#include "stdlib/forgotten_text.h"

namespace evalctl::stdlib {

class FilesAhead {
 public:
  // The globals have to be defined. No threads are made before there is a file for them.
  FilesAhead(evaluator::Vm& vm, bool forgets_texts);
  // Waits until each thread has finished the file that it is at.
  ~FilesAhead();
  FilesAhead(const FilesAhead&) = delete;

  // Files in lists of paths in the IR of a file of that folder, which stands at `disk`; and others that it names, unless there are
  // many, of which most would be for nothing.
  void expect_named(const evaluator::Ir& ir, const std::string& directory, const std::string& disk);
  // What was made, or is being made, of the text of `file`; else nothing. `text` becomes the same text that was read here,
  // so that only one of them takes memory that lasts.
  struct Ready {
    std::unique_ptr<const evaluator::Ir> ir;
    std::optional<TextDigest> digest;  // where texts are forgotten
  };
  Ready take(const std::string& file, std::string& text);

 private:
  // A file of those that are expected.
  struct File {
    enum State { Waiting, AtWork, Done } state = Waiting;
    std::string text;
    Ready ready;
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
  const bool forgets_texts_;
  std::mutex mutex_;
  // Waking somebody who finds nothing to do costs who evaluates more than most files do.
  std::condition_variable due_, done_, at_rest_;
  std::size_t takers_ = 0;  // that wait for a file to be done
  std::unordered_map<std::string, File> files_;
  struct Expected { std::string path, disk; };
  std::deque<Expected> waiting_;
  std::size_t at_work_ = 0, bytes_ = 0;
  bool ends_ = false, stands_still_ = false;
  std::atomic<bool> is_off_ = false;
  std::vector<unsigned long> threads_;  // pthread_t
};

}  // namespace evalctl::stdlib

// `eval --watch`: the answer again whenever something changes that was read for it.
//
// A process evaluates, and stands by with all that it has evaluated. At each change it forks: where only leaves of followed
// files were edited (evaluator/dependencies.h), the fork evaluates again what read them and prints the answer; otherwise, and
// when that fails, a new process evaluates from the beginning.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/observations.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace evalctl::cli {

class Watch {
 public:
  // Calls `run`, in a new process each time it has to begin anew. Returns when it is interrupted, or cannot go on.
  static int repeat(Words words, int (*run)(Words));

  // To be made before anything is read. With `follows`, edits of files below these folders, or of these files, are followed.
  Watch(Session& session, bool follows);
  // Inside Session::run, once `evaluate` has printed its answer: prints it again and again. The process ends in here.
  [[noreturn]] void stand_by(const std::function<bool()>& evaluate);
  // The evaluation failed. Ends the process at the next change.
  [[noreturn]] void wait_and_end();

 private:
  bool is_followed(std::string_view path);
  bool take_edits();
  void wait();
  int again(const std::function<bool()>& evaluate, std::string& seen);

  Session& session_;
  base::Observations observations_;
  std::vector<std::string> folders_;
  std::size_t followed_ = 0;
};

}  // namespace evalctl::cli

// Answers that are given again after an edit.
//
//   eval --watch           prints the answer again whenever something changes that was read for it
//   eval --stay SECONDS    leaves a process behind, which gives the answer to the same words while it is there
//
// The process that has evaluated stands by with all its values. When it is asked again, and only leaves of followed files were
// edited (evaluator/dependencies.h), it evaluates again what read them. Otherwise, and when that fails, it ends, and a new
// process evaluates from the beginning; so whatever is printed is what that would print.
//
// Noting what results depend on takes half as long again. So `eval --stay` answers as `eval` does, and the process that is left behind
// evaluates once more when the answer is printed.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "cli/commands.h"
#include "cli/session.h"

namespace evalctl::cli {

// Of a process that stands by.
class Standing {
 public:
  // To be made before anything is read, once in a process. With `follows`, edits are followed of files in the current folder
  // and of files that the search path names.
  Standing(Session& session, bool follows);
  // How to evaluate again and print the answer: called inside Session::run. To be set when that was done once.
  std::function<bool()> evaluate;

  // Whether a followed file is not as it was when it was looked at last.
  bool was_edited();
  // Takes over what was_edited found. False when somebody has to begin anew.
  bool takes_edits();
  // Whether all else that was read for the answer is as it was.
  bool holds();
  // Evaluates what was taken over, and prints the answer. False when somebody has to begin anew; nothing is printed then.
  bool again();
  // To be called now and then while nobody waits: gives up what edits have left behind.
  void rest();

  // All that was read for the answer (base::Observations::to_text); none when that cannot be looked at again.
  std::optional<std::string> seen;
  // Where that may change.
  std::set<std::string> folders;

 private:
  bool is_followed(std::string_view path);

  Session& session_;
  std::set<std::string, std::less<>> followed_;
  std::map<std::string, std::string> texts_;  // of followed files, by path, as they were last
  bool looked_ = false;
  std::uint64_t allocated_ = 0;  // bytes, when it rested last
};

// Null where nobody will ask again.
extern Standing* standing;

// Both call `stand_by`, which sets `standing`, in a process of its own; `answer` only prints the answer.
int watch(Words words, int (*stand_by)(Words));
int stay(std::string_view command, Words words, int (*answer)(Words), int (*stand_by)(Words));

}  // namespace evalctl::cli

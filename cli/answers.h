// Answers of earlier runs: what a command printed, with all that it read. Where all of that still holds, a run of the same
// words prints it again and evaluates nothing.
//
// Kept below store::cache_folder(), one file an answer, written atomically; a damaged one counts as none. `--no-eval-cache` or
// `--option eval-cache false` does without, `--option eval-cache always` keeps also what took no time.
#pragma once
#include <string>
#include <string_view>

#include "cli/commands.h"

namespace evalctl::cli {

// What `run` does with the words, or its earlier answer. `run` prints its answer when it has all of it. `repeats`: whether it did nothing and read
// nothing that is another matter the next time (base::saw_what_changes).
int run_remembered(std::string_view command, Words words, int (*run)(Words), bool* repeats = nullptr);
// Prints the earlier answer. False when there is none, or it does not hold any more.
bool replay_answer(std::string_view command, Words words);
// Where the answer to these words is kept; empty when it is not.
std::string answer_file(std::string_view command, Words words);

}  // namespace evalctl::cli

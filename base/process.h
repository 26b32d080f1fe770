// Running other programs.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace evalctl::base {

struct ProcessResult {
  int status = 0;  // exit status; 128 + signal when one ended it
  std::string output;
  std::string errors;
};

// Runs `words[0]`, found in PATH, with nothing on its standard input, and waits for it. `environment` adds to that of this
// process. An error only when it cannot be started.
Result<ProcessResult> run_program(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {});

// Runs `words[0]` with the standard input, output and errors of this process; returns its exit status as above.
Result<int> run_attached(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {});

// The same with the output collected.
Result<ProcessResult> run_attached_for_output(const std::vector<std::string>& words);

}  // namespace evalctl::base

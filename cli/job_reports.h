// What came of jobs, in the forms that CI systems show: SARIF 2.1.0 and JUnit.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace evalctl::cli {

struct JobResult {
  std::string attribute;
  std::string line;  // as it was printed
  double seconds = 0;
};

// Failures with their places, for tools that mark lines of a change. Files below the current folder are named relative to it.
base::Result<void> write_sarif(const std::string& file, const std::vector<JobResult>& results);
// A test case for each job.
base::Result<void> write_junit(const std::string& file, const std::string& suite, const std::vector<JobResult>& results);

}  // namespace evalctl::cli

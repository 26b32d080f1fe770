// --profile: what the profiler counted, for people and for other programs.
#pragma once
#include <string>

#include "base/result.h"
#include "evaluator/profiler.h"

namespace evalctl::cli {

// Writes FILE.svg as a flame graph, FILE.json as a table of functions (self and total time in ns, calls, bytes), any other
// name as folded stacks (`a;b;c microseconds`), which flame graph tools read.
base::Result<void> write_profile(evaluator::Vm& vm, evaluator::Profiler& profile, const std::string& file);
// The functions with the most time of their own, a line each.
std::string profile_summary(evaluator::Vm& vm, evaluator::Profiler& profile);

}  // namespace evalctl::cli

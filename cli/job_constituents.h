// Aggregate jobs, as Hydra has them: a derivation that stands for other jobs, which it may name by strings.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "cli/session.h"

namespace evalctl::cli {

// Adds to each job whose `namedConstituents` is not empty the jobs named there, as inputs of a derivation that is made anew,
// and prints its line. `lines`: of all jobs, by attribute. A job that is missing or failed makes the aggregate fail; with
// `globConstituents`, names are patterns of the shell.
void resolve_constituents(Session& session, const std::map<std::string, std::string>& lines, const std::string& roots_folder,
                          const std::function<void(const std::string& line)>& print);

}  // namespace evalctl::cli

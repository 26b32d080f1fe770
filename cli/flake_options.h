// Options about lock files and inputs, common to all commands on flakes.
#pragma once
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/session.h"
#include "stdlib/flakes/flake.h"

namespace evalctl::cli {

struct FlakeOptions {
  stdlib::LockOptions lock;
  // Pairs of an input and what replaces it, as the command line has them.
  std::vector<std::pair<std::string, std::string>> overrides;
  std::vector<std::string> updates;
  bool impure = false;

  void add_to(std::vector<Option>& table, Session& session);
  // Makes sense of the texts of the command line. False after a message on standard error.
  bool prepare();
};

}  // namespace evalctl::cli

// A derivation and its ATerm form.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evalctl::store {

struct DerivationOutput {
  std::string path;                  // "" while not known
  std::string method_and_algorithm;  // fixed output only: "sha256", "r:sha256"
  std::string hash;                  // fixed output only: base16
};

struct Derivation {
  std::map<std::string, DerivationOutput> outputs;
  std::map<std::string, std::set<std::string>> input_drvs;  // path of the .drv -> its outputs
  std::set<std::string> input_srcs;
  std::string system;
  std::string builder;
  std::vector<std::string> args;
  std::map<std::string, std::string> env;

  bool is_fixed() const { return outputs.size() == 1 && outputs.begin()->first == "out" && !outputs.begin()->second.hash.empty(); }
};

using DrvInputs = std::map<std::string, std::set<std::string>>;

// The text of the .drv file. `inputs` replaces input_drvs (hash modulo) unless null. `mask`: the outputs' paths are left
// empty, also in env.
std::string to_aterm(const Derivation& derivation, bool mask = false, const DrvInputs* inputs = nullptr);

// Reads what to_aterm writes; an error that names the place for anything else.
base::Result<Derivation> parse_aterm(std::string_view text);

}  // namespace evalctl::store

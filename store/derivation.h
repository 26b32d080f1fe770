// A derivation and its ATerm form.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evalctl::store {

// What the path of an output is made of decides which fields are filled:
//   the inputs                       path
//   a content that is known (fixed)  path, method_and_algorithm, hash
//   the content, once built          method_and_algorithm
//   the content, anew each time      method_and_algorithm, hash "impure"
//   inputs not known yet             nothing
struct DerivationOutput {
  std::string path;
  std::string method_and_algorithm;  // "sha256", "r:sha256", "text:sha256"
  std::string hash;                  // base16

  bool is_fixed() const { return !hash.empty() && !is_impure(); }
  bool is_impure() const { return hash == "impure"; }
  bool is_floating() const { return !method_and_algorithm.empty() && hash.empty(); }
};

struct Derivation {
  std::map<std::string, DerivationOutput> outputs;
  std::map<std::string, std::set<std::string>> input_drvs;  // path of the .drv (store/dynamic_inputs.h) -> its outputs
  std::set<std::string> input_srcs;
  std::string system;
  std::string builder;
  std::vector<std::string> args;
  std::map<std::string, std::string> env;

  bool is_fixed() const { return outputs.size() == 1 && outputs.begin()->first == "out" && outputs.begin()->second.is_fixed(); }
};

using DrvInputs = std::map<std::string, std::set<std::string>>;

// The text of the .drv file. `mask`: the outputs' paths are left empty, also in env.
std::string to_aterm(const Derivation& derivation, bool mask = false);

// Reads what to_aterm writes; an error that names the place for anything else.
base::Result<Derivation> parse_aterm(std::string_view text);

}  // namespace evalctl::store

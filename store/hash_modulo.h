// Hashes of derivations modulo fixed-output ones: what output paths are made of.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "base/result.h"
#include "store/derivation.h"

namespace evalctl::store {

// Remembers the derivations made in this process, so that nothing is read back from the store. Thread-safe.
class DerivationHashes {
 public:
  // Fills in the output paths (and their env variables) of a derivation that is not fixed-output.
  base::Result<void> fill_outputs(Derivation& derivation, const std::string& name);
  // Path of the .drv, whose text goes to `aterm`; remembers the derivation. Outputs must be filled in.
  std::string add(Derivation derivation, const std::string& name, std::string& aterm);
  // A remembered derivation, or the one in the store. Stays valid.
  base::Result<const Derivation*> find(const std::string& drv_path);

 private:
  struct Known {
    Derivation derivation;
    std::string modulo;
  };
  base::Result<std::string> modulo_of(const std::string& drv_path);
  base::Result<std::string> compute(const Derivation& derivation, bool mask);
  std::recursive_mutex mutex_;
  std::unordered_map<std::string, Known> known_;
};

}  // namespace evalctl::store

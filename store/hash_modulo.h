// Hashes of derivations modulo fixed-output ones: what output paths are made of; and the graph of the derivations made.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "store/derivation.h"

namespace evalctl::store {

// What is remembered of a derivation. Lives as long as the DerivationHashes.
struct KnownDerivation {
  std::string path;    // of the .drv
  std::string modulo;  // base16
  bool deferred = false;  // paths that are made of it are known after a build only
  std::vector<std::pair<std::string, std::string>> outputs;  // name, path ("" while not known)
  std::vector<const KnownDerivation*> inputs;
  std::vector<const std::string*> sources;
  std::string text;    // ATerm; only with keep_texts

  // Its path, or null when there is no output of that name.
  const std::string* output(std::string_view name) const;
};

// Remembers the derivations made in this process, so that nothing is read back from the store. Thread-safe.
class DerivationHashes {
 public:
  // Whether whole derivations are wanted later. Without it, one takes a few hundred bytes.
  bool keep_texts = false;
  // How a .drv that is not remembered is read.
  std::function<base::Result<std::string>(const std::string& path)> read;
  // Fills in the output paths (and their env variables) of a derivation whose outputs' paths are made of its inputs. They
  // stay empty when those of an input are known after a build only.
  base::Result<void> fill_outputs(Derivation& derivation, const std::string& name);
  // Remembers a derivation, whose outputs must be filled in; its text goes to `aterm`.
  base::Result<const KnownDerivation*> add(const Derivation& derivation, const std::string& name, std::string& aterm);
  // A remembered derivation, or the one in the store.
  base::Result<const KnownDerivation*> find(const std::string& drv_path);

 private:
  base::Result<const KnownDerivation*> remember(const std::string& path, const Derivation& derivation, std::string_view text);
  struct Modulo { std::string hash; bool deferred; };
  base::Result<Modulo> modulo(const Derivation& derivation, bool mask);
  std::recursive_mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<KnownDerivation>> known_;
  std::unordered_set<std::string> sources_;
};

}  // namespace evalctl::store

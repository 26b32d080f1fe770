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

#include "base/fingerprint.h"
#include "base/hash.h"
#include "base/result.h"
#include "store/aterm.h"
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

// Of store paths: their digests are random as they are.
struct HashPath {
  using is_transparent = void;
  std::size_t operator()(std::string_view path) const;
};

// Remembers the derivations made in this process, so that nothing is read back from the store. Thread-safe.
class DerivationHashes {
 public:
  // Whether whole derivations are wanted later. Without it, one takes a few hundred bytes.
  bool keep_texts = false;
  // How a .drv that is not remembered is read.
  std::function<base::Result<std::string>(const std::string& path)> read;
  // Makes a derivation and remembers it. Where the paths of its outputs are made of its inputs, they are empty, also in env,
  // and get filled in; they stay empty while those of an input are known after a build only. Unless the same was made before,
  // `write` gets its path and its text first; threads that make the same at once may each call it.
  using Write = std::function<base::Result<void>(const std::string& path, std::string_view text)>;
  base::Result<const KnownDerivation*> add(const Draft& draft, const Write& write = {});
  base::Result<const KnownDerivation*> add(const Derivation& derivation, const std::string& name, const Write& write = {});
  // A remembered derivation, or the one in the store.
  base::Result<const KnownDerivation*> find(const std::string& drv_path);

 private:
  struct Pieces;
  base::Result<void> find_inputs(const Draft& draft, Pieces& pieces);
  const KnownDerivation* remember(const std::string& path, const Draft& draft, const Pieces& pieces, std::string_view text);
  const KnownDerivation* known_at(std::string_view path);
  // Held to look things up only: hashing is most of the work.
  std::mutex mutex_;
  std::unordered_map<std::string_view, std::unique_ptr<KnownDerivation>, HashPath> known_;  // by KnownDerivation::path
  // By what is known of a derivation before its hashes: half of those that nixpkgs makes it has made before.
  std::unordered_map<base::Fingerprint, const KnownDerivation*, base::HashFingerprint> made_;
  std::unordered_set<std::string, HashPath, std::equal_to<>> sources_;
};

}  // namespace evalctl::store

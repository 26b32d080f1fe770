// NAR hashes of files and trees, kept between runs for as long as no stamp in them changes: of whatever is copied to the store,
// and of the inputs of flakes.
//
// A hash is found by the state of the tree: names, types, modes, stamps and targets of links of all that belongs to it. It is
// kept only if every stamp was old enough, before the contents were read, to tell of the next change.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "base/tree_state.h"
#include "store/kept_hashes.h"

namespace evalctl::store {

struct TreeHash {
  base::Hash nar;
  base::TreeState state;
};

class TreeHashes {
 public:
  TreeHashes();
  // Of the file or folder at `path`, less what the filter leaves out. The filter may be asked twice for an entry, and has to say
  // the same. Reads all of it the first time; later costs the stamps. What is looked at is observed as `told` says.
  base::Result<TreeHash> hash(const std::string& path, const base::TreeFilter& filter = {}, base::TreeTold told = base::TreeTold::Entries);
  // The same of a valid object of the store, in which nothing changes: later costs one stamp. Its state tells of no entries. `recorded`
  // is asked for what the store has written down, before all is read.
  base::Result<TreeHash> hash_object(const std::string& path, const std::function<std::optional<base::Hash>()>& recorded);
  // To be called at the end. False when the hashes cannot be kept.
  bool write() { return kept_.write(); }

 private:
  // See KeptHashes.
  base::Result<base::Hash> find_or_make(const std::string& key, std::uint64_t cost, const std::function<base::Result<base::Hash>()>& make);

  KeptHashes kept_;
};

}  // namespace evalctl::store

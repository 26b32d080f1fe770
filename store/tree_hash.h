// NAR hashes of trees that are used again and again: kept in the cache for as long as no stamp in the tree changes.
#pragma once
#include <cstdint>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "base/tree_state.h"

namespace evalctl::store {

struct TreeHash {
  base::Hash nar;
  std::int64_t newest = 0;  // as in TreeState
};

// Of the file or folder at `path`, less what the filter leaves out. Reads all of it the first time; later costs the stamps.
base::Result<TreeHash> hash_tree(const std::string& path, const base::TreeFilter& filter = {});

}  // namespace evalctl::store

// The state of a whole tree of files, told by the stamps of its entries: nothing is read but folders.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evalctl::base {

struct TreeState {
  // 16 bytes, others after any change of a name, a type, a mode, a content or a link below the root, whose name does not count.
  std::string fingerprint;
  std::size_t entries = 0;
  std::uint64_t bytes = 0;   // in all files
  std::int64_t newest = 0;   // time of the latest modification, in seconds since 1970; folders and links count
  std::int64_t changed = 0;  // time of the latest change of any kind, in nanoseconds
};

// True when the latest change is old enough for its stamp to tell of the next one.
bool is_settled(const TreeState& state);

// Says whether the entry at an absolute path, which is "regular", "directory", "symlink" or "unknown", belongs to the tree.
using TreeFilter = std::function<Result<bool>(const std::string& path, std::string_view type)>;

// What whoever observes the run is told: nothing, for the caller does it, or that everything in the tree was looked at and read.
enum class TreeTold : std::uint8_t { Nothing, Entries };

// Fails where a folder or link cannot be read, and with the filter. Entries are met as in an archive: sorted bytewise, a folder
// before what is in it. Costs about 3 µs an entry; without a filter, and
// where nothing is told, several threads share that.
Result<TreeState> state_of_tree(const std::string& path, const TreeFilter& filter = {}, TreeTold told = TreeTold::Nothing);

}  // namespace evalctl::base

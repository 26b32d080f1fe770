#include "store/tree_hash.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/hash.h"
#include "base/observations.h"
#include "store/cache.h"
#include "store/nar.h"

namespace evalctl::store {
namespace {

// The clocks of file systems advance in steps of up to two seconds: what is younger may change again without its stamp.
constexpr std::int64_t kStepNanoseconds = 3'000'000'000;
// What opening and closing a file costs, in bytes hashed.
constexpr std::uint64_t kCostOfEntry = 2048;

}  // namespace

TreeHashes::TreeHashes() : kept_(cache_folder() + "/nar-hashes") {}

base::Result<TreeHash> TreeHashes::hash(const std::string& path, const base::TreeFilter& filter, base::TreeTold told) {
  auto state = base::state_of_tree(path, filter, told);
  if (!state) return std::unexpected(state.error());
  // Before anything is read: what changes later has a stamp that differs.
  bool keep = state->changed + kStepNanoseconds < base::now();
  base::Unobserved unobserved(true);
  auto make = [&] { return nar_hash(path, filter); };
  auto hash = keep ? find_or_make(state->fingerprint, state->bytes + kCostOfEntry * state->entries, make) : make();
  if (!hash) return std::unexpected(hash.error());
  return TreeHash{std::move(*hash), std::move(*state)};
}

base::Result<TreeHash> TreeHashes::hash_object(const std::string& path, const std::function<std::optional<base::Hash>()>& recorded) {
  constexpr std::uint64_t kCost = std::uint64_t{1} << 30;
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return base::fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  base::Stamp stamp = base::stamp_of(status);
  std::string_view bytes(reinterpret_cast<const char*>(&stamp), sizeof stamp);
  base::TreeState state{.fingerprint = base::cache_hash("object " + path + " " + std::string(bytes)), .newest = status.st_mtime};
  base::Unobserved unobserved(true);
  auto hash = find_or_make(state.fingerprint, kCost, [&]() -> base::Result<base::Hash> {
    auto known = recorded();
    return known ? std::move(*known) : nar_hash(path);
  });
  if (!hash) return std::unexpected(hash.error());
  return TreeHash{std::move(*hash), std::move(state)};
}

base::Result<base::Hash> TreeHashes::find_or_make(const std::string& key, std::uint64_t cost, const std::function<base::Result<base::Hash>()>& make) {
  if (auto known = kept_.find(key)) return std::move(*known);
  auto hash = make();
  if (hash) kept_.add(key, *hash, cost);
  return hash;
}

}  // namespace evalctl::store

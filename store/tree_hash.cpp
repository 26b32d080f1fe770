#include "store/tree_hash.h"

#include <optional>

#include "base/observations.h"
#include "store/cache.h"
#include "store/nar.h"

namespace evalctl::store {
namespace {

// Smaller trees are hashed sooner than looked up. An entry of a tree stands for some 2 KB.
constexpr std::size_t kLeastKept = 64;

// The hash that was written down for this state: "<fingerprint> <SRI>".
std::optional<base::Hash> read_known(const std::string& name, const std::string& fingerprint) {
  auto known = read_cached_text(name);
  if (!known || !known->text.starts_with(fingerprint + " ")) return std::nullopt;
  auto hash = base::parse_hash(known->text.substr(fingerprint.size() + 1), std::nullopt);
  if (!hash || hash->algorithm != base::HashAlgorithm::Sha256) return std::nullopt;
  return *hash;
}

}  // namespace

base::Result<TreeHash> hash_tree(const std::string& path, const base::TreeFilter& filter) {
  auto state = base::state_of_tree(path, filter);
  if (!state) return std::unexpected(state.error());
  // What is filtered is told by whoever made the filter.
  if (!filter) base::saw_tree(path, *state);
  base::Unobserved unobserved(!filter);
  bool keep = state->entries >= kLeastKept && base::is_settled(*state);
  std::string name = "tree-hashes/" + cache_key(filter ? path + "\n" : path);
  if (keep) {
    if (auto known = read_known(name, state->fingerprint)) return TreeHash{*known, state->newest};
  }
  NarFilter nar_filter;
  if (filter) nar_filter = [&](const std::string& entry, std::string_view) -> base::Result<bool> { return filter(entry); };
  auto hash = nar_hash(path, nar_filter);
  if (!hash) return std::unexpected(hash.error());
  // A cache that cannot be written is no reason to fail.
  if (keep) (void)write_cached_text(name, state->fingerprint + " " + hash->sri());
  return TreeHash{*hash, state->newest};
}

}  // namespace evalctl::store

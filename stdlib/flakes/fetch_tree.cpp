#include "stdlib/flakes/fetch_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/files.h"
#include "base/hash.h"
#include "base/observations.h"
#include "stdlib/world.h"
#include "store/object_info.h"
#include "store/store_path.h"
#include "store/tree_hash.h"

namespace evalctl::stdlib {
namespace {

// Those of the files below `disk` that are tracked; all where nothing says which are.
base::TreeFilter filter_of(const std::string& disk, const std::shared_ptr<const TrackedFiles>& files) {
  if (!files) return {};
  return [&disk, &files](const std::string& entry, std::string_view) { return files->contains(std::string_view(entry).substr(disk.size() + 1)); };
}

// Whether it is an object of the store that was made from the tree of an input.
bool is_source(World& world, const std::string& path) {
  return world.is_in_store(path) && world.store_object(path) == path && path.ends_with("-source");
}

// A whole tree is observed by its stamps, but that what is valid in the store stays as it is; what is filtered is told by whoever made
// the filter.
base::Result<store::TreeHash> hash_tree(World& world, const std::string& disk, const base::TreeFilter& filter) {
  if (!filter && is_source(world, disk) && world.is_valid(disk)) {
    return world.tree_hashes.hash_object(disk, [&]() -> std::optional<base::Hash> {
      auto info = world.store->info(disk);
      return info && *info ? std::optional((*info)->nar_hash) : std::nullopt;
    });
  }
  auto hashed = world.tree_hashes.hash(disk, filter, base::TreeTold::Nothing);
  if (hashed && !filter) base::saw_tree(disk, hashed->state);
  return hashed;
}

base::Result<std::string> fixed_object(const Input& input, const std::string& nar_hash) {
  auto hash = base::parse_hash(nar_hash, base::HashAlgorithm::Sha256);
  if (!hash) return std::unexpected(hash.error());
  if (auto named = store::check_name(input.name()); !named) return std::unexpected(named.error());
  return store::make_fixed_path(store::FileMethod::Nar, *hash, input.name());
}

// What was asked for and what came must agree.
base::Result<void> check_locks(const Input& asked, Input& got) {
  auto expected = asked.nar_hash(), found = got.nar_hash();
  if (expected && expected != found) {
    return base::fail(fmt::format("NAR hash mismatch in input '{}', expected '{}' but got '{}'", asked.to_string(), *expected, found.value_or("none")), base::Error::Kind::Hash);
  }
  auto rev = asked.text("rev"), other = got.text("rev");
  if (rev && other && rev != other) return base::fail(fmt::format("'rev' attribute mismatch in input '{}', expected {}", got.to_string(), *rev));
  if (!asked.final) return {};
  for (const auto& [name, value] : asked.attributes) {
    auto also = got.attributes.find(name);
    if (also != got.attributes.end() && also->second != value && name != "narHash") {
      return base::fail(fmt::format("mismatch in field '{}' of input '{}', got '{}'", name, attributes_to_json(asked.attributes),
                                    attributes_to_json(got.attributes)));
    }
  }
  got.attributes = asked.attributes;
  got.count_revisions = {};
  return {};
}

base::Result<StoredTree> fetch_now(World& world, const Input& input) {
  if (!input.scheme) return base::fail(fmt::format("cannot fetch unsupported input '{}'", attributes_to_json(input.attributes)));
  if (auto hash = input.nar_hash(); hash && input.final) {
    auto object = fixed_object(input, *hash);
    if (!object) return std::unexpected(object.error());
    if (world.is_mounted(*object) || world.is_valid(*object)) {
      world.allow_object(*object);
      return StoredTree{input, *object};
    }
  }
  auto tree = input.scheme->fetch(world, input);
  if (!tree) return base::fail(fmt::format("{}\n       … while fetching the input '{}'", tree.error().message, input.to_string()), tree.error().kind);
  if (!tree->nar_hash) {
    auto hashed = hash_tree(world, tree->disk, filter_of(tree->disk, tree->files));
    if (!hashed) return std::unexpected(hashed.error());
    tree->nar_hash = hashed->nar;
  }
  const base::Hash* hash = &*tree->nar_hash;
  tree->locked.attributes["narHash"] = hash->sri();
  if (auto agreed = check_locks(input, tree->locked); !agreed) return std::unexpected(agreed.error());
  auto object = fixed_object(tree->locked, hash->sri());
  if (!object) return std::unexpected(object.error());
  if (auto mounted = world.mount(*object, {tree->disk, tree->files}); !mounted) return std::unexpected(mounted.error());
  return StoredTree{std::move(tree->locked), *object};
}

}  // namespace

base::Result<FetchedTree> fetch_path_tree(World& world, const Input& input) {
  std::string path = *input.text("path");
  if (!path.starts_with('/')) return base::fail(fmt::format("cannot fetch input '{}' because it uses a relative path", input.to_string()));
  path = canonical_path(path);
  Mount mount = world.mount_at(path);
  struct stat status;
  if (mount.disk.empty() || lstat(mount.disk.c_str(), &status) != 0) return base::fail(fmt::format("path '{}' does not exist", path), base::Error::Kind::MissingFile);
  FetchedTree tree{.locked = input, .disk = mount.disk, .files = mount.files};
  if (!input.has("lastModified")) {
    base::TreeFilter wanted = filter_of(mount.disk, mount.files), timed;
    if (wanted) {
      base::saw(base::Seen::Time, mount.disk);
      timed = [&](const std::string& entry, std::string_view type) {
        auto is_wanted = wanted(entry, type);
        if (is_wanted && *is_wanted) base::saw(base::Seen::Time, entry);
        return is_wanted;
      };
    }
    auto hashed = hash_tree(world, mount.disk, timed);
    if (!hashed) return std::unexpected(hashed.error());
    tree.nar_hash = hashed->nar;
    tree.locked.attributes["lastModified"] = is_source(world, path) ? 0 : static_cast<std::uint64_t>(hashed->state.newest);
  }
  return tree;
}

base::Result<StoredTree> fetch_input(World& world, const Input& input) {
  std::string key = attributes_to_json(input.attributes) + (input.final ? "!" : "");
  auto lock = evaluator::lock_away(world.fetching);
  if (auto known = world.fetched.find(key); known != world.fetched.end()) return *known->second;
  base::Result<StoredTree> stored;
  evaluator::while_away([&] { stored = fetch_now(world, input); });
  if (!stored) return stored;
  world.fetched[key] = std::make_shared<StoredTree>(*stored);
  // What is locked now is the same tree.
  world.fetched[attributes_to_json(stored->locked.attributes)] = world.fetched[key];
  return stored;
}

}  // namespace evalctl::stdlib

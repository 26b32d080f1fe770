#include "stdlib/flakes/fetch_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/files.h"
#include "base/hash.h"
#include "base/observations.h"
#include "stdlib/world.h"
#include "store/nar.h"
#include "store/store_path.h"

namespace evalctl::stdlib {
namespace {

// The newest time of modification in the tree, folders and links included.
std::uint64_t newest_time(const std::string& path, const PathFilter& filter) {
  base::saw(base::Seen::Time, path);
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return 0;
  auto newest = static_cast<std::uint64_t>(status.st_mtime);
  if (!S_ISDIR(status.st_mode)) return newest;
  for (const std::string& name : base::list_folder(path).value_or(std::vector<std::string>())) {
    std::string entry = path + "/" + name;
    if (filter && !filter(entry, "").value_or(false)) continue;
    newest = std::max(newest, newest_time(entry, filter));
  }
  return newest;
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
    return base::fail(fmt::format("NAR hash mismatch in input '{}', expected '{}' but got '{}'", asked.to_string(), *expected, found.value_or("none")));
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
  if (!tree) return std::unexpected(base::Error{fmt::format("{}\n       … while fetching the input '{}'", tree.error().message, input.to_string())});
  PathFilter filter;
  if (tree->files) {
    filter = [&](const std::string& entry, std::string_view) -> base::Result<bool> { return tree->files->contains(entry.substr(tree->disk.size() + 1)); };
  }
  auto hash = store::nar_hash(tree->disk, filter);
  if (!hash) return std::unexpected(hash.error());
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
  if (mount.disk.empty() || lstat(mount.disk.c_str(), &status) != 0) return base::fail(fmt::format("path '{}' does not exist", path));
  FetchedTree tree{.locked = input, .disk = mount.disk, .files = mount.files};
  bool is_source = world.is_in_store(path) && world.store_object(path) == path && path.ends_with("-source");
  if (!input.has("lastModified")) {
    PathFilter filter;
    if (mount.files) {
      filter = [&](const std::string& entry, std::string_view) -> base::Result<bool> { return mount.files->contains(entry.substr(mount.disk.size() + 1)); };
    }
    tree.locked.attributes["lastModified"] = is_source ? 0 : newest_time(mount.disk, filter);
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
